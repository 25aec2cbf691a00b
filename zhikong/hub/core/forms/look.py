from typing import Any

from django import forms

from .field_help import HELP, explain


class Looked(forms.Form):
    """A form whose controls carry the classes of the style sheet, and their help."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            is_select = isinstance(field.widget, forms.Select)
            if not isinstance(field.widget, forms.CheckboxInput | forms.HiddenInput):
                field.widget.attrs.setdefault("class", "form-select" if is_select else "form-control")
        explain(self, HELP)
