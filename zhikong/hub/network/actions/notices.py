"""Taking in a published notice: received and checked, its names answered, its findings handled, then adopted whole."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhikong.hub.core import audit, files
from zhikong.hub.core.actions.files import store_file
from zhikong.hub.core.errors import Refused
from zhikong.hub.core.models import User
from zhikong.hub.core.search import initials_of

from .. import roles
from ..coverage import NAME_SEPARATOR
from ..models import (
    Centre,
    CentreHost,
    Institution,
    Notice,
    NoticeDiscrepancy,
    Region,
    Specialty,
    SpecialtyAlias,
    StatedCount,
    StatedStatus,
)
from ..notice import Finding, Resolved
from ..notice.names import Match, normalise
from ..notice.records import CentreRow
from ..notice_dictionary import OUTSIDE, UNCERTAIN, Reading, handlings_for, unknown_hosts
from ..roles import Ability
from .specialties import add_alias

RECEIVED = audit.verb("notice received", gettext_lazy("读入通报"))
NAMES_ANSWERED = audit.verb("notice names answered", gettext_lazy("认定通报中的名称"))
HANDLED = audit.verb("discrepancy handled", gettext_lazy("处理来文矛盾"))
TAKEN_IN = audit.verb("notice taken in", gettext_lazy("采用通报"))
SET_ASIDE = audit.verb("notice set aside", gettext_lazy("不采用通报"))

Handling = NoticeDiscrepancy.Handling
NAME_KINDS = ("unknown_name", "unknown_centre")


@audit.action
def receive_notice(
    content: dict[str, Any],
    *,
    file: files.Placed | Iterable[bytes] | Path,
    name: str,
    region: Region,
    issued_on: date | None = None,
    by: User | None,
    at: datetime,
    is_synthetic: bool = False,
) -> Notice:
    """Keep a notice that the reader has read (`notice.read_notice(...).to_dict()`), with the report of its check.

    Nothing of it counts before `take_in_notice`. Refused unless `by` may take in notices for the province.
    """
    roles.require(by, Ability.TAKE_IN_NOTICES, region=region)
    reading = Reading(content, region)
    read = reading.notice
    stored = store_file(file, name=name, by=by, at=at)
    printed_day = date.fromisoformat(read.issued_on.value) if read.issued_on else None
    report = reading.report()
    notice = Notice.objects.create(
        region=region,
        title=(read.title.value if read.title else name)[:200],
        number=(read.number.value if read.number else "")[:100],
        issued_on=issued_on or printed_day,
        file=stored,
        content=content,
        checked_facts=[fact.to_dict() for fact in report.checked],
        read_by=by,
        read_at=at,
        is_synthetic=is_synthetic,
    )
    stored.subject = notice
    stored.save(update_fields=["subject_type", "subject_pk"])
    NoticeDiscrepancy.objects.bulk_create(
        _discrepancy(notice, position, finding, reading) for position, finding in enumerate(report.findings, start=1)
    )
    audit.record(RECEIVED, notice, by=by, at=at, facts={"sha256": stored.sha256, "findings": len(report.findings)})
    return notice


def _discrepancy(notice: Notice, position: int, finding: Finding, reading: Reading) -> NoticeDiscrepancy:
    from ..notice import message

    return NoticeDiscrepancy(
        notice=notice,
        position=position,
        kind=finding.kind,
        severity=finding.severity,
        region=reading.region_of(finding.subject),
        place=finding.place.label()[:200],
        stated="" if finding.stated is None else str(finding.stated)[:200],
        computed="" if finding.computed is None else str(finding.computed)[:200],
        message=message(finding),
        details=finding.to_dict(),
    )


def _matter(row: NoticeDiscrepancy) -> tuple[str, ...]:
    return row.kind, row.details["subject"], row.place


def _words(row: NoticeDiscrepancy) -> tuple[str, ...]:
    """What a person reads of it, and settles."""
    return (*_matter(row), row.severity, row.stated, row.computed, row.message)


def _check_again(notice: Notice) -> list[int]:
    """Bring the findings up to the answers given. Gives the positions of those that are open again.

    A settled one stays settled unless it says something else now; what is gone goes, unless a person settled it.
    """
    reading = Reading.of(notice)
    report = reading.report()
    fresh = [_discrepancy(notice, position, each, reading) for position, each in enumerate(report.findings, start=1)]
    former, gone = _paired(fresh, list(notice.discrepancies.all()))
    reopened = []
    for found in fresh:
        row = former.get(found.position)
        if row is None:
            found.save()
            continue
        # An answered name is settled by its answer, whatever else it might have meant.
        is_answer = row.kind in NAME_KINDS and reading.is_answered(row.details["subject"])
        if row.handling != Handling.OPEN and not is_answer and _words(row) != _words(found):
            row.handling, row.handling_note, row.handled_by, row.handled_at = Handling.OPEN, "", None, None
            reopened.append(found.position)
        for name in ("position", "severity", "region", "place", "stated", "computed", "message", "details"):
            setattr(row, name, getattr(found, name))
        row.save()
    last = len(fresh)
    for row in gone:
        if row.handling == Handling.OPEN:
            row.delete()
        else:
            last += 1
            row.position = last
            row.save(update_fields=["position"])
    notice.checked_facts = [fact.to_dict() for fact in report.checked]
    return reopened


def _paired(
    fresh: list[NoticeDiscrepancy], rows: list[NoticeDiscrepancy]
) -> tuple[dict[int, NoticeDiscrepancy], list[NoticeDiscrepancy]]:
    """The row that each finding had before, by position, and the rows left over.

    A city may have two findings of one kind; the row that says the same is meant before one of the same matter.
    """
    former: dict[int, NoticeDiscrepancy] = {}
    for key in (_words, _matter):
        for found in fresh:
            row = next((row for row in rows if key(row) == key(found)), None)
            if row is not None and found.position not in former:
                former[found.position] = row
                rows.remove(row)
    return former, rows


def _waiting(notice: Notice) -> Notice:
    """The notice, locked and still undecided."""
    fresh = Notice.objects.select_for_update(of=("self",)).select_related("region").get(pk=notice.pk)
    if fresh.state != Notice.State.CHECKED:
        raise Refused(_("该通报已经%(state)s，不能再改。") % {"state": fresh.get_state_display()})
    return fresh


@audit.action
def answer_names(notice: Notice, answers: Mapping[str, str], *, by: User | None, at: datetime) -> int:
    """Say what unclear names mean: the code of a specialty, `outside` (none of the provincial list) or `uncertain`.

    A name given a specialty becomes its confirmed alias. Refused for a name that was not asked about. Gives how many
    settled findings say something else now and are open again.
    """
    notice = _waiting(notice)
    roles.require(by, Ability.TAKE_IN_NOTICES, region=notice.region)
    asked = _open_matches(Reading(notice.content, notice.region))
    codes = {code for code in answers.values() if code not in (OUTSIDE, UNCERTAIN)}
    known = {specialty.code: specialty for specialty in Specialty.objects.filter(code__in=codes, is_active=True)}
    decisions = {}
    for printed, answer in answers.items():
        match = asked.get(normalise(printed))
        if match is None:
            raise Refused(_("通报里没有待认定的名称“%(name)s”。") % {"name": printed})
        if answer not in (OUTSIDE, UNCERTAIN) and answer not in known:
            raise Refused(_("专业目录里没有编码 %(code)s。") % {"code": answer})
        decisions[match.printed] = answer
    source = notice.number or notice.title
    for printed, answer in decisions.items():
        if answer in known:
            _remember_alias(printed, known[answer], source, by, at)
    _settle_names(notice, decisions, known, by, at)
    notice.decisions = {**notice.decisions, **decisions}
    reopened = _check_again(notice)
    notice.save(update_fields=["decisions", "checked_facts"])
    audit.record(NAMES_ANSWERED, notice, by=by, at=at, facts={"answers": decisions, "reopened": reopened})
    return len(reopened)


def _settle_names(
    notice: Notice, decisions: dict[str, str], known: dict[str, Specialty], by: User | None, at: datetime
) -> None:
    answers = {normalise(printed): answer for printed, answer in decisions.items()}
    for row in notice.discrepancies.filter(kind__in=NAME_KINDS):
        answer = answers.get(normalise(Finding.from_dict(row.details).subject))
        if answer is None:
            continue
        if answer in known:
            row.handling, row.handling_note = Handling.CONFIRMED, known[answer].name
        else:
            row.handling = Handling.NOTED
            row.handling_note = _("不在省级目录") if answer == OUTSIDE else _("存疑，不作对应")
        row.handled_by, row.handled_at = by, at
        row.save(update_fields=["handling", "handling_note", "handled_by", "handled_at"])


def _open_matches(reading: Reading) -> dict[str, Match]:
    return {normalise(match.printed): match for match, _cities in reading.resolved().questions}


def _remember_alias(printed: str, specialty: Specialty, source: str, by: User | None, at: datetime) -> None:
    known = SpecialtyAlias.objects.filter(name=printed, specialty=specialty).exists()
    if not known and printed != specialty.name:
        add_alias(specialty, name=printed[:64], source=source[:200], by=by, at=at)


@audit.action
def handle_discrepancy(
    discrepancy: NoticeDiscrepancy, *, handling: str, by: User | None, at: datetime, note: str = ""
) -> None:
    """Say what was done about one finding; confirming an alias writes it into the dictionary.

    Refused for a step that does not fit the kind of finding.
    """
    discrepancy = (
        NoticeDiscrepancy.objects.select_for_update(of=("self",))
        .select_related("notice__region")
        .get(pk=discrepancy.pk)
    )
    notice = discrepancy.notice
    roles.require(by, Ability.TAKE_IN_NOTICES, region=notice.region)
    if handling not in handlings_for(discrepancy):
        raise Refused(_("这一条不能这样处理。"))
    if handling == str(Handling.CONFIRMED):
        finding = Finding.from_dict(discrepancy.details)
        specialty = _specialty_of_alias(finding, Reading.of(notice))
        _remember_alias(finding.subject, specialty, notice.number or notice.title, by, at)
    discrepancy.handling = handling
    discrepancy.handling_note = note
    discrepancy.handled_by, discrepancy.handled_at = by, at
    discrepancy.save(update_fields=["handling", "handling_note", "handled_by", "handled_at"])
    audit.record(
        HANDLED, notice, by=by, at=at, reason=note, facts={"finding": discrepancy.position, "handling": handling}
    )


def _specialty_of_alias(finding: Finding, reading: Reading) -> Specialty:
    for city in reading.resolved().cities:
        for match in city.matches:
            if match.printed == finding.subject and match.code:
                return Specialty.objects.get(code=match.code)
    raise Refused(_("专业目录已改动，这个名称不再对应任何专业。请重新上传通报核对。"))


@audit.action
def set_aside_notice(notice: Notice, *, reason: str, by: User | None, at: datetime) -> None:
    """Not to be used. Refused once it has been taken in."""
    notice = _waiting(notice)
    roles.require(by, Ability.TAKE_IN_NOTICES, region=notice.region)
    notice.state = Notice.State.SET_ASIDE
    notice.save(update_fields=["state"])
    audit.record(SET_ASIDE, notice, by=by, at=at, reason=reason)


@audit.action
def take_in_notice(
    notice: Notice,
    *,
    by: User | None,
    at: datetime,
    create_institutions: bool = False,
    issued_on: date | None = None,
) -> Notice:
    """Let the notice count: its figures, the state of each specialty in each city, and the provincial centres it lists.

    Refused while a name is unanswered, a city unknown or doubled, the date missing, or (without `create_institutions`)
    a host institution is not registered; and where a centre could not be registered by hand either.
    """
    notice = _waiting(notice)
    roles.require(by, Ability.TAKE_IN_NOTICES, region=notice.region)
    # Two notices of one province register and number one after the other. Weaker than what rows that refer to it need.
    Region.objects.select_for_update(no_key=True).get(pk=notice.region_id)
    notice.issued_on = issued_on or notice.issued_on
    if notice.issued_on is None:
        raise Refused(_("来文没有日期。请先填发文日期，新旧通报按它分先后。"))
    reading = Reading.of(notice)
    resolved = reading.resolved()
    unanswered = [match.printed for match, _cities in resolved.questions if not reading.is_answered(match.printed)]
    if unanswered:
        raise Refused(_("还有 %(count)d 个名称没有认定：%(names)s。") % {
            "count": len(unanswered), "names": NAME_SEPARATOR.join(unanswered)})  # fmt: skip
    _refuse_unclear_cities(resolved)
    strangers = unknown_hosts(notice)
    if strangers and not create_institutions:
        raise Refused(_("有 %(count)d 个责任单位不在册：%(names)s。请先登记，或确认由系统建立占位。") % {
            "count": len(strangers), "names": NAME_SEPARATOR.join(strangers)})  # fmt: skip
    counts = _state_counts(notice, reading, resolved)
    statuses = _state_statuses(notice, reading, resolved)
    centres = _register_centres(notice, resolved, strangers)
    notice.state = Notice.State.TAKEN_IN
    notice.taken_in_at = at
    notice.save(update_fields=["state", "taken_in_at", "issued_on"])
    facts = {"counts": counts, "statuses": statuses, "centres": centres, "institutions": len(strangers)}
    audit.record(TAKEN_IN, notice, by=by, at=at, facts=facts)
    return notice


def _refuse_unclear_cities(resolved: Resolved) -> None:
    seen = set()
    for city in resolved.cities:
        if city.city is None:
            raise Refused(
                _("“%(city)s”不是本省的市。请在原文件中改正市名后重新上传。") % {"city": city.printed or _("（空）")}
            )
        if city.city in seen:
            raise Refused(_("“%(city)s”在各市表中有两行。请在原文件中改正后重新上传。") % {"city": city.printed})
        seen.add(city.city)


def _amount(figure: Any) -> int | None:
    return figure.value if figure is not None and figure.value is not None and figure.value >= 0 else None


def _state_counts(notice: Notice, reading: Reading, resolved: Resolved) -> int:
    read = reading.notice
    rows: dict[tuple[int, str], StatedCount] = {}

    def state(region: Region, level: str, established: int, place: str, **more: Any) -> None:
        rows.setdefault(
            (region.pk, level),
            StatedCount(notice=notice, region=region, level=level, established=established, place=place[:100], **more),
        )

    for city in resolved.cities:
        row = read.cities[city.index]
        established = _amount(row.established)
        if established is None or row.established is None or city.city is None:
            continue
        uncertain = {m.printed for m in city.matches if m.is_open and reading.answer_to(m.printed) == UNCERTAIN}
        place = reading.cities[city.city]
        state(
            place,
            place.level,
            established,
            row.established.place.label(),
            missing=_amount(row.stated_missing),
            listed=len(row.missing) if row.missing_place is not None else None,
            unmatched=len(uncertain),
        )
    for ranking in read.rankings:
        for ranked in ranking.cities:
            region, amount = reading.region_of(ranked.city.value), _amount(ranked.figure)
            if region is not None and amount is not None:
                state(region, ranking.level, amount, ranked.figure.place.label())
    for total in read.totals:
        amount = _amount(total.figure)
        if amount is not None:
            state(notice.region, total.level, amount, total.figure.place.label())
    StatedCount.objects.bulk_create(rows.values())
    return len(rows)


def _state_statuses(notice: Notice, reading: Reading, resolved: Resolved) -> int:
    """Missing where listed, uncertain where an unclear name may mean it, else established: the list says what lacks."""
    read = reading.notice
    specialties = {
        specialty.code: specialty
        for specialty in Specialty.objects.filter(code__in=[e.code for e in resolved.catalogue if e.code])
    }
    rows = []
    for city in resolved.cities:
        if city.city is None or read.cities[city.index].missing_place is None:
            continue
        missing = {match.code: match.printed for match in city.matches if match.code}
        uncertain: dict[str, list[str]] = {}
        for match in city.matches:
            if match.is_open and reading.answer_to(match.printed) == UNCERTAIN:
                for candidate in match.candidates:
                    if candidate.code:
                        uncertain.setdefault(candidate.code, []).append(match.printed)
        for code, specialty in specialties.items():
            if code in missing:
                status, printed = StatedStatus.Status.MISSING, missing[code]
            elif code in uncertain:
                status, printed = StatedStatus.Status.UNCERTAIN, NAME_SEPARATOR.join(dict.fromkeys(uncertain[code]))
            elif resolved.catalogue_is_complete:
                status, printed = StatedStatus.Status.ESTABLISHED, ""
            else:
                continue
            rows.append(
                StatedStatus(
                    notice=notice,
                    region=reading.cities[city.city],
                    specialty=specialty,
                    level=reading.cities[city.city].level,
                    status=status,
                    printed_name=printed[:64],
                )
            )
    StatedStatus.objects.bulk_create(rows)
    return len(rows)


def _register_centres(notice: Notice, resolved: Resolved, strangers: list[str]) -> int:
    """Those listed that do not stand yet, by the rules of registering one by hand."""
    province, source = notice.region, (notice.number or notice.title)[:200]
    entries = [entry for entry in resolved.catalogue if entry.row is not None and entry.code]
    if not entries:
        return 0
    _create_placeholders(province, strangers, source, notice.is_synthetic)
    standing = Centre.objects.standing().filter(level=Centre.Level.PROVINCE, region=province)
    taken = dict(standing.values_list("specialty__code", "name"))
    rows: dict[str, list[CentreRow]] = {}  # by specialty; a centre printed on two rows has the hosts of both
    for entry in entries:
        assert entry.row is not None
        assert entry.code is not None
        first = rows.get(entry.code, [entry.row])[0]
        if entry.code not in taken and entry.row.name.value == first.name.value:
            rows.setdefault(entry.code, []).append(entry.row)
    hosts = _hosts_of(province, [row for same in rows.values() for row in same])
    specialties = {specialty.code: specialty for specialty in Specialty.objects.filter(code__in=rows)}
    for code, same in rows.items():
        specialty, name = specialties[code], same[0].name.value[:128]
        if not specialty.is_active:
            raise Refused(_("专业“%(specialty)s”已停用，不能设“%(centre)s”。请先恢复该专业，再采用本通报。") % {
                "specialty": specialty, "centre": name})  # fmt: skip
        if name in taken.values():
            raise Refused(_("%(region)s已有“%(name)s”。") % {"region": province, "name": name})
        centre = Centre.objects.create(
            code=Centre.objects.free_code(province, specialty, Centre.Level.PROVINCE),
            name=name,
            initials=initials_of(name),
            specialty=specialty,
            level=Centre.Level.PROVINCE,
            region=province,
            state=Centre.State.FORMAL,
            source=source,
            is_synthetic=notice.is_synthetic,
        )
        names = dict.fromkeys(name for row in same for name in row.hosts)
        CentreHost.objects.bulk_create(
            CentreHost(centre=centre, institution=hosts[name], position=position)
            for position, name in enumerate(names, start=1)
        )
    return len(rows)


def _hosts_of(province: Region, rows: Iterable[CentreRow]) -> dict[str, Institution]:
    """The host that each name means. Refused where the register has it retired, or more than once: no name is guessed."""
    names = {name: row.name.value for row in rows for name in row.hosts}
    bearing: dict[str, list[Institution]] = {}
    # Locked as they stand now, so that none is retired beside us; by number, so that nobody waits crosswise.
    found = Institution.objects.select_for_update(of=("self",)).select_related("region").order_by("pk")
    for institution in found.filter(
        region__order__range=(province.order, province.last), name__in={name[:128] for name in names}
    ):
        bearing.setdefault(institution.name, []).append(institution)
    hosts = {}
    for name, centre in names.items():
        active = [institution for institution in bearing[name[:128]] if institution.is_active]
        if len(active) == 1:
            hosts[name] = active[0]
            continue
        several = active or bearing[name[:128]]
        words = {
            "name": name,
            "centre": centre,
            "count": len(several),
            "codes": "、".join(
                _("%(code)s（%(place)s）") % {"code": institution.code, "place": institution.region}
                for institution in several[:5]
            ),
        }
        if not active:
            raise Refused(_("责任单位“%(name)s”已停用：%(codes)s。请先恢复该机构，或按现在的挂靠单位登记"
                            "“%(centre)s”，再采用本通报。") % words)  # fmt: skip
        raise Refused(_("责任单位“%(name)s”有 %(count)d 家：%(codes)s，分不清是哪一家。请先按实际的挂靠单位登记"
                        "“%(centre)s”，再采用本通报。") % words)  # fmt: skip
    return hosts


def _create_placeholders(province: Region, names: list[str], source: str, is_synthetic: bool) -> None:
    """Only what the notice says is written: a name and the province. The rest waits for the register's people."""
    prefix = f"{province.code}-WH-"
    taken = Institution.objects.filter(code__startswith=prefix).values_list("code", flat=True)
    # Not their count: a placeholder that was given its real code has left its number.
    numbers = [int(rest) for code in taken if (rest := code.removeprefix(prefix)).isdecimal()]
    Institution.objects.bulk_create(
        Institution(
            code=f"{prefix}{number:04d}",
            name=name[:128],
            initials=initials_of(name),
            region=province,
            kind=Institution.Kind.OTHER,
            ownership="",
            source=source,
            is_synthetic=is_synthetic,
        )
        for number, name in enumerate(names, start=max(numbers, default=0) + 1)
    )
