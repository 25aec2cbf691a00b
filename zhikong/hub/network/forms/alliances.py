from django import forms
from django.utils.translation import gettext_lazy as _

from ..models import Alliance, AllianceAgreement, AllianceOfficer, Region
from .fields import Day, EditForm, FilterForm, Line, PickedField, StoryForm, from_model

DETAILS = ["name", "founded_on", "purpose", "charter", "charter_adopted_on", "platforms", "source"]


def joinable_regions(user):
    """What one sees, and every province: their names are public."""
    return Region.objects.visible_to(user) | Region.objects.provinces()


class CreateAlliance(StoryForm):
    kind = forms.ChoiceField(label=_("类别"), choices=Alliance.Kind.choices)
    vars().update(from_model(Alliance, DETAILS))
    regions = Line(
        label=_("成员地区"), max_length=2000, help_text=_("两个或更多地区的代码或全称，用顿号隔开，如 宜昌市、荆州市。")
    )
    field_order = ["kind", "name", "regions", "founded_on"]

    def clean_regions(self):
        found = []
        for part in filter(
            None,
            (part.strip() for part in self.cleaned_data["regions"].replace("，", "、").replace(",", "、").split("、")),
        ):
            picked = PickedField("network:pick_region")
            picked.queryset = joinable_regions(self.user)
            found.append(picked.clean((part, "")))
        return found


class EditAlliance(EditForm):
    vars().update(from_model(Alliance, DETAILS))


class EndAlliance(StoryForm):
    ended_on = Day(label=_("终止日期"))
    reason = Line(label=_("原因"), max_length=200)


class JoinAlliance(StoryForm):
    pickers = {"region": joinable_regions}
    region = PickedField("network:pick_region", label=_("地区"), help_text=_("列表里没有的省，填代码或全称。"))
    joined_on = Day(label=_("加入日期"), required=False)


class LeaveAlliance(StoryForm):
    left_on = Day(label=_("退出日期"))
    reason = Line(label=_("原因"), max_length=200, required=False)


class ElectOfficer(StoryForm):
    vars().update(from_model(AllianceOfficer, ["post", "person_name", "affiliation", "started_on"]))


class EndAllianceOfficer(StoryForm):
    ended_on = Day(label=_("离任日期"))
    reason = Line(label=_("原因"), max_length=200, required=False)


class AddAgreement(StoryForm):
    vars().update(from_model(AllianceAgreement, ["title", "signed_on", "parties", "subject_matter", "source"]))


class AllianceFilter(FilterForm):
    kind = forms.ChoiceField(label=_("类别"), required=False, choices=[("", _("全部")), *Alliance.Kind.choices])
