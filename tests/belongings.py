"""One of everything for a place: what belongs to one county, city or province, for the isolation walk."""

import datetime as dt

from django.core.files.base import ContentFile

from zhikong.hub.core.models import Delivery, ImportBatch, Job, LedgerEntry, Notification, StoredFile, WebhookEndpoint
from zhikong.hub.network.models import (
    Alliance,
    AllianceAgreement,
    AllianceMember,
    AllianceOfficer,
    CentreChange,
    CentreDuty,
    CentreMember,
    CentrePlan,
    CentreTerm,
    CommunityMember,
    Grant,
    InstitutionOfficer,
    MedicalCommunity,
    Notice,
    NoticeDiscrepancy,
    PublishedGrade,
    Reminder,
    SubspecialtyGroup,
    Target,
)
from zhikong.hub.network.notice import check_notice, read_notice
from zhikong.hub.testing import NOW, TODAY

NOTICE = read_notice("序号,省辖市,已成立数量,未成立质控中心的专业\n1,洛阳,3,烧伤（2个）\n".encode(), "a.csv")
CONTENT = NOTICE.to_dict()
FINDING = check_notice(NOTICE)[0].to_dict()  # two stated, one listed
YEAR = dt.timedelta(days=365)


def stored(user, name):
    content = ContentFile(b"x", name=name)
    return StoredFile.objects.create(
        name=name, content=content, size=1, sha256="0" * 64, uploaded_by=user, uploaded_at=NOW
    )


def of_person(user, mark):
    """What one person alone may see."""
    file = stored(user, f"{mark}私人文件.txt")
    job = Job.objects.create(kind="nothing", title=f"{mark}任务", owner=user, created_at=NOW)
    notification = Notification.objects.create(recipient=user, kind="x", title=f"{mark}通知", created_at=NOW)
    return [
        file,
        job,
        notification,
        ImportBatch.objects.create(kind="institutions", owner=user, source=file, created_at=NOW),
    ]


def of_centre(centre, mark):
    return [
        CentreMember.objects.create(centre=centre, post="expert", person_name=f"{mark}专家", started_on=TODAY),
        CentreDuty.objects.create(centre=centre, text=f"{mark}职责"),
        CentrePlan.objects.create(
            centre=centre, kind="annual", title=f"{mark}计划", starts_on=TODAY, ends_on=TODAY + YEAR
        ),
        CentreTerm.objects.create(centre=centre, starts_on=TODAY, ends_on=TODAY + YEAR, document=f"{mark}任期"),
        CentreChange.objects.create(
            centre=centre, kind="founded", happened_on=TODAY, due_on=TODAY, detail=f"{mark}变更"
        ),
        SubspecialtyGroup.objects.create(centre=centre, name=f"{mark}亚专业组", applied_on=TODAY),
        PublishedGrade.objects.create(centre=centre, year=2024, grade="good", source=f"{mark}等次来源"),
    ]


def of_institution(institution, mark):
    community = MedicalCommunity.objects.create(name=f"{mark}医共体", region=institution.region, shape="1+N")
    return [
        community,
        CommunityMember.objects.create(community=community, institution=institution, tier=1),
        InstitutionOfficer.objects.create(
            institution=institution, post="quality_officer", person_name=f"{mark}质控员", started_on=TODAY
        ),
    ]


def of_region(region, sender, mark):
    alliance = Alliance.objects.create(name=f"{mark}联盟", kind="cities")
    notice = Notice.objects.create(
        region=region, title=f"{mark}通报", file=stored(sender, f"{mark}通报.txt"), content=CONTENT, read_at=NOW
    )
    return [
        alliance,
        AllianceMember.objects.create(alliance=alliance, region=region),
        AllianceOfficer.objects.create(alliance=alliance, post="chair", person_name=f"{mark}主席", started_on=TODAY),
        AllianceAgreement.objects.create(alliance=alliance, title=f"{mark}协议", signed_on=TODAY, parties="甲\n乙"),
        Target.objects.create(
            region=region, kind="centres", level="county", minimum=3, due_on=TODAY, source=f"{mark}目标来源"
        ),
        Reminder.objects.create(
            region=region, level="county", text=f"{mark}催报", sent_by=sender, sent_at=NOW, due_on=TODAY
        ),
        notice,
        NoticeDiscrepancy.objects.create(
            notice=notice, position=1, kind="x", severity="hint", place="1", message=f"{mark}矛盾", details=FINDING
        ),
    ]


def of_administration(user):
    endpoint = WebhookEndpoint.objects.create(
        name="对端", url="https://example.org/hook", secret="s" * 32, created_at=NOW
    )
    notification = Notification.objects.create(recipient=user, kind="x", title="投递", created_at=NOW)
    delivery = Delivery.objects.create(
        notification=notification, channel="webhook", endpoint=endpoint, next_attempt_at=NOW
    )
    entry = LedgerEntry.objects.create(
        seq=1, token="t", at=NOW, action="x", subject_table="core_user", subject_pk=str(user.pk), body="{}", digest="d"
    )
    return [endpoint, delivery, Grant.objects.first(), entry]
