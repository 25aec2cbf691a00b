"""The first-run list of each role, and what stands under 我的范围: both read from the data, never ticked by hand."""

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from zhikong.hub.core import shell

from . import roles
from .models import (
    Centre,
    CentreMember,
    CentrePlan,
    Institution,
    InstitutionOfficer,
    Notice,
    Region,
    Role,
    Target,
)
from .models.scope import reaches

AUTHORITIES = {Role.COMMISSION, Role.OFFICE}
KEEPERS = {Role.DIRECTOR, Role.SECRETARY}


def first_steps(user):
    held = reaches(user)
    parts = {reach.role for reach in held}
    if parts & AUTHORITIES:
        yield from _authority_steps(user, held)
    if parts & KEEPERS:
        for centre in _own_centres(user, held):
            yield from _centre_steps(centre)
    if Role.QUALITY_OFFICE in parts:
        for institution in _own_institutions(user, held):
            yield from _institution_steps(institution)


def _authority_steps(user, held):
    institutions = Institution.objects.visible_to(user)
    centres = Centre.objects.visible_to(user).standing()
    yield shell.FirstStep(_("首次导入医疗机构"), reverse("network:institutions"), institutions.exists())
    yield shell.FirstStep(_("登记质控中心和挂靠单位"), reverse("network:centres"), centres.exists())
    yield shell.FirstStep(
        _("设定覆盖目标"), reverse("network:targets"), Target.objects.visible_to(user).filter(ended_on=None).exists()
    )
    keys = [reach.region_id for reach in held if reach.region_id]
    if Region.objects.visible_to(user).filter(pk__in=keys, level=Region.Level.PROVINCE).exists():
        yield shell.FirstStep(
            _("收入一份质控网络通报并核对"), reverse("network:notices"), Notice.objects.visible_to(user).exists()
        )


def _centre_steps(centre):
    here = reverse("network:centre", args=[centre.pk])
    serving = {member.post for member in centre.members.all() if member.ended_on is None}
    wanted = {CentreMember.Post.DIRECTOR, CentreMember.Post.SECRETARY}
    today = timezone.localdate()
    planned = any(
        plan.kind == CentrePlan.Kind.ANNUAL and plan.starts_on <= today <= plan.ends_on for plan in centre.plans.all()
    )
    name = {"centre": centre.name}
    yield shell.FirstStep(_("补全中心成员：%(centre)s") % name, here, wanted <= serving)
    yield shell.FirstStep(_("写明中心职责：%(centre)s") % name, here, bool(centre.duties.all()))
    yield shell.FirstStep(_("登记本年度计划：%(centre)s") % name, here, planned)


def _institution_steps(institution):
    here = reverse("network:institution", args=[institution.pk])
    complete = institution.beds is not None and bool(institution.address and institution.phone)
    chaired = any(
        officer.post == InstitutionOfficer.Post.CHAIR and officer.ended_on is None
        for officer in institution.officers.all()
    )
    name = {"institution": institution.name}
    yield shell.FirstStep(_("核对本院床位、地址和电话：%(institution)s") % name, here, complete)
    yield shell.FirstStep(_("登记医疗质量管理委员会：%(institution)s") % name, here, chaired)


def _own_centres(user, held):
    """The centres one keeps: of one's own region and specialty, not those below."""
    own = {(reach.region_id, reach.specialty_id) for reach in held if reach.role in KEEPERS}
    rows = Centre.objects.visible_to(user).standing().filter(region__in=[region for region, _specialty in own])
    rows = rows.prefetch_related("members", "duties", "plans")
    return [centre for centre in rows if (centre.region_id, centre.specialty_id) in own]


def _own_institutions(user, held):
    own = [reach.institution_id for reach in held if reach.role == Role.QUALITY_OFFICE]
    return Institution.objects.visible_to(user).filter(pk__in=own).prefetch_related("officers")


def scope_facts(user):
    """One's roles, and how much they reach."""
    held = reaches(user)
    if not held:
        return
    labels = dict(Role.choices)
    yield shell.Fact(_("身份"), "、".join(dict.fromkeys(str(labels[reach.role]) for reach in held)))
    if any(reach.region_id for reach in held):
        yield shell.Fact(
            _("医疗机构"),
            Institution.objects.visible_to(user).filter(is_active=True).count(),
            reverse("network:institutions"),
        )
    elif own := list(Institution.objects.visible_to(user)):
        yield shell.Fact(_("机构"), own[0].name, reverse("network:institution", args=[own[0].pk]))
    centres = Centre.objects.visible_to(user).standing().count()
    if centres or roles.may(user, roles.Ability.MANAGE_CENTRES):
        yield shell.Fact(pgettext("list", "质控中心"), centres, reverse("network:centres"))


def register():
    shell.add_first_steps(first_steps)
    shell.add_scope_facts(scope_facts)
