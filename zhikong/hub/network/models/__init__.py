"""Tables of the network area."""

from .alliances import Alliance, AllianceAgreement, AllianceMember, AllianceOfficer
from .centres import (
    Centre,
    CentreChange,
    CentreDuty,
    CentreHost,
    CentreMember,
    CentrePlan,
    CentreTerm,
    PublishedGrade,
)
from .coverage import Reminder, Target
from .grants import Grant, Role
from .institutions import CommunityMember, Institution, InstitutionOfficer, MedicalCommunity
from .notices import Notice, NoticeDiscrepancy, StatedCount, StatedStatus
from .regions import Region
from .specialties import Specialty, SpecialtyAlias, SubspecialtyGroup

__all__ = [
    "Alliance",
    "AllianceAgreement",
    "AllianceMember",
    "AllianceOfficer",
    "Centre",
    "CentreChange",
    "CentreDuty",
    "CentreHost",
    "CentreMember",
    "CentrePlan",
    "CentreTerm",
    "CommunityMember",
    "Grant",
    "Institution",
    "InstitutionOfficer",
    "MedicalCommunity",
    "Notice",
    "NoticeDiscrepancy",
    "PublishedGrade",
    "Region",
    "Reminder",
    "Role",
    "Specialty",
    "SpecialtyAlias",
    "StatedCount",
    "StatedStatus",
    "SubspecialtyGroup",
    "Target",
]
