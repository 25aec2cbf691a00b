"""Institutions and their quality committees."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhikong.hub.core import audit, conflicts
from zhikong.hub.core.errors import Refused
from zhikong.hub.core.models import User
from zhikong.hub.core.search import initials_of

from .. import roles
from ..dates import refuse_before, refuse_future
from ..models import Centre, CentreHost, Institution, InstitutionOfficer, Region
from ..roles import Ability

CREATED = audit.verb("institution registered", gettext_lazy("登记机构"))
EDITED = audit.verb("institution edited", gettext_lazy("修改机构"))
RETIRED = audit.verb("institution retired", gettext_lazy("停用机构"))
RESTORED = audit.verb("institution restored", gettext_lazy("恢复机构"))
APPOINTED = audit.verb("institution officer appointed", gettext_lazy("任命质量管理人员"))
ENDED = audit.verb("institution officer ended", gettext_lazy("质量管理人员离任"))

# Any: without stubs for Django, mypy takes the members of a TextChoices for tuples.
Post: Any = InstitutionOfficer.Post


@audit.action
def create_institution(
    *, by: User | None, at: datetime, code: str, name: str, region: Region, kind: str, ownership: str, **details: Any
) -> Institution:
    """Register an institution. Refused unless the region's authority asks and the code is new."""
    roles.require(by, Ability.MANAGE_INSTITUTIONS, region=region)
    taken = Institution.objects.filter(code=code).first()
    if taken is not None:
        raise Refused(_("机构编码 %(code)s 已登记。请核对编码；同一机构不必再登记。") % {"code": code})
    refuse_future(details.get("opened_on"), at)
    institution = Institution.objects.create(
        code=code, name=name, initials=initials_of(name), region=region, kind=kind, ownership=ownership, **details
    )
    audit.record(CREATED, institution, by=by, at=at)
    return institution


@audit.action
def edit_institution(
    institution: Institution, *, by: User | None, at: datetime, seen: Mapping[str, str] | None = None, **changes: Any
) -> Institution:
    """Change what is on record. `seen` is what the user saw: a later change of the same field raises Conflict.

    Refused when it would move away from a centre that it hosts.
    """
    institution = _locked(institution)
    roles.require(by, Ability.MANAGE_INSTITUTIONS, region=institution.region)
    if "region" in changes:
        roles.require(by, Ability.MANAGE_INSTITUTIONS, region=changes["region"])
    conflicts.refuse_stale(institution, seen, changes)
    code = changes.get("code", institution.code)
    if code != institution.code and Institution.objects.filter(code=code).exists():
        raise Refused(_("机构编码 %(code)s 已登记。请核对编码。") % {"code": code})
    refuse_future(changes.get("opened_on"), at)
    moves = changes.get("region", institution.region) != institution.region
    for name, value in changes.items():
        setattr(institution, name, value)
    if moves:
        _refuse_leaving_a_centre(institution)
    institution.initials = initials_of(institution.name)
    institution.save()
    audit.record(EDITED, institution, by=by, at=at)
    return institution


@audit.action
def retire_institution(institution: Institution, *, by: User | None, at: datetime, reason: str) -> Institution:
    """It takes part no more; its past stays. Refused while it hosts a standing centre."""
    institution = _locked(institution)
    roles.require(by, Ability.MANAGE_INSTITUTIONS, region=institution.region)
    if not institution.is_active:
        raise Refused(_("该机构已经停用。"))
    hosted = _hosted_by(institution)
    if names := [centre.name for centre in hosted[:3]]:
        raise Refused(
            _("该机构还挂靠 %(count)d 个在册质控中心（%(names)s）。请先变更挂靠单位或撤销中心。")
            % {"count": hosted.count(), "names": "、".join(names)}
        )
    institution.is_active = False
    institution.save(update_fields=["is_active"])
    audit.record(RETIRED, institution, by=by, at=at, reason=reason)
    return institution


