"""The notice reader knows no database: here its dictionary, its cities and its findings meet our tables."""

from collections import Counter
from collections.abc import Iterable, Mapping

from .coverage import provincial_specialties
from .models import Institution, Notice, NoticeDiscrepancy, Region, Specialty
from .notice import Dictionary, Finding, Report, Resolved, divide_names, examine_notice, resolve_notice
from .notice import Notice as ReadNotice
from .notice import Specialty as NamedSpecialty
from .notice.names import Gazetteer, normalise

OUTSIDE, UNCERTAIN = "outside", "uncertain"  # answers about a name that are not the code of a specialty


def dictionary_of(province: Region, decisions: Mapping[str, str] = {}) -> Dictionary:
    """Our specialties with their confirmed aliases, and what a person has answered about further names."""
    specialties = Specialty.objects.prefetch_related("aliases").order_by("code")
    named = tuple(
        NamedSpecialty(
            code=specialty.code,
            name=specialty.name,
            short_name=specialty.short_name,
            category=specialty.category,
            is_tcm=specialty.is_tcm,
            is_key=specialty.is_key,
            aliases=tuple(alias.name for alias in specialty.aliases.all()),
        )
        for specialty in specialties
    )
    provincial = tuple(provincial_specialties(province).values_list("code", flat=True))
    decided = {name: None if answer == OUTSIDE else answer for name, answer in decisions.items() if answer != UNCERTAIN}
    return Dictionary(named, decided, provincial or None)


def cities_of(province: Region) -> dict[str, Region]:
    """The cities by their official names, in the order of the codes; of a municipality, which has none, its districts."""
    below = Region.objects.subtree(province).order_by("order")
    cities = below.filter(level=Region.Level.CITY) or below.filter(level=Region.Level.COUNTY, parent=province)
    return {region.name: region for region in cities}


def city_aliases(names: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Usual name -> official name, of pairs (official, usual); one that two cities share is no alias, it is asked about."""
    pairs = list(names)
    usual = Counter(short for _name, short in pairs)
    return {short: name for name, short in pairs if usual[short] == 1}


class Reading:
    """A stored notice with its names looked up as of now."""

    def __init__(self, content: dict, province: Region, decisions: Mapping[str, str] = {}) -> None:
        self.province = province
        self.decisions = decisions
        self.cities = cities_of(province)
        self._aliases = city_aliases((name, region.short_name) for name, region in self.cities.items())
        self._dictionary = dictionary_of(province, decisions)
        self.notice = divide_names(ReadNotice.from_dict(content), self._dictionary)

    @classmethod
    def of(cls, notice: Notice) -> "Reading":
        return cls(notice.content, notice.region, notice.decisions)

    def resolved(self) -> Resolved:
        return resolve_notice(self.notice, self._dictionary, cities=list(self.cities), city_aliases=self._aliases)

    def report(self) -> Report:
        return examine_notice(self.notice, self._dictionary, cities=list(self.cities), city_aliases=self._aliases)

    def region_of(self, subject: str) -> Region | None:
        """The city that a finding is about, or none."""
        name = Gazetteer(self.cities, self._aliases).find(subject)
        return None if name is None else self.cities[name]

    def is_answered(self, printed: str) -> bool:
        return normalise(printed) in {normalise(name) for name in self.decisions}

    def answer_to(self, printed: str) -> str:
        answers = {normalise(name): answer for name, answer in self.decisions.items()}
        return answers.get(normalise(printed), "")


def finding_of(discrepancy: NoticeDiscrepancy) -> Finding:
    return Finding.from_dict(discrepancy.details)


def names_in_doubt(findings: Iterable[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.kind in ("unknown_name", "unknown_centre")]


def handlings_for(discrepancy: NoticeDiscrepancy) -> list[str]:
    """The steps that fit a finding, the most usual first."""
    if discrepancy.severity == NoticeDiscrepancy.Severity.CONTRADICTION:
        return [NoticeDiscrepancy.Handling.SENT_BACK, NoticeDiscrepancy.Handling.ACCEPTED]
    if discrepancy.kind == "alias_used":
        return [NoticeDiscrepancy.Handling.CONFIRMED, NoticeDiscrepancy.Handling.SENT_BACK]
    return [NoticeDiscrepancy.Handling.NOTED, NoticeDiscrepancy.Handling.SENT_BACK]


def unknown_hosts(notice: Notice) -> list[str]:
    """Host institutions of the listed provincial centres that the register does not know by that very name."""
    reading = Reading.of(notice)
    names = list(dict.fromkeys(host for row in reading.notice.centres for host in row.hosts))
    known = set(
        Institution.objects.filter(
            region__order__range=(notice.region.order, notice.region.last), name__in=names
        ).values_list("name", flat=True)
    )
    return [name for name in names if name not in known]
