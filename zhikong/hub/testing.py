"""The named cast of the story tests, and a province small enough to know by heart.

    41 河南省: 4103 洛阳市 (410305 涧西区, 410328 洛宁县), 4113 南阳市 (411381 邓州市), 419001 济源市
    45 广西壮族自治区: 4501 南宁市
Two hospitals stand in 洛阳 (涧西 and 洛宁), one in 南阳, one in 南宁. All people and institutions are invented.
"""

import datetime as dt
import functools

from django.contrib.auth.hashers import make_password
from django.test import TestCase

from zhikong.hub.core.models import Duty, User
from zhikong.hub.network.models import Centre, CentreHost, Grant, Institution, Region, Role, Specialty

NOW = dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)
TODAY = NOW.date()
PASSWORD = "Weave-the-Network-26"  # noqa: S105  the cast's, in tests only

REGIONS = [  # code, name, short name, level, kind, parent
    ("41", "河南省", "河南", "province", "division", None),
    ("4103", "洛阳市", "洛阳", "city", "division", "41"),
    ("410305", "涧西区", "涧西", "county", "division", "4103"),
    ("410328", "洛宁县", "洛宁", "county", "division", "4103"),
    ("4113", "南阳市", "南阳", "city", "division", "41"),
    ("411381", "邓州市", "邓州", "county", "division", "4113"),
    ("419001", "济源市", "济源", "city", "directly_administered", "41"),
    ("45", "广西壮族自治区", "广西", "province", "division", None),
    ("4501", "南宁市", "南宁", "city", "division", "45"),
]
LASTS = {"41": 7, "4103": 4, "4113": 6, "45": 9}  # the last row number of a subtree; leaves end at themselves

SPECIALTIES = [  # code, name, category, key
    ("SP001", "呼吸内科", "clinical", False),
    ("SP009", "烧伤", "clinical", False),
    ("SP044", "临床检验", "medical_technology", False),
    ("SP042", "护理管理", "management", True),
]


@functools.cache
def hashed_password():
    """Hashing is slow by design; the whole cast shares one."""
    return make_password(PASSWORD)


class NetworkStory(TestCase):
    """A story told with the cast; `self.people` holds them by their part."""

    @classmethod
    def setUpTestData(cls):
        cls.regions: dict[str, Region] = {}
        for order, (code, name, short, level, kind, parent) in enumerate(REGIONS, start=1):
            cls.regions[code] = Region.objects.create(
                code=code,
                name=name,
                short_name=short,
                level=level,
                kind=kind,
                parent=cls.regions.get(parent),
                order=order,
                last=LASTS.get(code, order),
            )
        cls.specialties = {
            name: Specialty.objects.create(code=code, name=name, short_name=name, category=category, is_key=key)
            for code, name, category, key in SPECIALTIES
        }
        cls.hospital = cls.institution("41030001", "涧河医院", "410305", level="3", kind="general")
        cls.county_hospital = cls.institution("41032801", "洛宁示例医院", "410328", level="2", kind="general")
        cls.other_hospital = cls.institution("41130001", "湍滨医院", "411381", level="2", kind="general")
        cls.foreign_hospital = cls.institution("45010001", "邕江示例医院", "4501", level="3", kind="general")
        cls.provincial_centre = cls.centre("烧伤", "province", "41", cls.hospital)
        cls.city_centre = cls.centre("烧伤", "city", "4103", cls.hospital)
        cls.county_centre = cls.centre("烧伤", "county", "410328", cls.county_hospital)
        cls.other_city_centre = cls.centre("烧伤", "city", "4113", cls.other_hospital)
        cls.foreign_centre = cls.centre("烧伤", "province", "45", cls.foreign_hospital)
        cls.people = {
            "province_officer": cls.person("province", "省质控办审核员", Role.OFFICE, region="41"),
            "city_officer": cls.person("luoyang", "洛阳市质控管理员", Role.COMMISSION, region="4103"),
            "county_officer": cls.person("luoning", "洛宁县质控管理员", Role.COMMISSION, region="410328"),
            "centre_secretary": cls.person("burns", "烧伤中心秘书", Role.SECRETARY, region="41", specialty="烧伤"),
            "hospital_reporter": cls.person("reporter", "医院填报员", Role.QUALITY_OFFICE, institution=cls.hospital),
            "technician": cls.person("technician", "检验技师", Role.TECHNICIAN, institution=cls.hospital),
            "outsider": cls.person("nanyang", "南阳市质控管理员", Role.COMMISSION, region="4113"),
            "foreigner": cls.person("guangxi", "广西质控管理员", Role.OFFICE, region="45"),
            "system_admin": cls.administrator("sysadmin", "系统管理员", Duty.SYSTEM),
            "security_admin": cls.administrator("secadmin", "安全管理员", Duty.SECURITY),
            "audit_admin": cls.administrator("auditor", "审计管理员", Duty.AUDIT),
        }

    @classmethod
    def institution(cls, code, name, region, **fields):
        return Institution.objects.create(
            code=code, name=name, region=cls.regions[region], ownership="public", is_synthetic=True, **fields
        )

    @classmethod
    def centre(cls, specialty, level, region, host, **fields):
        centre = Centre.objects.create(
            code=f"{region}-{cls.specialties[specialty].code}-{level}",
            name=f"{cls.regions[region].name}{specialty}质控中心",
            specialty=cls.specialties[specialty],
            level=level,
            region=cls.regions[region],
            state=fields.pop("state", Centre.State.FORMAL),
            is_synthetic=True,
            **fields,
        )
        CentreHost.objects.create(centre=centre, institution=host)
        return centre

    @classmethod
    def account(cls, username, name, **fields):
        return User.objects.create(username=username, name=name, password=hashed_password(), **fields)

    @classmethod
    def person(cls, username, name, role, *, region=None, institution=None, specialty=None):
        user = cls.account(username, name)
        Grant.objects.create(
            user=user,
            role=role,
            region=cls.regions[region] if region else None,
            institution=institution,
            specialty=cls.specialties[specialty] if specialty else None,
            starts_on=dt.date(2025, 1, 1),
        )
        return user

    @classmethod
    def administrator(cls, username, name, duty):
        return cls.account(username, name, duty=duty)

    def sign_in(self, part):
        """The client as this member of the cast; None is the citizen without an account."""
        self.client.logout()
        if part is not None:
            self.client.force_login(self.people[part], backend="allauth.account.auth_backends.AuthenticationBackend")
        return self.client
