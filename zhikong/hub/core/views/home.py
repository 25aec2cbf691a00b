from django.shortcuts import render
from django.utils import timezone

from .. import access, shell


@access.signed_in
def home(request):
    """What waits for this person, the most urgent first and largest; then the first steps of their role."""
    tasks = shell.tasks_of(request.user)
    steps = shell.first_steps_of(request.user)
    open_steps = [step for step in steps if not step.is_done]
    return render(
        request,
        "core/home.html",
        {
            "today": timezone.localdate(),
            "urgent": tasks[0] if tasks else None,
            "tasks": tasks[1:],
            "steps": steps if open_steps else [],
            "steps_left": len(open_steps),
            "next_step": open_steps[0] if open_steps else None,
            "facts": shell.scope_facts_of(request.user),
        },
    )
