from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from ..models import Centre, CentreChange, CentreDuty, CentreMember, CentrePlan, CentreTerm, Specialty
from .fields import Code, Day, EditForm, FilterForm, Line, PickedField, StoryForm, from_model
from .institutions import institution_field, region_field, visible_institutions, visible_regions

MEANS = [
    "covers_inpatients",
    "covers_day_cases",
    "covers_outpatients",
    "covers_emergency",
    "capability",
    "responsible_person",
    "contact",
    "source",
]
HOSTS = ["host", "second_host", "third_host"]


def active_specialties(user):
    return Specialty.objects.visible_to(user).filter(is_active=True)


def all_specialties(user):
    return Specialty.objects.visible_to(user)


def standing_centres(user):
    return Centre.objects.visible_to(user).standing()


def specialty_field(**kwargs):
    return PickedField("network:pick_specialty", label=_("专业"), **kwargs)


class HostsMixin:
    """Up to three hosts, first the leading one, as one list."""

    def values(self):
        values = super().values()
        values["hosts"] = [host for name in HOSTS if (host := values.pop(name)) is not None]
        return values


def host_fields():
    return {
        "host": institution_field(label=_("挂靠单位")),
        "second_host": institution_field(label=_("第二挂靠单位"), required=False),
        "third_host": institution_field(label=_("第三挂靠单位"), required=False),
    }


HOST_PICKERS = dict.fromkeys(HOSTS, visible_institutions)


class FoundCentre(HostsMixin, StoryForm):
    pickers = {"region": visible_regions, "specialty": active_specialties, **HOST_PICKERS}
    name = Line(label=_("名称"), max_length=128)
    level = forms.ChoiceField(label=_("层级"), choices=Centre.Level.choices)
    specialty = specialty_field()
    region = region_field(help_text=_("填区划代码或全称。"))
    vars().update(host_fields())
    founded_on = Day(label=_("成立日期"))
    covers = Line(
        label=_("覆盖的市"),
        required=False,
        max_length=1000,
        help_text=_("只有区域分中心填：各市的代码或全称，用顿号隔开。"),
    )
    responsible_person = Line(label=_("网格责任人"), required=False, max_length=64, help_text=_("只有网格分中心填。"))
    mandate = forms.CharField(label=_("委托文件"), required=False, max_length=2000, widget=forms.Textarea)

    def clean_covers(self):
        found = []
        for part in filter(
            None,
            (part.strip() for part in self.cleaned_data["covers"].replace("，", "、").replace(",", "、").split("、")),
        ):
            picked = PickedField("network:pick_region")
            picked.queryset = visible_regions(self.user)
            found.append(picked.clean((part, "")))
        return found


class RegisterCentre(FoundCentre):
    founded_on = Day(label=_("成立日期"), required=False, help_text=_("不知道就留空。"))
    state = forms.ChoiceField(
        label=_("状态"), choices=[(Centre.State.FORMAL, _("正式")), (Centre.State.SETTING_UP, _("筹建"))]
    )


class Happened(StoryForm):
    happened_on = Day(label=_("发生日期"))


class FormaliseCentre(Happened):
    detail = Line(label=_("说明"), max_length=300, required=False, help_text=_("如批复文号。"))


class RenameCentre(Happened):
    name = Line(label=_("新名称"), max_length=128)
    detail = Line(label=_("说明"), max_length=300, required=False)
    field_order = ["name", "happened_on", "detail"]


class RehostCentre(HostsMixin, Happened):
    pickers = HOST_PICKERS
    vars().update(host_fields())
    detail = Line(label=_("说明"), max_length=300, required=False)
    field_order = [*HOSTS, "happened_on", "detail"]


class ChangeDirector(Happened):
    person_name = Line(label=_("新主任"), max_length=64)
    affiliation = Line(label=_("单位"), max_length=128, required=False)
    reason = forms.ChoiceField(label=_("前任离任原因"), choices=CentreMember.Reason.choices)
    field_order = ["person_name", "affiliation", "happened_on", "reason"]


class MergeCentre(Happened):
    pickers = {"into": standing_centres}
    into = PickedField("network:pick_centre", label=_("并入"), help_text=_("同一地区、同一层级的质控中心。"))
    detail = Line(label=_("说明"), max_length=300, required=False)
    field_order = ["into", "happened_on", "detail"]


class CloseCentre(Happened):
    reason = Line(label=_("原因"), max_length=300)


