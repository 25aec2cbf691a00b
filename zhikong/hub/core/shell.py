"""What areas put into the frame of every page: rooms in the navigation, tasks, first steps.

Areas call the `add_` functions from their AppConfig.ready; core knows none of them by name.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from . import search


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


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of 我的范围 on the home page."""

    label: Any
    value: Any
    url: str = ""


BAR = 4  # rooms in the bottom bar of a narrow screen; 全部 leads to the others

_rooms: list[Room] = []
_tasks: list[Callable[[Any], Iterable[Task]]] = []
_first_steps: list[Callable[[Any], Iterable[FirstStep]]] = []
_scopes: list[Callable[[Any], str]] = []
_scope_facts: list[Callable[[Any], Iterable[Fact]]] = []


def add_room(room: Room) -> None:
    _rooms.append(room)


def add_tasks(function: Callable[[Any], Iterable[Task]]) -> None:
    _tasks.append(function)


def add_first_steps(function: Callable[[Any], Iterable[FirstStep]]) -> None:
    _first_steps.append(function)


def add_scope(function: Callable[[Any], str]) -> None:
    """Names the region or institution that a person works for, in the top line."""
    _scopes.append(function)


def scope_of(user: Any) -> str:
    """What the person works for, or nothing."""
    return next((name for function in _scopes if (name := function(user))), "")


def add_scope_facts(function: Callable[[Any], Iterable[Fact]]) -> None:
    """Lines that say what a person is responsible for, with figures."""
    _scope_facts.append(function)


def tasks_of(user: Any) -> list[Task]:
    order = {"late": 0, "soon": 1, "ordinary": 2}
    found = [task for function in _tasks for task in function(user) if task.count]
    return sorted(found, key=lambda task: order[task.urgency])


def first_steps_of(user: Any) -> list[FirstStep]:
    return [step for function in _first_steps for step in function(user)]


def scope_facts_of(user: Any) -> list[Fact]:
    return [fact for function in _scope_facts for fact in function(user)]


def rooms_of(user: Any) -> list[list[Room]]:
    groups: dict[int, list[Room]] = {}
    for room in _rooms:
        if room.shown_to(user):
            groups.setdefault(room.group, []).append(room)
    return [groups[key] for key in sorted(groups)]


def links_of(user: Any, here: str) -> list[list[dict[str, Any]]]:
    """The rooms of `rooms_of` as links; `more` marks those that a narrow screen leaves to 全部."""
    place = 0
    groups = []
    for group in rooms_of(user):
        links = []
        for room in group:
            url = reverse(room.url_name)
            links.append({"room": room, "url": url, "current": _is_current(here, url), "more": place >= BAR})
            place += 1
        groups.append(links)
    return groups


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor of the base template."""
    user: Any = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"shell_rooms": [], "shell_scope": "", "shell_unread": 0, "shell_search": False}
    return {
        "shell_rooms": links_of(user, request.path),
        "shell_scope": next((name for function in _scopes if (name := function(user))), ""),
        "shell_unread": user.notifications.unread().count(),
        "shell_search": bool(search.kinds_for(user)),
    }


def _is_current(here: str, url: str) -> bool:
    return here == url if url == "/" else here.startswith(url)