@audit.action
def restore_institution(institution: Institution, *, by: User | None, at: datetime, reason: str) -> Institution:
    """It takes part again. Refused when it does."""
    institution = _locked(institution)
    roles.require(by, Ability.MANAGE_INSTITUTIONS, region=institution.region)
    if institution.is_active:
        raise Refused(_("该机构正在使用。"))
    institution.is_active = True
    institution.save(update_fields=["is_active"])
    audit.record(RESTORED, institution, by=by, at=at, reason=reason)
    return institution


@audit.action
def appoint_officer(
    institution: Institution,
    *,
    by: User | None,
    at: datetime,
    post: str,
    person_name: str,
    started_on: date,
    department: str = "",
    reason: str = "",
) -> InstitutionOfficer:
    """Fill a seat. A new chair takes over from the one in force that day, so that there is exactly one (ORG-25)."""
    institution = _locked(institution)
    roles.require(by, Ability.KEEP_INSTITUTION, institution=institution)
    refuse_future(started_on, at)
    if post in {Post.GROUP_HEAD, Post.QUALITY_OFFICER} and not department:
        raise Refused(_("科室质控小组组长和科室质控员须填写科室。"))
    if institution.officers.filter(
        post=post, person_name=person_name, department=department, ended_on__isnull=True
    ).exists():
        raise Refused(_("%(name)s 已在任这个职务。") % {"name": person_name})
    if post == Post.CHAIR:
        chair = institution.officers.filter(post=Post.CHAIR, ended_on__isnull=True).first()
        if chair is not None:
            refuse_before(started_on, chair.started_on, _("现任主任的任职日期"))
            chair.ended_on, chair.reason = started_on, reason or _("换任")
            chair.save(update_fields=["ended_on", "reason"])
    officer = InstitutionOfficer.objects.create(
        institution=institution, post=post, person_name=person_name, department=department, started_on=started_on
    )
    audit.record(APPOINTED, officer, by=by, at=at, reason=reason)
    return officer


@audit.action
def end_officer(
    officer: InstitutionOfficer, *, by: User | None, at: datetime, ended_on: date, reason: str
) -> InstitutionOfficer:
    """A seat is left. Refused for the chair, whose seat passes on to the next one."""
    rows = InstitutionOfficer.objects.select_for_update(of=("self",)).select_related("institution__region")
    officer = rows.get(pk=officer.pk)
    roles.require(by, Ability.KEEP_INSTITUTION, institution=officer.institution)
    if officer.ended_on is not None:
        raise Refused(_("%(name)s 已离任。") % {"name": officer.person_name})
    if officer.post == Post.CHAIR:
        raise Refused(_("医疗质量管理委员会须有一位主任。请任命新主任，现任随之离任。"))
    refuse_future(ended_on, at)
    refuse_before(ended_on, officer.started_on, _("任职日期"))
    officer.ended_on, officer.reason = ended_on, reason
    officer.save(update_fields=["ended_on", "reason"])
    audit.record(ENDED, officer, by=by, at=at, reason=reason)
    return officer


def _hosted_by(institution: Institution) -> QuerySet[Centre]:
    hosting = CentreHost.objects.filter(institution=institution, ended_on__isnull=True)
    return Centre.objects.standing().filter(pk__in=hosting.values("centre"))


def _refuse_leaving_a_centre(institution: Institution) -> None:
    left = [centre for centre in _hosted_by(institution).select_related("region")
            if not institution.may_host_in(centre.region)]  # fmt: skip
    if left:
        names = {"names": "、".join(centre.name for centre in left[:3]), "place": institution.region}
        raise Refused(_("该机构挂靠着%(names)s，不能移到%(place)s。请先变更挂靠单位或撤销中心。") % names)


def _locked(institution: Institution) -> Institution:
    return Institution.objects.select_for_update(of=("self",)).select_related("region").get(pk=institution.pk)
