"""Grants: given and ended by the security administrator, and by nobody for themselves."""

from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhikong.hub.core import audit
from zhikong.hub.core.errors import Refused
from zhikong.hub.core.models import Duty, User

from ..models import Grant, Institution, Region, Role, Specialty

GIVEN = audit.verb("grant given", gettext_lazy("授权"))
ENDED = audit.verb("grant ended", gettext_lazy("收回授权"))

# Any: without stubs for Django, mypy takes the members of a TextChoices for tuples.
OVER_AN_INSTITUTION: Any = frozenset({Role.QUALITY_OFFICE, Role.TECHNICIAN})
OF_A_CENTRE: Any = frozenset({Role.DIRECTOR, Role.SECRETARY, Role.EXPERT})


def _require_security(by: User | None, user: User) -> None:
    """The installer at the command line is nobody (None) and may."""
    if by is not None and (by.duty != Duty.SECURITY or not by.is_active):
        raise Refused(_("只有安全管理员可以授权。"))
    if by is not None and by.pk == user.pk:
        raise Refused(_("不能给自己授权。"))


@audit.action
def give_grant(
    *,
    by: User | None,
    at: datetime,
    username: str,
    role: str,
    region: Region | None = None,
    institution: Institution | None = None,
    specialty: Specialty | None = None,
    starts_on: date,
    ends_on: date | None = None,
) -> Grant:
    """Give a person a role somewhere. Refused for administrators, disabled accounts, and a scope that does not fit."""
    user = User.objects.filter(username__iexact=username.strip()).first()
    if user is None:
        raise Refused(_("没有用户名是“%(username)s”的账号。请先由系统管理员开设。") % {"username": username})
    _require_security(by, user)
    if user.is_administrator:
        raise Refused(_("%(name)s 是管理员账号，不能再授予业务角色；请另开一个业务账号。") % {"name": user.name})
    if not user.is_active:
        raise Refused(_("%(name)s 的账号已停用，启用后再授权。") % {"name": user.name})
    _refuse_unfit(role, region, institution, specialty)
    if ends_on is not None and ends_on < starts_on:
        raise Refused(_("失效日期不能早于生效日期。"))
    same = Grant.objects.filter(user=user, role=role, region=region, institution=institution, specialty=specialty)
    if same.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=starts_on)).exists():
        raise Refused(_("%(name)s 已有同样的授权，还没有失效。") % {"name": user.name})
    grant = Grant.objects.create(
        user=user, role=role, region=region, institution=institution, specialty=specialty,
        starts_on=starts_on, ends_on=ends_on, given_by=by,
    )  # fmt: skip
    audit.record(GIVEN, grant, by=by, at=at)
    return grant


def _refuse_unfit(
    role: str, region: Region | None, institution: Institution | None, specialty: Specialty | None
) -> None:
    if role not in Role.values:
        raise Refused(_("没有这种角色。"))
    label = Role(role).label
    if role in OVER_AN_INSTITUTION and (institution is None or region is not None):
        raise Refused(_("“%(role)s”要选机构，不选地区。") % {"role": label})
    if role not in OVER_AN_INSTITUTION and (region is None or institution is not None):
        raise Refused(_("“%(role)s”要选地区，不选机构。") % {"role": label})
    if role in OF_A_CENTRE and specialty is None:
        raise Refused(_("“%(role)s”要选专业。") % {"role": label})


@audit.action
def end_grant(grant: Grant, *, by: User | None, at: datetime, reason: str) -> Grant:
    """Take a grant back at once. Refused without a reason, and where it has ended already."""
    grant = Grant.objects.select_for_update(of=("self",)).select_related("user").get(pk=grant.pk)
    _require_security(by, grant.user)
    yesterday = timezone.localdate(at) - timedelta(days=1)
    if grant.ends_on is not None and grant.ends_on <= yesterday:
        raise Refused(_("这项授权已经失效。"))
    if not reason.strip():
        raise Refused(_("请写明收回的原因。"))
    grant.ends_on = yesterday  # the last day in force: gone from the next request on
    grant.save(update_fields=["ends_on"])
    audit.record(ENDED, grant, by=by, at=at, reason=reason)
    return grant
