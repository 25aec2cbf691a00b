from django import forms
from django.utils.translation import gettext_lazy as _

from ..models import Specialty, SubspecialtyGroup
from .fields import Day, EditForm, FilterForm, Line, StoryForm, from_model

EDITED = ["name", "short_name", "category", "is_tcm", "is_key", "source"]
YES_NO = [("", _("全部")), ("yes", _("是")), ("no", _("否"))]


class AddSpecialty(StoryForm):
    vars().update(from_model(Specialty, ["code", *EDITED]))


class EditSpecialty(EditForm):
    vars().update(from_model(Specialty, EDITED))


class AddAlias(StoryForm):
    name = Line(label=_("别名"), max_length=64)
    source = Line(label=_("来源"), max_length=200, required=False, help_text=_("在哪份文件里这样写。"))


class ApplyForGroup(StoryForm):
    vars().update(from_model(SubspecialtyGroup, ["name", "head", "applied_on"]))


class ApproveGroup(StoryForm):
    document = Line(label=_("批复文号"), max_length=100)
    decided_on = Day(label=_("批复日期"))


class RefuseGroup(StoryForm):
    document = Line(label=_("批复文号"), max_length=100, required=False)
    decided_on = Day(label=_("批复日期"))
    reason = Line(label=_("不批准的理由"), max_length=200)


class CloseGroup(StoryForm):
    closed_on = Day(label=_("撤销日期"))
    reason = Line(label=_("原因"), max_length=200)


class SpecialtyFilter(FilterForm):
    category = forms.ChoiceField(
        label=_("类别"), required=False, choices=[("", _("全部")), *Specialty.Category.choices]
    )
    tcm = forms.ChoiceField(label=_("中医"), required=False, choices=YES_NO)
    key = forms.ChoiceField(label=_("重点"), required=False, choices=YES_NO)
    inactive = forms.ChoiceField(
        label=_("状态"), required=False, choices=[("", _("在用")), ("yes", _("已停用")), ("all", _("全部"))]
    )
