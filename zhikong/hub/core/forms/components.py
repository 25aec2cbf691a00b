from django import forms
from django.utils.translation import gettext_lazy as _

from .look import Looked


class ComponentsForm(Looked):
    """Shown on the components page with its errors; it is never sent."""

    code = forms.CharField(label=_("机构编码"), help_text=_("可输入编码、名称或拼音首字母。"))
    reason = forms.CharField(label=_("理由"), widget=forms.Textarea(attrs={"rows": 2}), required=False)
