"""One cell of the coverage matrix opened: its state and source, the counties below, the history, what can be done."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from . import coverage
from .models import Centre, CentreChange, Region, Reminder, Specialty, StatedStatus


@dataclass(frozen=True, slots=True)
class CountyLine:
    """A county below the city of the cell, with its own state."""

    name: str
    code: str
    state: str
    label: Any
    hosts: str


@dataclass(frozen=True, slots=True)
class Event:
    day: date
    icon: str
    text: str
    url: str = ""


@dataclass(slots=True)
class OpenCell:
    region: Region
    specialty: Specialty
    level: str
    cell: coverage.Cell
    centres: list[Centre] = field(default_factory=list)
    counties: list[CountyLine] = field(default_factory=list)
    untold: int = 0  # counties without a centre, said in one line
    events: list[Event] = field(default_factory=list)
    reminders: list[Reminder] = field(default_factory=list)

    @property
    def label(self) -> Any:
        return coverage.STATE_LABELS[self.cell.state]

    @property
    def is_gap(self) -> bool:
        return self.cell.state in (coverage.MISSING, coverage.UNCERTAIN, coverage.SETTING_UP, coverage.NO_DATA)


def open_cell(user, region: Region, specialty: Specialty, level: str, known: coverage.Cell | None = None) -> OpenCell:
    """The cell as this person may see it. The caller has made sure that it is theirs to see, and may know its state."""
    cell = known or coverage.cells_of([region], specialty, level)[region.pk]
    if cell.printed == specialty.name:
        cell = coverage.Cell(cell.state, cell.source)
    opened = OpenCell(region, specialty, level, cell)
    counties = (
        list(Region.objects.visible_to(user).filter(parent=region, level=Region.Level.COUNTY))
        if level == coverage.CITY
        else []
    )
    below = Q(region__in=counties, level__in=coverage.CENTRE_LEVELS[coverage.COUNTY])
    here = Q(region=region, level__in=coverage.CENTRE_LEVELS[level])
    centres = list(
        Centre.objects.visible_to(user)
        .filter(here | below, specialty=specialty)
        .select_related("region")
        .prefetch_related("hosts__institution")
    )
    opened.centres = [centre for centre in centres if centre.region_id == region.pk]
    opened.reminders = list(
        Reminder.objects.visible_to(user)
        .filter(Q(specialty=specialty) | Q(specialty__isnull=True), region=region, level=level)
        .order_by("-sent_at")
    )
    if counties:
        _add_counties(opened, counties, centres)
    opened.events = sorted(_events(user, opened), key=lambda event: event.day)[::-1]  # newest first, also within a day
    return opened


def _add_counties(opened: OpenCell, counties: list[Region], centres: list[Centre]) -> None:
    cells = coverage.cells_of(counties, opened.specialty, coverage.COUNTY)
    standing = (Centre.State.FORMAL, Centre.State.SETTING_UP)
    hosts = {centre.region_id: hosts_of([centre]) for centre in centres if centre.state in standing}
    for county in counties:
        state = cells[county.pk].state
        if state in (coverage.ESTABLISHED, coverage.SETTING_UP):
            label = coverage.STATE_LABELS[state]
            opened.counties.append(CountyLine(county.name, county.code, state, label, hosts.get(county.pk, "")))
        else:
            opened.untold += 1


def hosts_of(centres: Iterable[Centre]) -> str:
    return "、".join(
        host.institution.name for centre in centres for host in centre.hosts.all() if host.ended_on is None
    )


def _day(moment: datetime) -> date:
    return timezone.localtime(moment).date()


def _events(user, opened: OpenCell) -> Iterable[Event]:
    for number, reminder in enumerate(reversed(opened.reminders), start=1):
        yield Event(
            _day(reminder.sent_at),
            reminder.look[1],
            _("第 %(number)d 次催报，限 %(due)s 前回复：%(state)s")
            % {"number": number, "due": f"{reminder.due_on:%Y-%m-%d}", "state": reminder.state.label},
        )
        if reminder.answered_at:
            yield Event(_day(reminder.answered_at), "doc", _("回复：%(answer)s") % {"answer": reminder.answer})
    changes = CentreChange.objects.filter(centre__in=opened.centres).select_related("centre")
    for change in changes:
        yield Event(change.happened_on, "doc", f"{change.centre.name} {change.get_kind_display()}")
    stated = (
        StatedStatus.objects.visible_to(user)
        .filter(region=opened.region, specialty=opened.specialty, level=opened.level, notice__state="taken_in")
        .select_related("notice")
        .defer("notice__content", "notice__checked_facts")
    )
    for statement in stated:
        day = statement.notice.issued_on or _day(statement.notice.taken_in_at)
        text = _("%(number)s：%(status)s") % {
            "number": statement.notice.number or statement.notice.title,
            "status": statement.get_status_display(),
        }
        if statement.printed_name not in ("", opened.specialty.name):
            text += _("（印作“%(name)s”）") % {"name": statement.printed_name}
        yield Event(day, "doc", text)
