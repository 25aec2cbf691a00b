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
from ..notice_dictionary import OUTSIDE, UNCERTAIN, Reading, handlings_for, unknown_hosts
from ..roles import Ability
from .specialties import add_alias

RECEIVED = audit.verb("notice received", gettext_lazy("读入通报"))
NAMES_ANSWERED = audit.verb("notice names answered", gettext_lazy("认定通报中的名称"))
HANDLED = audit.verb("discrepancy handled", gettext_lazy("处理来文矛盾"))
TAKEN_IN = audit.verb("notice taken in", gettext_lazy("采用通报"))
SET_ASIDE = audit.verb("notice set aside", gettext_lazy("不采用通报"))

Handling = NoticeDiscrepancy.Handling


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


def _of_same_matter(finding: Finding) -> tuple[str, str, str]:
    return finding.kind, finding.subject, finding.place.label()


def _check_again(notice: Notice) -> None:
    """Bring the findings up to the answers given: what is handled stays, what is gone and untouched goes."""
    reading = Reading.of(notice)
    report = reading.report()
    before = {_of_same_matter(Finding.from_dict(row.details)): row for row in notice.discrepancies.all()}
    kept = set()
    new = []
    for position, finding in enumerate(report.findings, start=1):
        matter = _of_same_matter(finding)
        row = before.get(matter)
        if row is None:
            new.append(_discrepancy(notice, position, finding, reading))
            continue
        kept.add(matter)
        if row.position != position:
            row.position = position
            row.save(update_fields=["position"])
    last = len(report.findings)
    for matter, row in before.items():
        if matter in kept:
            continue
        if row.handling == Handling.OPEN:
            row.delete()
        else:
            last += 1
            row.position = last
            row.save(update_fields=["position"])
    NoticeDiscrepancy.objects.bulk_create(new)
    notice.checked_facts = [fact.to_dict() for fact in report.checked]


def _waiting(notice: Notice) -> Notice:
    """The notice, locked and still undecided."""
    fresh = Notice.objects.select_for_update(of=("self",)).select_related("region").get(pk=notice.pk)
    if fresh.state != Notice.State.CHECKED:
        raise Refused(_("该通报已经%(state)s，不能再改。") % {"state": fresh.get_state_display()})
    return fresh


@audit.action
def answer_names(notice: Notice, answers: Mapping[str, str], *, by: User | None, at: datetime) -> None:
    """Say what unclear names mean: the code of a specialty, `outside` (none of the provincial list) or `uncertain`.

    A name given a specialty becomes its confirmed alias. Refused for a name that was not asked about.
    """
    notice = _waiting(notice)
    roles.require(by, Ability.TAKE_IN_NOTICES, region=notice.region)
    asked = _open_matches(Reading(notice.content, notice.region))
    codes = {code for code in answers.values() if code not in (OUTSIDE, UNCERTAIN)}
    known = {specialty.code: specialty for specialty in Specialty.objects.filter(code__in=codes)}
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
    _check_again(notice)
    notice.save(update_fields=["decisions", "checked_facts"])
    audit.record(NAMES_ANSWERED, notice, by=by, at=at, facts={"answers": decisions})


def _settle_names(
    notice: Notice, decisions: dict[str, str], known: dict[str, Specialty], by: User | None, at: datetime
) -> None:
    answers = {normalise(printed): answer for printed, answer in decisions.items()}
    for row in notice.discrepancies.filter(kind__in=("unknown_name", "unknown_centre")):
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
    a host institution is not registered.
    """
    notice = _waiting(notice)
    roles.require(by, Ability.TAKE_IN_NOTICES, region=notice.region)
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
    centres = _register_centres(notice, reading, resolved, strangers)
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
        state(
            reading.cities[city.city],
            "city",
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
                    level="city",
                    status=status,
                    printed_name=printed[:64],
                )
            )
    StatedStatus.objects.bulk_create(rows)
    return len(rows)


def _register_centres(notice: Notice, reading: Reading, resolved: Resolved, strangers: list[str]) -> int:
    source = notice.number or notice.title
    entries = [entry for entry in resolved.catalogue if entry.row is not None and entry.code]
    if not entries:
        return 0
    province = notice.region
    _create_placeholders(province, strangers, source, notice.is_synthetic)
    hosts = {name for entry in entries if entry.row is not None for name in entry.row.hosts}
    institutions: dict[str, Institution] = {}
    for institution in Institution.objects.filter(
        region__order__range=(province.order, province.last), name__in=hosts
    ).order_by("code"):
        institutions.setdefault(institution.name, institution)
    specialties = {s.code: s for s in Specialty.objects.filter(code__in=[entry.code for entry in entries])}
    standing = set(
        Centre.objects.standing()
        .filter(level=Centre.Level.PROVINCE, region=province)
        .values_list("specialty__code", flat=True)
    )
    new = {}
    for entry in entries:
        if entry.code in standing or entry.code in new or entry.row is None or entry.code is None:
            continue
        new[entry.code] = Centre(
            code=_free_centre_code(province, entry.code),
            name=entry.row.name.value[:128],
            initials=initials_of(entry.row.name.value),
            specialty=specialties[entry.code],
            level=Centre.Level.PROVINCE,
            region=province,
            state=Centre.State.FORMAL,
            source=source[:200],
            is_synthetic=notice.is_synthetic,
        )
    Centre.objects.bulk_create(new.values())
    CentreHost.objects.bulk_create(
        CentreHost(centre=new[entry.code], institution=institutions[name], position=position)
        for entry in entries
        if entry.code in new and entry.row is not None and new[entry.code].name == entry.row.name.value[:128]
        for position, name in enumerate(dict.fromkeys(entry.row.hosts), start=1)
        if name in institutions
    )
    return len(new)


def _create_placeholders(province: Region, names: list[str], source: str, is_synthetic: bool) -> None:
    """Only what the notice says is written: a name and the province. The rest waits for the register's people."""
    prefix = f"{province.code}-WH-"
    taken = Institution.objects.filter(code__startswith=prefix).count()
    Institution.objects.bulk_create(
        Institution(
            code=f"{prefix}{taken + index:04d}",
            name=name[:128],
            initials=initials_of(name),
            region=province,
            kind=Institution.Kind.OTHER,
            ownership="",
            source=source[:200],
            is_synthetic=is_synthetic,
        )
        for index, name in enumerate(names, start=1)
    )


def _free_centre_code(province: Region, code: str) -> str:
    base = f"{province.code}-{code}-province"
    taken = Centre.objects.filter(code__startswith=base).count()
    return base if not taken else f"{base}-{taken + 1}"
