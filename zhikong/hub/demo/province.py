"""The invented part of the province: institutions everywhere, and in some counties a network at work.

One fixed seed: every installation shows the same province. All of it carries `is_synthetic`, shown as 示例.
"""

import datetime as dt
import random
from collections import Counter
from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from zhikong.hub.core import audit
from zhikong.hub.core.models import User
from zhikong.hub.core.search import initials_of
from zhikong.hub.network import actions
from zhikong.hub.network.models import (
    Centre,
    CentreChange,
    CentreHost,
    CentreMember,
    CentrePlan,
    CommunityMember,
    Institution,
    InstitutionOfficer,
    MedicalCommunity,
    Region,
    Specialty,
    Target,
)
from zhikong.hub.network.models.centres import filing_due

INSTITUTIONS = audit.verb("demonstration institutions invented", _("建立示例机构"))
NETWORK = audit.verb("demonstration network invented", _("建立示例网络"))
SOURCE = "示例"
AT_WORK = ("410300", "411300", "419001")  # cities whose counties have a network of invented centres
SHARE = {"formal": 0.42, "setting_up": 0.06}  # of the specialties, in a county at work


@audit.action
def invent_institutions(province: Region, *, by: User | None, at: dt.datetime) -> int:
    """A hospital in each city; three and a laboratory in each county; a health centre in each township."""
    made = Institution.objects.bulk_create(_institutions(province), batch_size=500)
    audit.record(INSTITUTIONS, province, by=by, at=at, facts={"institutions": len(made)})
    return len(made)


def _institutions(province: Region) -> Iterator[Institution]:
    dice = random.Random(41)  # noqa: S311  repeatable, not secret
    serial: Counter[str] = Counter()
    for region in Region.objects.subtree(province).exclude(level="province"):
        for name, kind, level, grade, ownership in _kinds(region, dice):
            serial[region.code[:6]] += 1
            beds = {"3": 900, "2": 320, "1": 40, "0": None}[level]
            beds = beds and beds + dice.randrange(beds)
            name = f"{region.short_name}{name}"
            yield Institution(
                code=f"{region.code[:6]}{serial[region.code[:6]]:04d}",
                name=name,
                initials=initials_of(name),
                region=region,
                kind=kind,
                level=level,
                grade=grade,
                ownership=ownership,
                beds=beds,
                staff=beds and round(beds * 1.3),
                has_laboratory=level in {"2", "3"},
                source=SOURCE,
                is_synthetic=True,
            )


def _kinds(region: Region, dice: random.Random) -> Iterator[tuple[str, str, str, str, str]]:
    if region.level == Region.Level.CITY:
        yield "示例市医院", "general", "3", "A", "public"
        yield "示例市妇幼保健院", "maternity", "3", "B", "public"
        yield "示例医学检验所", "laboratory", "0", "", "private"
    elif region.level == Region.Level.COUNTY:
        yield "示例县医院", "general", "2", "A", "public"
        yield "示例中医院", "tcm", "2", "A", "public"
        yield "示例妇幼保健院", "maternity", "2", "B", "public"
        if dice.random() < 0.3:
            yield "示例康复医院", "specialised", "2", "", "private"
    elif region.name.endswith("街道"):
        yield "示例社区卫生服务中心", "community", "1", "", "public"
    else:
        yield "示例卫生院", "township", "1", "", "public"


def invent_network(province: Region, cast: dict[str, User], *, at: dt.datetime) -> None:
    """County centres with members, plans and filings; a community; a committee; some reminders."""
    _invent_centres(province, by=None, at=at)
    _invent_people(province, by=None, at=at)
    actions.remind(
        [Region.objects.get(code="411300")],
        specialty=Specialty.objects.get(name="烧伤"),
        level="city",
        text="请说明烧伤质控中心的组建安排。（示例）",
        due_on=at.date() + dt.timedelta(days=15),
        by=cast["province"],
        at=at,
    )


