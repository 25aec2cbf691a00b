"""Fills the walks' database with the named cast and prints, as JSON, the numbers that addresses are made of.

Run in a process of its own: Playwright's event loop and Django's database layer do not share one.
"""

import datetime as dt
import json

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.utils import timezone  # noqa: E402

from zhikong.hub.core.models import Job, Notification  # noqa: E402
from zhikong.hub.core.search import initials_of  # noqa: E402
from zhikong.hub.network import models as network  # noqa: E402
from zhikong.hub.network.models import Centre, Institution, Region, Role, Specialty  # noqa: E402
from zhikong.hub.testing import NetworkStory  # noqa: E402


def fill():
    NetworkStory.setUpTestData()
    cast = NetworkStory
    for model in (Region, Institution, Specialty, Centre):
        for row in model.objects.all():
            row.initials = initials_of(row.name)
            row.save(update_fields=["initials"])
    Institution.objects.bulk_create(  # a second page for the lists
        Institution(
            code=f"41032801{number:04d}", name=f"洛宁示例{number:02d}卫生院", initials=f"lnsl{number:02d}wsy",
            region=cast.regions["410328"], kind="township", level="1", ownership="public", is_synthetic=True,
        )
        for number in range(2, 42)
    )  # fmt: skip
    for part, name in (("newcomer", "新来的质控员"), ("night_shift", "夜班的质控员")):
        cast.people[part] = cast.person(part, name, Role.QUALITY_OFFICE, institution=cast.hospital)
    officer = cast.people["city_officer"]
    now = timezone.now()
    notification = Notification.objects.create(
        recipient=officer, kind="example", urgency="late", title="烧伤市级质控中心变更没有备案", created_at=now
    )
    job = Job.objects.create(
        kind="example", title="导入机构", owner=officer, created_at=now, started_at=now, finished_at=now, state="done",
        total_rows=40, done_rows=40, good_rows=40,
    )  # fmt: skip
    return {
        "people": {part: user.username for part, user in cast.people.items()},
        "rows": {
            "hospital": cast.hospital.pk,
            "county_hospital": cast.county_hospital.pk,
            "other_hospital": cast.other_hospital.pk,
            "provincial_centre": cast.provincial_centre.pk,
            "city_centre": cast.city_centre.pk,
            "other_city_centre": cast.other_city_centre.pk,
        },
        "arguments": {
            "user_id": officer.pk,
            "notification_id": notification.pk,
            "job_id": str(job.pk),
            "label": "network.centre",
            **network_rows(cast, now),
        },
    }


def network_rows(cast, now):
    """One row of each noun of the network; `<int:pk>` in an address stands for a row of what is named before it."""
    today = now.date()
    day = today - dt.timedelta(days=200)
    centre, city = cast.city_centre, cast.regions["4103"]
    change = network.CentreChange.objects.create(
        centre=centre, kind="founded", happened_on=day, due_on=day + dt.timedelta(days=31), detail="筹建"
    )
    member = network.CentreMember.objects.create(
        centre=centre, post="director", person_name="示例主任", affiliation="涧河医院", started_on=day
    )
    duty = network.CentreDuty.objects.create(
        centre=centre, position=1, text="拟订烧伤专业质控标准", document="示例文件"
    )
    plan = network.CentrePlan.objects.create(
        centre=centre,
        kind="annual",
        title="2026 年度计划",
        starts_on=dt.date(2026, 1, 1),
        ends_on=dt.date(2026, 12, 31),
    )
    group = network.SubspecialtyGroup.objects.create(centre=centre, name="小儿烧伤", applied_on=day)
    officer = network.InstitutionOfficer.objects.create(
        institution=cast.hospital, post="chair", person_name="示例院长", started_on=day
    )
    community = network.MedicalCommunity.objects.create(
        name="洛宁县示例医共体", region=cast.regions["410328"], shape="1+1", is_synthetic=True
    )
    lead = network.CommunityMember.objects.create(community=community, institution=cast.county_hospital, tier=1)
    alias = network.SpecialtyAlias.objects.create(specialty=cast.specialties["烧伤"], name="烧伤科")
    alliance = network.Alliance.objects.create(name="示例都市圈质控联盟", kind="cities", is_synthetic=True)
    for code in ("4103", "4113"):
        joined = network.AllianceMember.objects.create(alliance=alliance, region=cast.regions[code], joined_on=day)
    chair = network.AllianceOfficer.objects.create(
        alliance=alliance, post="chair", person_name="示例主席", started_on=day
    )
    target = network.Target.objects.create(
        region=city, kind="centres", level="city", minimum=2, due_on=dt.date(2026, 12, 31), source="示例文件"
    )
    reminder = network.Reminder.objects.create(
        region=city, specialty=cast.specialties["护理管理"], level="city", text="请说明护理管理中心筹建进度。",
        sent_by=cast.people["province_officer"], sent_at=now, due_on=today + dt.timedelta(days=7), recipients=1,
    )  # fmt: skip
    return {
        "centres/pk": centre.pk,
        "centres/filings/pk": change.pk,
        "centres/members/pk": member.pk,
        "centres/duties/pk": duty.pk,
        "centres/plans/pk": plan.pk,
        "centres/groups/pk": group.pk,
        "institutions/pk": cast.hospital.pk,
        "institutions/officers/pk": officer.pk,
        "institutions/communities/pk": community.pk,
        "institutions/communities/members/pk": lead.pk,
        "regions/pk": city.pk,
        "regions/alliances/pk": alliance.pk,
        "regions/alliances/members/pk": joined.pk,
        "regions/alliances/officers/pk": chair.pk,
        "specialties/pk": cast.specialties["烧伤"].pk,
        "specialties/aliases/pk": alias.pk,
        "history/<str:label>/pk": centre.pk,
        "target_id": target.pk,
        "reminder_id": reminder.pk,
    }


if __name__ == "__main__":
    call_command("migrate", verbosity=0)
    print(json.dumps(fill()))
