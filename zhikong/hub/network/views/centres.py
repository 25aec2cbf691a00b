from django.db.models import Prefetch
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from zhikong.hub.core import search
from zhikong.hub.core.exports import Column
from zhikong.hub.core.listing import Tab, page_of

from .. import actions, roles
from ..forms import centres as forms
from ..models import Centre, CentreChange, CentreHost, CentreMember, CentrePlan, SubspecialtyGroup
from ..roles import Ability
from .answering import answer, exported

HOSTS = Prefetch(
    "hosts", CentreHost.objects.filter(ended_on__isnull=True).select_related("institution"), to_attr="present_hosts"
)


def _filtered(user, filters):
    rows = Centre.objects.visible_to(user).select_related("region", "specialty")
    if text := search.cleaned(filters.chosen("q") or ""):
        rows = search.matching(rows, text)
    if region := filters.chosen("region"):
        rows = rows.filter(region__order__range=(region.order, region.last))
    for name in ("level", "specialty", "capability"):
        if value := filters.chosen(name):
            rows = rows.filter(**{name: value})
    if tcm := filters.chosen("tcm"):
        rows = rows.filter(specialty__is_tcm=tcm == "yes")
    state = filters.chosen("state")
    if state == "all":
        return rows
    return rows.filter(state=state) if state else rows.standing()


@roles.requires(Ability.READ_NETWORK)
def centres(request):
    """The register of centres of every level."""
    filters = forms.CentreFilter(request.GET, user=request.user)
    rows = _filtered(request.user, filters).prefetch_related(HOSTS)
    columns = [
        Column(_("编号"), 26),
        Column(_("名称"), 36),
        _("层级"),
        Column(_("专业"), 20),
        Column(_("地区"), 14),
        Column(_("挂靠单位"), 36),
        _("状态"),
        _("成立日期"),
        _("信息化手段"),
    ]
    cells = (
        (
            row.code,
            row.name,
            row.get_level_display(),
            row.specialty.name,
            row.region.name,
            "、".join(host.institution.name for host in row.present_hosts),
            row.get_state_display(),
            row.founded_on,
            row.get_capability_display(),
        )
        for row in rows.iterator(chunk_size=1000)
    )
    file = exported(request, pgettext("list", "质控中心"), columns, cells, filters.said())
    may_create = roles.may(request.user, Ability.MANAGE_CENTRES)
    return file or render(
        request, "network/centres.html", {"page": page_of(request, rows), "filters": filters, "may_create": may_create}
    )


def _visible(request, pk):
    rows = Centre.objects.visible_to(request.user).select_related("region", "specialty", "merged_into")
    return get_object_or_404(rows, pk=pk)


@roles.requires(Ability.READ_NETWORK)
def centre(request, pk):
    """One centre: what it is and may do, its people, plans, changes and groups."""
    record = _visible(request, pk)
    tab = request.GET.get("tab", "")
    url = record.get_absolute_url()
    labels = {
        "": _("内容"),
        "duties": _("职责清单"),
        "people": _("人员"),
        "plans": pgettext("list", "计划"),
        "changes": _("变更与备案"),
        "groups": pgettext("list", "亚专业组"),
    }
    if tab not in labels:
        tab = ""
    context = {
        "centre": record,
        "tab": tab,
        "tabs": [Tab(label, f"{url}?tab={key}" if key else url, key == tab) for key, label in labels.items()],
        "may_manage": roles.may_for_centre(request.user, Ability.MANAGE_CENTRES, record),
        "may_keep": roles.may_for_centre(request.user, Ability.KEEP_CENTRE, record),
        "may_file": roles.may_for_centre(request.user, Ability.FILE_CHANGES, record),
        "today": timezone.localdate(),
    }
    context |= _TABS[tab](request, record)
    return render(request, "network/centre.html", context)


