from django import forms
from django.utils.translation import gettext_lazy as _

from .look import Looked


class ExportReason(Looked):
    """Why so many rows leave the platform."""

    reason = forms.CharField(label=_("导出理由"), min_length=2, max_length=200)
