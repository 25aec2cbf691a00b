from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from .. import webhooks
from ..errors import Refused
from .look import Looked


class NotificationSettings(Looked):
    by_mail = forms.BooleanField(label=_("同时发邮件"), required=False)
    daily_digest = forms.BooleanField(label=_("每天只发一封汇总"), required=False)
    quiet_from = forms.TimeField(
        label=_("免打扰开始"), required=False, widget=forms.TimeInput({"type": "time"}, format="%H:%M")
    )
    quiet_until = forms.TimeField(
        label=_("免打扰结束"), required=False, widget=forms.TimeInput({"type": "time"}, format="%H:%M")
    )


class Webhook(Looked):
    name = forms.CharField(label=_("名称"), max_length=64)
    url = forms.URLField(
        label=_("地址"), max_length=300, assume_scheme="https", help_text=_("例如 https://notify.example.cn/zhikong")
    )

    def clean_url(self):
        # Here and not in the action: a name server may take its time, and a transaction must not wait for it.
        url = self.cleaned_data["url"]
        try:
            webhooks.check_url(url)
        except Refused as refusal:
            raise ValidationError(str(refusal)) from None
        return url


class WebhookChange(Webhook):
    is_active = forms.BooleanField(label=_("启用"), required=False)
