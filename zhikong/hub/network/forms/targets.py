from django import forms
from django.utils.translation import gettext_lazy as _

from ..models import Region, Target
from .fields import Day, Line, PickedField, StoryForm


class SetTarget(StoryForm):
    pickers = {"region": Region.objects.visible_to}

    region = PickedField("network:pick_region", label=_("地区"))
    kind = forms.ChoiceField(label=_("类别"), choices=Target.Kind.choices)
    level = forms.ChoiceField(label=_("层级"), choices=Target._meta.get_field("level").choices)
    only_tcm = forms.BooleanField(label=_("只计中医"), required=False)
    minimum = forms.DecimalField(label=_("不少于（个或 %）"), max_digits=8, decimal_places=1, min_value=0)
    due_on = Day(label=_("完成期限"))
    source = Line(label=_("来源"), max_length=200, help_text=_("文件名和文号。系统不带任何默认目标。"))


class ChangeTarget(StoryForm):
    minimum = forms.DecimalField(label=_("不少于（个或 %）"), max_digits=8, decimal_places=1, min_value=0)
    due_on = Day(label=_("完成期限"))
    source = Line(label=_("来源"), max_length=200)


class EndTarget(StoryForm):
    ended_on = Day(label=_("停用日期"))
    reason = Line(label=_("理由"), max_length=200)
