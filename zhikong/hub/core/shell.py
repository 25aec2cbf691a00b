"""What areas put into the frame of every page: rooms in the navigation, tasks, first steps.

Areas call the `add_` functions from their AppConfig.ready; core knows none of them by name.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse


@dataclass(frozen=True, slots=True)
class Room:
    """A link of the navigation rail. `key` is the letter after g."""

    url_name: str
    label: Any
    key: str
    group: int
    shown_to: Callable[[Any], bool]


@dataclass(frozen=True, slots=True)
class Task:
    """Something that waits for a person, with its count and where to go."""

    title: str
    count: int
    url: str
    urgency: str = "ordinary"  # ordinary, soon, late
    detail: str = ""


@dataclass(frozen=True, slots=True)
class FirstStep:
    """One line of a role's first-run list; done when the data says so."""

    title: str
    url: str
    is_done: bool


_rooms: list[Room] = []
_tasks: list[Callable[[Any], Iterable[Task]]] = []
_first_steps: list[Callable[[Any], Iterable[FirstStep]]] = []
_scopes: list[Callable[[Any], str]] = []


def add_room(room: Room) -> None:
    _rooms.append(room)


def add_tasks(function: Callable[[Any], Iterable[Task]]) -> None:
    _tasks.append(function)


def add_first_steps(function: Callable[[Any], Iterable[FirstStep]]) -> None:
    _first_steps.append(function)


def add_scope(function: Callable[[Any], str]) -> None:
    """Names the region or institution that a person works for, in the top line."""
    _scopes.append(function)


def tasks_of(user: Any) -> list[Task]:
    order = {"late": 0, "soon": 1, "ordinary": 2}
    found = [task for function in _tasks for task in function(user) if task.count]
    return sorted(found, key=lambda task: order[task.urgency])


def first_steps_of(user: Any) -> list[FirstStep]:
    return [step for function in _first_steps for step in function(user)]


def rooms_of(user: Any) -> list[list[Room]]:
    groups: dict[int, list[Room]] = {}
    for room in _rooms:
        if room.shown_to(user):
            groups.setdefault(room.group, []).append(room)
    return [groups[key] for key in sorted(groups)]


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor of the base template."""
    user: Any = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"shell_rooms": [], "shell_scope": "", "shell_unread": 0}
    here = request.path
    rooms = [
        [{"room": room, "url": (url := reverse(room.url_name)), "current": _is_current(here, url)} for room in group]
        for group in rooms_of(user)
    ]
    return {
        "shell_rooms": rooms,
        "shell_scope": next((name for function in _scopes if (name := function(user))), ""),
        "shell_unread": user.notifications.unread().count(),
    }


def _is_current(here: str, url: str) -> bool:
    return here == url if url == "/" else here.startswith(url)
