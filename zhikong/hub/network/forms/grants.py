from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..models import Institution, Region, Role, Specialty
from ..models.grants import grantable
from .fields import Code, Day, FilterForm, Line, PickedField, StoryForm


class GiveGrant(StoryForm):
    pickers = {
        "region": lambda user: grantable(Region, user),
        "institution": lambda user: grantable(Institution, user).filter(is_active=True),
        "specialty": lambda user: grantable(Specialty, user).filter(is_active=True),
    }
    username = Code(label=_("用户名"), max_length=64)
    role = forms.ChoiceField(label=_("角色"), choices=Role.choices)
    region = PickedField(
        "network:pick_grant_region",
        label=_("地区"),
        required=False,
        help_text=_("行政部门、质控办和质控中心的角色填；管到它的全部下级。"),
    )
    institution = PickedField(
        "network:pick_grant_institution", label=_("机构"), required=False, help_text=_("医院和检验人员的角色填。")
    )
    specialty = PickedField(
        "network:pick_grant_specialty", label=_("专业"), required=False, help_text=_("质控中心的角色必填。")
    )
    starts_on = Day(label=_("生效日期"), initial=timezone.localdate)
    ends_on = Day(label=_("失效日期"), required=False, help_text=_("不填就长期有效。"))


class EndGrant(StoryForm):
    reason = Line(label=_("原因"), max_length=200)


class GrantFilter(FilterForm):
    pickers = {"region": lambda user: grantable(Region, user)}
    role = forms.ChoiceField(label=_("角色"), required=False, choices=[("", _("全部")), *Role.choices])
    region = PickedField("network:pick_grant_region", label=_("地区"), required=False)
    state = forms.ChoiceField(
        label=_("状态"), required=False, choices=[("", _("有效")), ("ended", _("已失效")), ("every", _("全部"))]
    )