def _content(request, record):
    return {
        "hosts": record.hosts.select_related("institution").order_by("ended_on", "position"),
        "director": record.members.filter(post=CentreMember.Post.DIRECTOR, ended_on__isnull=True).first(),
        "terms": list(record.terms.all()),
        "grades": list(record.published_grades.all()),
        "covered": list(record.covers.all()),
        "scope": [
            (Centre._meta.get_field(name).verbose_name, getattr(record, name))
            for name in ("covers_inpatients", "covers_day_cases", "covers_outpatients", "covers_emergency")
        ],
    }


def _duties(request, record):
    return {"duties": list(record.duties.all())}


def _people(request, record):
    return {"page": page_of(request, CentreMember.objects.visible_to(request.user).filter(centre=record))}


def _plans(request, record):
    year = timezone.localdate().year
    lacking = Centre.objects.lacking_plans(year).filter(pk=record.pk).first()
    missing = [label for kind, label in CentrePlan.Kind.choices if lacking and not getattr(lacking, f"has_{kind}")]
    plans = CentrePlan.objects.visible_to(request.user).filter(centre=record).select_related("file")
    return {"page": page_of(request, plans), "missing": missing, "year": year}


def _changes(request, record):
    changes = CentreChange.objects.visible_to(request.user).filter(centre=record)
    page = page_of(request, changes.select_related("file", "filed_by", "received_by"))
    today = timezone.localdate()
    for change in page:
        change.overdue_days = change.days_overdue(today)
    return {"page": page}


def _groups(request, record):
    return {"groups": SubspecialtyGroup.objects.visible_to(request.user).filter(centre=record)}


_TABS = {
    "": _content,
    "duties": _duties,
    "people": _people,
    "plans": _plans,
    "changes": _changes,
    "groups": _groups,
}


def _initial(request):
    """A coverage gap opens the form with its place filled in."""
    return {name: request.GET[name][:100] for name in ("level", "region", "specialty") if name in request.GET}


@roles.requires(Ability.MANAGE_CENTRES)
def found_centre(request):
    form = forms.FoundCentre(request.POST or None, user=request.user, initial=_initial(request))
    return answer(
        request,
        form,
        lambda values, at: actions.found_centre(by=request.user, at=at, **values),
        back=reverse("network:centres"),
        then=lambda made: made.get_absolute_url(),
    )


@roles.requires(Ability.MANAGE_CENTRES)
def register_centre(request):
    form = forms.RegisterCentre(request.POST or None, user=request.user, initial=_initial(request))
    return answer(
        request,
        form,
        lambda values, at: actions.register_centre(by=request.user, at=at, **values),
        back=reverse("network:centres"),
        then=lambda made: made.get_absolute_url(),
    )


def _verb(request, pk, form_class, action, **initial):
    """The pages of a centre's life: one form, one action, and back to the centre."""
    record = _visible(request, pk)
    form = form_class(request.POST or None, user=request.user, initial=initial)
    return answer(
        request,
        form,
        lambda values, at: action(record, by=request.user, at=at, **values),
        back=record.get_absolute_url(),
        record=record,
    )


@roles.requires(Ability.MANAGE_CENTRES)
def formalise_centre(request, pk):
    return _verb(request, pk, forms.FormaliseCentre, actions.formalise_centre)


@roles.requires(Ability.MANAGE_CENTRES)
def rename_centre(request, pk):
    return _verb(request, pk, forms.RenameCentre, actions.rename_centre)


@roles.requires(Ability.MANAGE_CENTRES)
def rehost_centre(request, pk):
    record = _visible(request, pk)
    hosts = CentreHost.objects.filter(centre=record, ended_on__isnull=True).select_related("institution")
    initial = dict(zip(forms.HOSTS, (host.institution for host in hosts), strict=False))
    return _verb(request, pk, forms.RehostCentre, actions.rehost_centre, **initial)


@roles.requires(Ability.MANAGE_CENTRES)
def change_director(request, pk):
    return _verb(request, pk, forms.ChangeDirector, actions.change_director)


@roles.requires(Ability.MANAGE_CENTRES)
def merge_centre(request, pk):
    return _verb(request, pk, forms.MergeCentre, actions.merge_centre)


@roles.requires(Ability.MANAGE_CENTRES)
def close_centre(request, pk):
    return _verb(request, pk, forms.CloseCentre, actions.close_centre)
