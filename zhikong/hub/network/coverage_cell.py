"""One cell of the coverage matrix opened: its state and source, the counties below, the history, what can be done."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

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


def open_cell(user, region: Region, specialty: Specialty, level: str) -> OpenCell:
    """The cell as this person may see it. The caller has made sure that the cell is theirs to see."""
    sight = coverage.Sight.of(user)
    matrix = coverage.build([region], [specialty], level, sight)
    opened = OpenCell(region, specialty, level, matrix.rows[0].cells[0])
    opened.centres = list(
        Centre.objects.visible_to(user)
        .filter(region=region, specialty=specialty, level__in=coverage.CENTRE_LEVELS[level])
        .prefetch_related("hosts__institution")
    )
    opened.reminders = list(
        Reminder.objects.visible_to(user)
        .filter(region=region, level=level, specialty__in=[specialty.pk])
        .select_related("answered_by")
    )
    whole = Reminder.objects.visible_to(user).filter(region=region, level=level, specialty__isnull=True)
    opened.reminders = sorted([*opened.reminders, *whole], key=lambda each: each.sent_at, reverse=True)
    if level == coverage.CITY:
        opened.counties, opened.untold = _counties(user, region, specialty, sight)
    opened.events = sorted(_events(user, opened), key=lambda event: event.day, reverse=True)
    return opened


def _counties(user, city: Region, specialty: Specialty, sight) -> tuple[list[CountyLine], int]:
    counties = list(Region.objects.visible_to(user).filter(parent=city, level=Region.Level.COUNTY))
    matrix = coverage.build(counties, [specialty], coverage.COUNTY, sight, sort="directory")
    centres = (
        Centre.objects.visible_to(user)
        .standing()
        .filter(region__in=counties, specialty=specialty, level__in=coverage.CENTRE_LEVELS[coverage.COUNTY])
        .prefetch_related("hosts__institution")
    )
    hosts = {centre.region_id: hosts_of([centre]) for centre in centres}
    lines, untold = [], 0
    for row in matrix.rows:
        state = row.cells[0].state
        if state in (coverage.ESTABLISHED, coverage.SETTING_UP):
            lines.append(
                CountyLine(
                    row.place.name, row.place.code, state, coverage.STATE_LABELS[state], hosts.get(row.place.pk, "")
                )
            )
        else:
            untold += 1
    return lines, untold


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
    stated = StatedStatus.objects.visible_to(user).filter(
        region=opened.region, specialty=opened.specialty, level=opened.level, notice__state="taken_in"
    )
    for statement in stated.select_related("notice"):
        day = statement.notice.issued_on or _day(statement.notice.taken_in_at)
        text = _("%(number)s：%(status)s") % {
            "number": statement.notice.number or statement.notice.title,
            "status": statement.get_status_display(),
        }
        if statement.printed_name:
            text += _("（印作“%(name)s”）") % {"name": statement.printed_name}
        yield Event(day, "doc", text)
