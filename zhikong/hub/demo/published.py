"""What authorities published, put through the same doors as a user's own upload."""

import datetime as dt

from django.utils.translation import gettext_lazy as _

from zhikong.hub.core import audit
from zhikong.hub.core.models import User
from zhikong.hub.core.search import initials_of
from zhikong.hub.network import actions
from zhikong.hub.network.models import (
    Alliance,
    AllianceAgreement,
    AllianceMember,
    Centre,
    CentreHost,
    Institution,
    Notice,
    PublishedGrade,
    Region,
    Specialty,
)
from zhikong.hub.network.notice import default_dictionary, read_notice
from zhikong.hub.network.notice.names import reduce_centre_name

from . import henan

GUANGXI = audit.verb("published centres registered", _("登记公布的质控中心"))
ALLIANCES = audit.verb("published alliances registered", _("登记公布的联盟"))
GUANGXI_SOURCE = "桂卫办发〔2025〕15号 附件"
GRADES = {"优秀": "excellent", "良好": "good", "合格": "passed", "不合格": "failed"}
UNCLEAR = ("儿童介入技术", "心脏介入技术", "影像")  # in 新乡's row; nobody but 新乡 can say what they mean


def take_in_henan(province: Region, *, by: User, at: dt.datetime) -> Notice:
    """Read, check, leave the three unclear names uncertain, and let the notice count."""
    text = henan.notice_text().encode()
    content = read_notice(text, "豫卫医函〔2024〕96号.txt").to_dict()
    notice = actions.receive_notice(
        content, file=[text], name="豫卫医函〔2024〕96号.txt", region=province, issued_on=henan.ISSUED_ON, by=by, at=at
    )
    actions.answer_names(notice, answers=dict.fromkeys(UNCLEAR, "uncertain"), by=by, at=at)
    return actions.take_in_notice(notice, create_institutions=True, by=by, at=at)


@audit.action
def register_guangxi(province: Region, *, by: User | None, at: dt.datetime) -> None:
    """The 39 evaluated centres with their hosts and the grades of 2024."""
    codes = {specialty.code: specialty for specialty in Specialty.objects.all()}
    dictionary = default_dictionary()
    hosts: dict[str, Institution] = {}
    for row in henan.rows("guangxi_centres.csv"):
        host = hosts.get(row["host"])
        if host is None:
            host = hosts[row["host"]] = Institution.objects.create(
                code=f"45-H{len(hosts) + 1:03d}",
                name=row["host"],
                initials=initials_of(row["host"]),
                region=province,
                kind="other",
                ownership="public",
                source=GUANGXI_SOURCE,
            )
        specialty = codes[dictionary.look_up(reduce_centre_name(row["name"])[0])[1]]
        centre = Centre.objects.create(
            code=f"45-{specialty.code}",
            name=row["name"],
            initials=initials_of(row["name"]),
            specialty=specialty,
            level="province",
            region=province,
            state="formal",
            source=GUANGXI_SOURCE,
        )
        CentreHost.objects.create(centre=centre, institution=host)
        PublishedGrade.objects.create(centre=centre, year=2024, grade=GRADES[row["grade"]], source=GUANGXI_SOURCE)
    audit.record(GUANGXI, province, by=by, at=at, facts={"source": GUANGXI_SOURCE, "centres": 39})


@audit.action
def register_alliances(*, by: User | None, at: dt.datetime) -> None:
    """The eight provinces' laboratory alliance with its agreement, and a group of cities."""
    source = "湖北医疗质控管理工作简报 2025年第2季度"
    provinces = Alliance.objects.create(
        name="八省（区）临床检验与结果互认工作联盟",
        kind="provinces",
        founded_on=dt.date(2025, 4, 15),
        charter_adopted_on=dt.date(2025, 4, 15),
        purpose="推进检验结果跨省互认，共享互认经验、质控品信息、培训和宣传。",
        platforms="智能监管\n培训教育\n社会活动\n科学研究\n行业宣传",
        source=source,
    )
    for code in ("420000", "410000", "430000", "460000", "140000", "360000", "450000", "640000"):
        AllianceMember.objects.create(
            alliance=provinces, region=Region.objects.get(code=code), joined_on=dt.date(2025, 4, 15)
        )
    cities = Alliance.objects.create(name="宜荆荆", kind="cities", purpose="比较三市数据的薄弱环节。", source=source)
    for code in ("420500", "421000", "420800"):
        AllianceMember.objects.create(alliance=cities, region=Region.objects.get(code=code))
    AllianceAgreement.objects.create(
        alliance=provinces,
        title="皮肤专科检验项目跨专业质控协议",
        signed_on=dt.date(2025, 5, 12),
        parties="湖北省皮肤质控中心\n湖北省临床检验质控中心",
        subject_matter="皮肤专科检验项目联合质控，作为结果互认的基础。",
        source=source,
    )
    audit.record(ALLIANCES, provinces, by=by, at=at, facts={"source": source})
