from django import forms
from django.utils.translation import gettext_lazy as _

from ..models import Institution, InstitutionOfficer, MedicalCommunity, Region
from .fields import Day, EditForm, FilterForm, Line, PickedField, StoryForm, from_model

DETAILS = [
    "code",
    "credit_code",
    "name",
    "short_name",
    "kind",
    "level",
    "grade",
    "ownership",
    "supervisor",
    "address",
    "postcode",
    "phone",
    "website",
    "opened_on",
    "beds",
    "staff",
    "physicians",
    "nurses",
    "has_laboratory",
    "remark",
    "source",
]


def visible_regions(user):
    return Region.objects.visible_to(user)


def visible_institutions(user):
    return Institution.objects.visible_to(user).filter(is_active=True)


def region_field(**kwargs):
    return PickedField("network:pick_region", label=_("地区"), **kwargs)


def institution_field(**kwargs):
    return PickedField("network:pick_institution", **{"label": _("机构"), **kwargs})


class CreateInstitution(StoryForm):
    pickers = {"region": visible_regions}
    vars().update(from_model(Institution, DETAILS))
    region = region_field(help_text=_("填区划代码或全称，如 410305 或 涧西区。"))
    field_order = ["code", "name", "short_name", "region", "kind", "level", "grade", "ownership"]


class EditInstitution(EditForm):
    pickers = {"region": visible_regions}
    vars().update(from_model(Institution, DETAILS))
    region = region_field()
    field_order = CreateInstitution.field_order


class Reason(StoryForm):
    """Why something is done."""

    reason = Line(label=_("原因"), max_length=200)


class AppointOfficer(StoryForm):
    vars().update(from_model(InstitutionOfficer, ["post", "person_name", "department", "started_on"]))
    reason = Line(label=_("说明"), max_length=200, required=False, help_text=_("换任主任时，记为前任的离任原因。"))


class EndPost(StoryForm):
    ended_on = Day(label=_("离任日期"))
    reason = Line(label=_("离任原因"), max_length=200)


class InstitutionFilter(FilterForm):
    minor = frozenset({"kind", "ownership"})
    pickers = {"region": visible_regions}
    region = region_field(required=False)
    kind = forms.ChoiceField(label=_("类别"), required=False, choices=[("", _("全部")), *Institution.Kind.choices])
    level = forms.ChoiceField(label=_("级别"), required=False, choices=[("", _("全部")), *Institution.Level.choices])
    ownership = forms.ChoiceField(
        label=_("所有制"), required=False, choices=[("", _("全部")), *Institution.Ownership.choices]
    )
    retired = forms.ChoiceField(
        label=_("状态"), required=False, choices=[("", _("在用")), ("yes", _("已停用")), ("all", _("全部"))]
    )


class CreateCommunity(StoryForm):
    pickers = {"region": visible_regions, "lead": visible_institutions}
    name = Line(label=_("名称"), max_length=100)
    region = region_field()
    shape_text = Line(label=_("结构"), max_length=32, help_text=_("如 1+7+N：1 家牵头，第二层 7 家，第三层不限。"))
    lead = institution_field(label=_("牵头医院"))
    vars().update(from_model(MedicalCommunity, ["founded_on", "source"]))


class EditCommunity(StoryForm):
    name = Line(label=_("名称"), max_length=100)
    shape_text = Line(label=_("结构"), max_length=32, help_text=_("如 1+7+N：1 家牵头，第二层 7 家，第三层不限。"))
    vars().update(from_model(MedicalCommunity, ["founded_on", "source"]))


class JoinCommunity(StoryForm):
    pickers = {"institution": visible_institutions}
    institution = institution_field()
    tier = forms.IntegerField(label=_("第几层"), min_value=2, max_value=99, help_text=_("第 1 层是牵头医院。"))
    joined_on = Day(label=_("加入日期"), required=False)


class LeaveCommunity(StoryForm):
    left_on = Day(label=_("退出日期"))
    reason = Line(label=_("原因"), max_length=200)


class ChangeLead(StoryForm):
    pickers = {"institution": visible_institutions}
    institution = institution_field(label=_("新的牵头医院"))
    changed_on = Day(label=_("变更日期"))
    reason = Line(label=_("原因"), max_length=200)


class CommunityFilter(FilterForm):
    pickers = {"region": visible_regions}
    region = region_field(required=False)
