"""Template tags of the look: icons, statuses, and links that keep the filters."""

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

register = template.Library()


@register.simple_tag
def icon(name):
    """An icon of the sprite; decorative, since a word always stands beside it."""
    return format_html(
        '<svg class="i" aria-hidden="true" focusable="false"><use href="{}#i-{}"/></svg>',
        static("core/icons.svg"),
        name,
    )


@register.simple_tag
def status(kind, icon_name, text, tag=False):
    """A status: shape and word first, colour third. `kind` is good, warn, bad, signal or empty."""
    classes = "st" + (f" st-{kind}" if kind else "") + (" st-tag" if tag else "")
    return format_html('<span class="{}">{}{}</span>', classes, icon(icon_name), text)


URGENCIES = {
    "late": ("bad", "late", _("已逾期")),
    "soon": ("warn", "clock", _("要尽快")),
    "ordinary": ("", "open", _("待办")),
}


@register.simple_tag
def urgency(task):
    """How urgent a task is, in its own words where it has some."""
    kind, icon_name, word = URGENCIES[task.urgency]
    return status(kind, icon_name, task.detail or word)


@register.simple_tag(takes_context=True)
def keeping(context, **changes):
    """The query string of this page with some parameters changed; an empty value drops one."""
    query = context["request"].GET.copy()
    for name, value in changes.items():
        if value in (None, ""):
            query.pop(name, None)
        else:
            query[name] = value
    return f"?{query.urlencode()}" if query else "?"


@register.filter
def thousands(number):
    """1234 as 1,234. Django's intcomma follows the zh locale of Django, which groups by nothing."""
    return f"{number:,}" if isinstance(number, int) else number
