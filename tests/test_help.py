"""Every field that people fill has a "?" that says more than its label and its hint."""

import importlib
import inspect
import pkgutil
import re
from types import SimpleNamespace

import pytest
from allauth.core import context
from django import forms
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.base import SessionBase
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import translation

from zhikong.hub.core import forms as core_forms
from zhikong.hub.core.forms import field_help as core_help
from zhikong.hub.core.forms import signin
from zhikong.hub.core.forms.accounts import LedgerFilter, NewAccount
from zhikong.hub.core.forms.imports import NewImport
from zhikong.hub.core.forms.look import Looked
from zhikong.hub.core.models import User
from zhikong.hub.network import forms as network_forms
from zhikong.hub.network import models
from zhikong.hub.network.forms import field_help as network_help
from zhikong.hub.network.forms.fields import EditForm, FilterForm, Line, StoryForm

NAMED_IN = {core_forms: core_help.HELP, network_forms: network_help.HELP}
EDITED = {  # what a form over a record is made with
    "EditAlliance": models.Alliance,
    "EditCentre": models.Centre,
    "EditInstitution": models.Institution,
    "EditSpecialty": models.Specialty,
    "SetMandate": models.Centre,
}


def classes(package):
    """Every form class that stands in the package, those that others inherit from as well."""
    found = {}
    for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        for _name, each in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            if issubclass(each, forms.Form) and each.__module__.startswith(package.__name__):
                found[f"{each.__module__}.{each.__name__}"] = each
    return list(found.values())


def made(form_class):
    """One of it, as its view makes it."""
    if issubclass(form_class, FilterForm):
        return form_class({}, user=AnonymousUser())
    if issubclass(form_class, EditForm):
        record = EDITED.get(form_class.__name__, models.Centre)
        return form_class(instance=record(), user=AnonymousUser())
    if issubclass(form_class, StoryForm):
        return form_class(user=AnonymousUser())
    if form_class is LedgerFilter:
        return form_class(tables=[])
    if form_class is NewImport:
        return form_class(kinds=[])
    if form_class is signin.DeactivateCodes:
        return form_class(authenticator=None)
    if issubclass(form_class, signin.OurWords) and form_class not in {signin.SignIn, signin.AskForReset}:
        return form_class(user=User(username="wangfang", name="王芳"))
    return form_class()


def entries(form):
    return [field for field in form if not field.is_hidden]


def faults(form):
    """What lacks its help, or says in it what stands beside the field already."""
    for field in entries(form):
        name, note, hint = f"{type(form).__name__}.{field.name}", str(getattr(field.field, "help_note", "")), ""
        if not note:
            yield f"{name} has no help"
            continue
        hint = str(field.help_text)
        if {note, note.rstrip("。")} & {hint, hint.rstrip("。"), str(field.label)} or (hint and hint in note):
            yield f"{name} says its hint again"
        if re.search("[!！]|[\u4e00-\u9fff][,;:?]", note):
            yield f"{name} has the wrong punctuation: {note}"


@pytest.fixture
def every_form(db):
    """All forms of both areas, by area. Two of allauth's look into the request."""
    request = RequestFactory().get("/")
    request.session, request.user = SessionBase(), SimpleNamespace(is_authenticated=False)
    with context.request_context(request), translation.override("zh-hans"):
        yield {package: [made(each) for each in classes(package)] for package in NAMED_IN}


def test_every_field_has_help(every_form):
    assert [fault for made in every_form.values() for form in made for fault in faults(form)] == []
    assert min(len(made) for made in every_form.values()) > 15


def test_no_help_is_left_over(every_form):
    for package, texts in NAMED_IN.items():
        used = set()
        for form in every_form[package]:
            names = [each.__name__ for each in type(form).__mro__]
            for field in entries(form):
                keys = [*((each, field.name) for each in names), field.name]
                used.update([key for key in keys if key in texts][:1])
        assert set(texts) - used == set(), package.__name__


def test_a_field_without_help_is_a_fault():
    class Planted(StoryForm):
        nowhere = Line(label="没有说明")

    class AlsoPlanted(Looked):
        nowhere = forms.CharField(label="没有说明")

    for form in (Planted(user=None), AlsoPlanted()):
        assert [fault.split(".")[1] for fault in faults(form)] == ["nowhere has no help"]


def test_help_that_repeats_the_hint_is_a_fault():
    form = NewAccount()
    form.fields["username"].help_note = form.fields["username"].help_text
    assert list(faults(form)) == ["NewAccount.username says its hint again"]


def test_the_mark_stands_beside_the_label_and_not_inside():
    form = NewAccount()
    form.fields["agreed"] = forms.BooleanField(label="同意")
    form.fields["agreed"].help_note = "说明"
    for field in form:
        page = render_to_string("core/form_field.html", {"field": field})
        label = re.search(r"<label.*?</label>", page, re.S)[0]
        assert "<details" not in label
        assert page.count('<details class="help">') == 1
        assert f"帮助：{field.label}" in page


def test_signing_in_has_one_help_after_its_fields():
    """Name, Tab, password: nothing may stand in between."""
    page = render_to_string("account/form.html", {"form": signin.SignIn()})
    assert page.count("<details") == 1
    assert page.index("<details") > page.rindex("<input")
    assert page.count("<dt>") == page.count("<dd>") == 2


def test_filters_have_one_help_for_all():
    form = FilterForm({}, user=AnonymousUser())
    page = render_to_string("network/filters.html", {"filters": form})
    assert page.count("<details") == 1
    assert page.count("<dd>") == len(entries(form))