class EditCentre(EditForm):
    vars().update(from_model(Centre, MEANS))


class SetMandate(EditForm):
    mandate = forms.CharField(label=_("委托文件"), max_length=2000, widget=forms.Textarea)


class AddTerm(StoryForm):
    vars().update(from_model(CentreTerm, ["starts_on", "ends_on", "document"]))


class Duty(StoryForm):
    vars().update(from_model(CentreDuty, ["text", "document"]))


class MoveDuty(StoryForm):
    up = forms.BooleanField(required=False, widget=forms.HiddenInput)  # the two buttons say it


class AppointMember(StoryForm):
    post = forms.ChoiceField(
        label=_("职务"), choices=[each for each in CentreMember.Post.choices if each[0] != CentreMember.Post.DIRECTOR]
    )
    vars().update(from_model(CentreMember, ["person_name", "affiliation", "started_on"]))


class EndMember(StoryForm):
    ended_on = Day(label=_("离任日期"))
    reason = forms.ChoiceField(label=_("离任原因"), choices=CentreMember.Reason.choices)


class AddPlan(StoryForm):
    vars().update(from_model(CentrePlan, ["kind", "title", "starts_on", "ends_on"]))
    file = forms.FileField(label=_("文件"), required=False)


class FileChange(StoryForm):
    document = Line(label=_("备案文号"), max_length=100)
    filed_on = Day(label=_("备案日期"))
    file = forms.FileField(label=_("备案文件"), required=False)


class ReceiveFiling(StoryForm):
    received_on = Day(label=_("签收日期"))


class CentreFilter(FilterForm):
    minor = frozenset({"capability", "specialty", "tcm"})
    pickers = {"region": visible_regions, "specialty": all_specialties}
    region = region_field(required=False)
    level = forms.ChoiceField(label=_("层级"), required=False, choices=[("", _("全部")), *Centre.Level.choices])
    specialty = specialty_field(required=False)
    state = forms.ChoiceField(
        label=_("状态"), required=False, choices=[("", _("在册")), *Centre.State.choices, ("all", _("全部"))]
    )
    tcm = forms.ChoiceField(
        label=_("中医"), required=False, choices=[("", _("全部")), ("yes", _("是")), ("no", _("否"))]
    )
    capability = forms.ChoiceField(
        label=_("信息化手段"), required=False, choices=[("", _("全部")), *Centre.Capability.choices]
    )


class FilingFilter(FilterForm):
    pickers = {"region": visible_regions}
    region = region_field(required=False)
    level = forms.ChoiceField(label=_("层级"), required=False, choices=[("", _("全部")), *Centre.Level.choices])
    kind = forms.ChoiceField(label=_("变更"), required=False, choices=[("", _("全部")), *CentreChange.Kind.choices])


class PlanFilter(FilterForm):
    pickers = {"region": visible_regions}
    year = forms.IntegerField(label=_("年度"), required=False, min_value=1990, max_value=2200)
    kind = forms.ChoiceField(label=_("缺哪一种"), required=False, choices=[("", _("任一种")), *CentrePlan.Kind.choices])
    level = forms.ChoiceField(label=_("层级"), required=False, choices=[("", _("全部")), *Centre.Level.choices])
    region = region_field(required=False)


class TermFilter(FilterForm):
    pickers = {"region": visible_regions}
    region = region_field(required=False)
    days = forms.IntegerField(label=_("多少天内到期"), required=False, min_value=0, max_value=3660)


class QuarterField(Code):
    """2026Q3."""

    def to_python(self, value):
        text = super().to_python(value).upper().replace("-", "")
        if not text:
            return None
        year, mark, quarter = text.partition("Q")
        if not (
            mark
            and year.isascii()
            and year.isdigit()
            and len(year) == 4
            and quarter in {"1", "2", "3", "4"}
            and int(year) > 0
        ):
            raise ValidationError(_now("季度写作 2026Q3。"))
        return int(year), int(quarter)


class ChangeFilter(FilterForm):
    pickers = {"region": visible_regions, "specialty": all_specialties}
    quarter = QuarterField(label=_("季度"), required=False, max_length=7)
    kind = forms.ChoiceField(label=_("变更"), required=False, choices=[("", _("全部")), *CentreChange.Kind.choices])
    level = forms.ChoiceField(label=_("层级"), required=False, choices=[("", _("全部")), *Centre.Level.choices])
    region = region_field(required=False)
    specialty = specialty_field(required=False)
