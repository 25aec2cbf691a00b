"""`{% history_tab record %}`: the tab that leads to the record's history."""

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _

register = template.Library()


@register.simple_tag
def history_tab(record):
    url = reverse("core:history", args=[record._meta.label_lower, record.pk])
    return format_html('<a href="{}">{}</a>', url, _("历史"))
