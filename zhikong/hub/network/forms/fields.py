"""Fields and the two base forms of this area: what is sent once, and what remembers what its user saw."""

import re
import secrets
import unicodedata
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.forms.models import fields_for_model
from django.forms.widgets import Widget
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhikong.hub.core import conflicts
from zhikong.hub.core.forms.field_help import explain

from .field_help import HELP

LARGEST = 2_147_483_647  # of a whole number in both databases
# Zero-width and direction marks: two names that look alike would differ.
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_KEY = re.compile("[0-9a-f]{32}")


class Line(forms.CharField):
    """Text as a person sees it."""

    def to_python(self, value: Any) -> str:
        text = super().to_python(value)
        try:
            str(text).encode()
        except UnicodeEncodeError as error:
            raise ValidationError(_("里面有无法保存的字符，请删去再试。")) from error
        text = _INVISIBLE.sub("", text)
        return text.strip() if self.strip else text


class Code(Line):
    """A code or number typed by hand: full-width letters and digits are ordinary input."""

    def to_python(self, value: Any) -> str:
        return unicodedata.normalize("NFKC", super().to_python(value)).strip()


class NativeDate(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(attrs={"class": "form-control"}, format="%Y-%m-%d")


class Day(forms.DateField):
    widget = NativeDate

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):
            value = unicodedata.normalize("NFKC", value).strip().replace("/", "-")
        return super().to_python(value)


class Picker(Widget):
    """A text input that the script turns into a picker, and the hidden key of what was picked."""

    template_name = "network/forms/picker.html"

    def __init__(self, url_name: str) -> None:
        super().__init__()
        self.url_name = url_name

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        text, key = ("", "") if value is None else value if isinstance(value, tuple) else (str(value), value.pk)
        address, _mark, query = self.url_name.partition("?")
        context["widget"] |= {
            "text": text,
            "key": key,
            "key_name": f"{name}_id",
            "url": reverse(address) + (f"?{query}" if query else ""),
        }
        return context

    def _render(self, template_name: str, context: dict[str, Any], renderer: Any = None) -> Any:
        return render_to_string(template_name, context)  # the form renderer looks only into Django's own templates

    def value_from_datadict(self, data: Any, files: Any, name: str) -> tuple[str, str]:
        return (data.get(name) or "", data.get(f"{name}_id") or "")

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return name not in data


class PickedField(forms.Field):
    """One record, picked by script or typed as its code or its exact name. The text decides; the key settles doubt."""

    def __init__(self, url_name: str, **kwargs: Any) -> None:
        super().__init__(widget=Picker(url_name), **kwargs)
        self.queryset: models.QuerySet[Any] | None = None  # the form sets it: what this user may choose

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, str):  # a code out of the address bar
            return (value, "")
        return value

    def clean(self, value: Any) -> Any:
        text, key = value if isinstance(value, tuple) else (str(value or ""), "")
        text = _INVISIBLE.sub("", text.replace("\x00", "")).strip()[:200]
        if not text:
            if self.required:
                raise ValidationError(self.error_messages["required"], code="required")
            return None
        assert self.queryset is not None
        code = unicodedata.normalize("NFKC", text)
        found = list(self.queryset.filter(models.Q(code=code) | models.Q(name__in={text, code}))[:50])
        if len(found) > 1:
            found = [each for each in found if str(each.pk) == key] or [e for e in found if e.code == code] or found
        if not found:
            raise ValidationError(_("没有找到“%(text)s”。请填编码或全称，或从列表里选。") % {"text": text})
        if len(found) > 1:
            codes = "、".join(each.code for each in found[:5])
            raise ValidationError(
                _("叫“%(text)s”的不止一个，请填编码，例如 %(codes)s。") % {"text": text, "codes": codes}
            )
        return found[0]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return True


class StoryForm(forms.Form):
    """A form that acts once however often it is sent. `values()` is what its action takes."""

    form_key = forms.CharField(required=False, widget=forms.HiddenInput)
    not_values = ("form_key", "seen")
    pickers: dict[str, Any] = {}  # field name: what this user may choose

    def __init__(self, *args: Any, user: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["form_key"].initial = secrets.token_hex(16)
        for name, field in self.fields.items():
            if isinstance(field, PickedField) and name in self.pickers:
                field.queryset = self.pickers[name](user)
            dress(field)
        explain(self, HELP)

    @property
    def key(self) -> str:
        """A key that is no key of ours still keeps this one request apart from others."""
        sent = self.cleaned_data.get("form_key", "")
        return sent if _KEY.fullmatch(sent) else secrets.token_hex(16)

    def values(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name not in self.not_values}


class EditForm(StoryForm):
    """A form over a record that carries what its user saw, so that a later change by another is asked about."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, instance: models.Model, **kwargs: Any) -> None:
        self.instance = instance
        names = [name for name in type(self).base_fields if name not in self.not_values]
        initial = {name: getattr(instance, name) for name in names if hasattr(instance, name)}
        super().__init__(*args, initial={**initial, **kwargs.pop("initial", {})}, **kwargs)
        self.names = [name for name in names if hasattr(instance, name)]
        self.fields["seen"].initial = conflicts.pack(instance, self.names)


class FilterForm(forms.Form):
    """Filters in the address. What cannot be read narrows nothing."""

    minor: frozenset[str] = frozenset()  # left out on a telephone, where the rows come first
    pickers: dict[str, Any] = {}
    q = Line(label=gettext_lazy("搜索"), required=False, max_length=64)

    def __init__(self, data: Any, *, user: Any) -> None:
        super().__init__(data, auto_id="filter_%s")
        for name, field in self.fields.items():
            if isinstance(field, PickedField) and name in self.pickers:
                field.queryset = self.pickers[name](user)
            dress(field)
        explain(self, HELP)
        self.is_valid()

    def chosen(self, name: str) -> Any:
        return self.cleaned_data.get(name)

    def said(self) -> str:
        """The filters in words, for the head of an export."""
        parts = []
        for name, field in self.fields.items():
            value = self.cleaned_data.get(name)
            if value in (None, "", False):
                continue
            shown = dict(getattr(field, "choices", [])).get(value, value)
            parts.append(f"{field.label}：{shown}")
        return "；".join(parts)


def dress(field: forms.Field) -> None:
    """The classes of the look."""
    widget = field.widget
    if isinstance(widget, forms.Select | forms.SelectMultiple) and not isinstance(widget, forms.RadioSelect):
        widget.attrs.setdefault("class", "form-select")
    elif isinstance(widget, forms.Textarea):
        widget.attrs.setdefault("class", "form-control")
        widget.attrs["rows"] = 4
    elif not isinstance(widget, forms.CheckboxInput | forms.HiddenInput | Picker | forms.CheckboxSelectMultiple):
        widget.attrs.setdefault("class", "form-control")


def from_model(model: type[models.Model], names: list[str]) -> dict[str, forms.Field]:
    """Form fields with the labels, lengths and choices of the model; dates native, text cleaned."""

    def made(field: models.Field, **kwargs: Any) -> forms.Field | None:
        if isinstance(field, models.DateField):
            return Day(label=field.verbose_name, required=not field.blank, help_text=field.help_text)
        if isinstance(field, models.IntegerField) and not field.choices:
            return field.formfield(max_value=LARGEST, **kwargs)
        if isinstance(field, models.CharField | models.TextField) and not field.choices:
            return field.formfield(
                form_class=Code if field.name in {"code", "credit_code", "postcode"} else Line, **kwargs
            )
        return field.formfield(**kwargs)

    return fields_for_model(model, fields=names, formfield_callback=made)
