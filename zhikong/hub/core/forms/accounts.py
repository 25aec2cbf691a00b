import unicodedata
from datetime import date

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .. import audit
from ..models import Duty
from .look import Looked


class WideToNarrow(forms.CharField):
    """Full-width letters and digits are ordinary input here."""

    def to_python(self, value):
        return unicodedata.normalize("NFKC", super().to_python(value))


class AccountDetails(Looked):
    """Edit an account."""

    name = forms.CharField(label=_("姓名"), max_length=64)
    email = forms.EmailField(label=_("邮箱"), required=False)
    phone = WideToNarrow(label=_("手机"), max_length=32, required=False)


class NewAccount(AccountDetails):
    """Open an account."""

    username = WideToNarrow(
        label=_("用户名"),
        max_length=64,
        help_text=_("登录用，字母、数字和 . _ -，开好以后不能改。"),
        validators=[RegexValidator(r"^[A-Za-z0-9][A-Za-z0-9._-]*$", _("只能用字母、数字和 . _ -，以字母或数字开头。"))],
    )
    duty = forms.ChoiceField(label=_("账号类别"), choices=Duty.choices, initial=Duty.NONE)
    field_order = ["username", "name", "duty", "email", "phone"]


class OwnDetails(Looked):
    """One's own ways to be reached."""

    email = forms.EmailField(label=_("邮箱"), required=False)
    phone = WideToNarrow(label=_("手机"), max_length=32, required=False)


class Reason(Looked):
    """Why."""

    reason = forms.CharField(label=_("原因"), max_length=200)


class AccountFilter(Looked):
    STATES = [
        ("", _("全部")),
        ("active", _("启用")),
        ("disabled", pgettext_lazy("state", "停用")),
        ("locked", _("登录锁定")),
    ]

    q = WideToNarrow(label=_("用户名或姓名"), required=False)
    duty = forms.ChoiceField(label=_("类别"), required=False, choices=[("", _("全部")), *Duty.choices])
    state = forms.ChoiceField(label=_("状态"), required=False, choices=STATES)


class Day(forms.DateField):
    """A day that has a beginning in every time zone: the years 1 and 10000 have none."""

    widget = forms.DateInput(attrs={"type": "date"})
    default_validators = [MinValueValidator(date(2000, 1, 1)), MaxValueValidator(date(2999, 12, 31))]


class LedgerFilter(Looked):
    who = WideToNarrow(label=_("谁"), required=False, help_text=_("用户名或姓名"))
    verb = forms.ChoiceField(label=_("动作"), required=False)
    table = forms.ChoiceField(label=_("记录"), required=False)
    pk = WideToNarrow(label=_("编号"), required=False)
    begin = Day(label=_("从"), required=False)
    end = Day(label=_("到"), required=False)

    def __init__(self, *args, tables, **kwargs):
        super().__init__(*args, **kwargs)
        every = _("全部")
        self.fields["verb"].choices = [("", every), *sorted(audit.verbs(), key=lambda pair: str(pair[1]))]
        self.fields["table"].choices = [("", every), *tables]


class SignInFilter(Looked):
    KINDS = [("good", _("成功")), ("bad", _("失败"))]

    who = WideToNarrow(label=_("用户名"), required=False)
    kind = forms.ChoiceField(label=_("结果"), required=False, choices=KINDS)
