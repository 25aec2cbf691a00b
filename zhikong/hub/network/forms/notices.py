from django import forms
from django.utils.translation import gettext_lazy as _

from .fields import Day, Line, StoryForm


class ReceiveNotice(StoryForm):
    file = forms.FileField(
        label=_("通报文件"), help_text=_("正文连同附表的 .txt，或只含附表的 .xlsx、.csv。PDF 请先复制成文本。")
    )
    issued_on = Day(label=_("发文日期"), required=False, help_text=_("文件里没有日期时须填；新旧通报按它分先后。"))


class TakeInNotice(StoryForm):
    issued_on = Day(label=_("发文日期"))
    create_institutions = forms.BooleanField(label=_("为不在册的责任单位建立占位"), required=False)


class SetAsideNotice(StoryForm):
    reason = Line(label=_("理由"), max_length=300)
