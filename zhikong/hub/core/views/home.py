from django.shortcuts import render
from django.utils import timezone

from .. import access, shell


@access.signed_in
def home(request):
    """What waits for this person, and the first steps of their role."""
    return render(
        request,
        "core/home.html",
        {
            "today": timezone.localdate(),
            "tasks": shell.tasks_of(request.user),
            "first_steps": shell.first_steps_of(request.user),
        },
    )
