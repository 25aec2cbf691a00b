from django import forms
from django.utils.translation import gettext_lazy as _

from .fields import Day, Line, StoryForm


class Remind(StoryForm):
    text = Line(label=_("内容"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4}))
    due_on = Day(label=_("回复期限"))


class AnswerReminder(StoryForm):
    answer = Line(label=_("回复"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4}))
    expected_on = Day(label=_("预计完成"), required=False)
