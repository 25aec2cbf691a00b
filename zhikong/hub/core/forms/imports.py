"""Choosing a table to import."""

from django import forms
from django.utils.translation import gettext_lazy as _

from .field_help import HELP, explain


class NewImport(forms.Form):
    """What kind of table, and the file itself; what the file holds is found out by the check."""

    kind = forms.ChoiceField(label=_("导入什么"))
    file = forms.FileField(
        label=_("文件"),
        help_text=_("Excel 工作簿（.xlsx）或 CSV；CSV 可为 UTF-8 或 GB18030 编码。"),
        max_length=255,
        allow_empty_file=True,  # the check says so in better words
    )

    def __init__(self, *args, kinds, refused_upload="", **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [(kind.code, kind.label) for kind in kinds]
        self.refused_upload = refused_upload
        if refused_upload:
            self.fields["file"].error_messages["required"] = refused_upload
        for field in self.fields.values():
            field.widget.attrs["class"] = "form-control"
        self.fields["file"].widget.attrs["accept"] = ".xlsx,.csv,.txt"
        explain(self, HELP)
