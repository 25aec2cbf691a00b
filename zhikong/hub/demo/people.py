"""The cast of the demonstration: one invented person for each part."""

import datetime as dt

from django.utils.translation import gettext_lazy as _

from zhikong.hub.core import audit
from zhikong.hub.core.models import Duty, User
from zhikong.hub.network.models import Grant, Institution, Region, Role, Specialty

CAST = audit.verb("demonstration cast created", _("建立演示账号"))

PARTS = [  # user name, name, role or duty, where (region or institution code), specialty
    ("province", "省质控办审核员", Role.OFFICE, "410000", None),
    ("luoyang", "洛阳市质控管理员", Role.COMMISSION, "410300", None),
    ("luoning", "洛宁县质控管理员", Role.COMMISSION, "410328", None),
    ("nanyang", "南阳市质控管理员", Role.COMMISSION, "411300", None),
    ("burns", "烧伤质控中心秘书", Role.SECRETARY, "410000", "烧伤"),
    ("reporter", "医院质控办填报员", Role.QUALITY_OFFICE, "4103280001", None),
    ("technician", "检验科技师", Role.TECHNICIAN, "4103280001", None),
    ("guangxi", "广西质控管理员", Role.OFFICE, "450000", None),
    ("sysadmin", "系统管理员", Duty.SYSTEM, None, None),
    ("secadmin", "安全管理员", Duty.SECURITY, None, None),
    ("auditor", "审计管理员", Duty.AUDIT, None, None),
]


@audit.action
def create_cast(password: str, *, by: User | None, at: dt.datetime) -> dict[str, User]:
    """Everybody in PARTS, with one password for all: the demonstration listens on this machine alone."""
    cast = {}
    for username, name, part, where, specialty in PARTS:
        duty = part if part in Duty.values else Duty.NONE
        user = cast[username] = User.objects.create_user(username, password, name=name, duty=duty, date_joined=at)
        if duty == Duty.NONE:
            Grant.objects.create(
                user=user,
                role=part,
                region=Region.objects.filter(code=where).first(),
                institution=Institution.objects.filter(code=where).first(),
                specialty=Specialty.objects.filter(name=specialty).first() if specialty else None,
                starts_on=at.date() - dt.timedelta(days=365),
            )
    audit.record(CAST, cast["province"], by=by, at=at, facts={"accounts": len(cast)})
    return cast


def sign_ins(cast: dict[str, User], password: str) -> str:
    lines = ["", "  可以登录的账号 / sign in as", ""]
    lines += [f"    {user.username:<12}{user.name}" for user in cast.values()]
    lines += ["", f"  密码 / password    {password}", ""]
    lines += ["  演示不强制双因素验证，数据除注明来源的以外均为示例。", ""]
    return "\n".join(lines) + "\n"