@audit.action
def _invent_centres(province: Region, *, by: User | None, at: dt.datetime) -> None:
    dice = random.Random(4103)  # noqa: S311
    specialties = list(
        Specialty.objects.filter(centres__region=province, centres__level="province").distinct().order_by("code")
    )
    hospitals = {
        row.region_id: row for row in Institution.objects.filter(kind="general", is_synthetic=True).order_by("-code")
    }
    centres, hosts, changes = [], [], []
    for city in Region.objects.filter(code__in=AT_WORK):
        for county in Region.objects.subtree(city).filter(level="county"):
            for specialty in specialties:
                luck = dice.random()
                state = "formal" if luck < SHARE["formal"] else "setting_up" if luck < sum(SHARE.values()) else None
                if state is None:
                    continue
                founded = at.date() - dt.timedelta(days=dice.randrange(10, 900))
                name = f"{county.name}{specialty.name}质控中心"
                centre = Centre(
                    code=f"{county.code}-{specialty.code}", name=name, initials=initials_of(name), specialty=specialty,
                    level="county", region=county, state=state, founded_on=founded, source=SOURCE, is_synthetic=True,
                    covers_inpatients=True, covers_outpatients=dice.random() < 0.5,
                )  # fmt: skip
                centres.append(centre)
                if county.pk in hospitals:
                    hosts.append(CentreHost(centre=centre, institution=hospitals[county.pk], started_on=founded))
                due = filing_due(founded)
                filed = founded + dt.timedelta(days=dice.randrange(5, 29)) if dice.random() < 0.93 else None
                filed = filed if filed and filed <= at.date() else None
                changes.append(
                    CentreChange(
                        centre=centre,
                        kind="founded",
                        happened_on=founded,
                        due_on=due,
                        filed_on=filed,
                        detail=SOURCE,
                        received_on=filed and min(filed + dt.timedelta(days=3), at.date()),
                    )
                )
    Centre.objects.bulk_create(centres, batch_size=500)
    CentreHost.objects.bulk_create(hosts, batch_size=500)
    CentreChange.objects.bulk_create(changes, batch_size=500)
    audit.record(NETWORK, province, by=by, at=at, facts={"centres": len(centres)})


@audit.action
def _invent_people(province: Region, *, by: User | None, at: dt.datetime) -> None:
    year = at.year
    burns = Centre.objects.get(region=province, level="province", specialty__name="烧伤")
    for post, name in (
        ("director", "示例主任"),
        ("secretary", "示例秘书"),
        ("expert", "示例专家甲"),
        ("expert", "示例专家乙"),
    ):
        CentreMember.objects.create(centre=burns, post=post, person_name=name, started_on=dt.date(2024, 3, 1))
    CentreMember.objects.create(
        centre=burns, post="expert", person_name="示例专家丙", started_on=dt.date(2022, 3, 1),
        ended_on=dt.date(2024, 9, 30), reason="retired",
    )  # fmt: skip
    CentrePlan.objects.create(
        centre=burns, kind="annual", title=f"{year} 年度工作计划（示例）",
        starts_on=dt.date(year, 1, 1), ends_on=dt.date(year, 12, 31),
    )  # fmt: skip
    hospital = Institution.objects.get(code="4103280001")
    for post, name, department in (
        ("chair", "示例院长", ""),
        ("member", "示例委员", "医务科"),
        ("quality_officer", "示例质控员", "检验科"),
    ):
        InstitutionOfficer.objects.create(
            institution=hospital, post=post, person_name=name, department=department, started_on=dt.date(2025, 1, 1)
        )
    county = hospital.region
    townships = list(
        Institution.objects.filter(region__parent=county, kind="township", is_synthetic=True).order_by("code")[:7]
    )
    community = MedicalCommunity.objects.create(
        name="洛宁示例医共体", region=county, shape=f"1+{len(townships)}+N", founded_on=dt.date(2023, 6, 1),
        source=SOURCE, is_synthetic=True,
    )  # fmt: skip
    CommunityMember.objects.create(community=community, institution=hospital, tier=1)
    for township in townships:
        CommunityMember.objects.create(community=community, institution=township, tier=2)
    Target.objects.create(
        region=province, kind="centres", level="city", only_tcm=False, minimum=900,
        due_on=dt.date(year + 1, 12, 31), source="示例目标，不是文件规定",
    )  # fmt: skip
    audit.record(NETWORK, hospital, by=by, at=at, facts={"part": "people"})
