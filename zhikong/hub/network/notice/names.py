"""Names of specialties and cities: reduced, looked up, or asked about. Nothing is ever mapped by likeness.

The codes (SP001 ...) of the seed list are this project's own: no issuing body has published codes for them.
"""

from __future__ import annotations

import csv
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal

from .division import divide_lists
from .records import Candidate, CentreRow, Notice, Place

State = Literal["exact", "alias", "outside", "ambiguous", "unknown"]

SEED = Path(__file__).parent.parent / "data" / "specialties.csv"
# An aid for the person who is asked, so generous: below this likeness a suggestion only distracts.
LEAST_SIMILARITY = 0.2
MOST_CANDIDATES = 5

_REGIONS = (
    "北京|天津|上海|重庆|河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|海南|四川|贵州|云南|陕西|甘肃|青海|台湾|"
    "内蒙古|广西壮族|广西|西藏|宁夏回族|宁夏|新疆维吾尔|新疆|香港|澳门"
)
_PROVINCE = re.compile(rf"^(?:(?:{_REGIONS})(?:省|市|自治区|特别行政区)?|自治区级?|省级)")
_SUFFIX = re.compile(r"(?:专业)?(?:医疗)?(?:质量控制|质控)(?:与?评价|与?管理)?(?:中心|组织|组)?组?$")
_DROPPED = str.maketrans("", "", "()[]{}<>〔〕【】《》〈〉「」『』“”\"'‘’·")
_CITY_SUFFIX = re.compile(r"(?:市|地区|盟|示范区|自治州|州)$")
# 恩施土家族苗族自治州 is 恩施州 to everybody, in its own province's notices too.
_PEOPLES = (
    "土家|苗|藏|羌|彝|回|蒙古|哈萨克|柯尔克孜|朝鲜|布依|侗|哈尼|壮|傣|景颇|白|傈僳|黎|满|"
    "瑶|畲|土|撒拉|东乡|保安|佤|拉祜|纳西|水|仡佬|维吾尔"
)
_AUTONOMOUS = re.compile(rf"(?<=..)(?:(?:{_PEOPLES})族?)+自治[州县]$")
_TRAILING_WORD = re.compile(r"(?:专业|诊疗|治疗|技术|医学|管理|疾病|中心)$")


@lru_cache(maxsize=8192)
def normalise(name: str) -> str:
    """One width, no spaces, no bracket or quotation signs. What stood inside brackets stays."""
    return "".join(unicodedata.normalize("NFKC", name).split()).translate(_DROPPED).casefold()


@lru_cache(maxsize=8192)
def reduce_centre_name(name: str) -> tuple[str, str]:
    """A centre's name without its province and without the suffix; and that suffix, which tells the naming pattern."""
    text = "".join(name.split())
    text = _PROVINCE.sub("", text) or text
    found = _SUFFIX.search(text)
    if found and found.start():
        return text[: found.start()].removesuffix("专业") or text, found.group()
    if text.endswith("中心"):
        return text, "中心"  # 临床检验中心: the specialty is called so; only the look-up drops the word
    return text.removesuffix("专业") or text, ""


@lru_cache(maxsize=8192)
def _keys(name: str) -> tuple[str, ...]:
    """The forms under which a name may stand in the dictionary, the most literal first."""
    reduced = normalise(reduce_centre_name(name)[0])
    return tuple(dict.fromkeys((normalise(name), reduced, reduced.removesuffix("中心"))))


@lru_cache(maxsize=4096)
def city_stem(name: str) -> str:
    """郑州市 and 郑州 are one; so are 济源示范区 and 济源, 恩施土家族苗族自治州 and 恩施州."""
    text = normalise(name)
    return _CITY_SUFFIX.sub("", _AUTONOMOUS.sub("", text)) if len(text) > 2 else text


@dataclass(frozen=True, slots=True)
class Specialty:
    code: str
    name: str
    short_name: str = ""
    category: str = ""
    is_tcm: bool = False
    is_key: bool = False
    aliases: tuple[str, ...] = ()
    source: str = ""


@dataclass(frozen=True, slots=True)
class Dictionary:
    """Canonical specialties with confirmed aliases, and what people have decided about further names.

    `decisions` maps a printed name to a code, or to None: "this is none of ours".
    `provincial` holds the codes of the province's own list; it serves when the notice carries no such list.
    """

    specialties: tuple[Specialty, ...]
    decisions: Mapping[str, str | None] = field(default_factory=dict)
    provincial: tuple[str, ...] | None = None
    _codes: dict[str, str | None] = field(init=False, repr=False, compare=False, default_factory=dict)
    _names: dict[str, str] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        for specialty in self.specialties:
            self._names[specialty.code] = specialty.name
            for name in (specialty.name, *specialty.aliases):
                self._codes.setdefault(normalise(name), specialty.code)
        for name, code in self.decisions.items():
            if code is not None and code not in self._names:
                raise ValueError(f"decision for {name!r}: no specialty has the code {code!r}")
            self._codes[normalise(name)] = code

    def with_decisions(self, decisions: Mapping[str, str | None]) -> Dictionary:
        return replace(self, decisions={**self.decisions, **decisions})

    def with_provincial(self, codes: Iterable[str]) -> Dictionary:
        return replace(self, provincial=tuple(codes))

    def canonical(self, code: str) -> str:
        return self._names[code]

    def look_up(self, name: str) -> tuple[bool, str | None]:
        """Whether the name is known, and its code; a known name without a code was decided to be none of ours."""
        for key in _keys(name):
            if key in self._codes:
                return True, self._codes[key]
        return False, None


def load_dictionary(path: Path = SEED) -> Dictionary:
    """The seed list that comes with the project, or another file of the same columns."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return Dictionary(
            tuple(
                Specialty(
                    code=row["code"],
                    name=row["name"],
                    short_name=row["short_name"],
                    category=row["category"],
                    is_tcm=row["is_tcm"] == "1",
                    is_key=row["is_key"] == "1",
                    aliases=tuple(alias for alias in row["aliases"].split(";") if alias),
                    source=row["source"],
                )
                for row in csv.DictReader(file)
            )
        )


@cache
def default_dictionary() -> Dictionary:
    return load_dictionary()


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """One specialty of the provincial list. `printed` is the name this notice gives it."""

    key: str
    printed: str
    code: str | None
    canonical: str
    row: CentreRow | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """What became of one printed name. Only exact and alias are mapped; ambiguous and unknown are asked about."""

    printed: str
    state: State
    key: str | None = None
    code: str | None = None
    name: str | None = None
    candidates: tuple[Candidate, ...] = ()

    @property
    def is_open(self) -> bool:
        return self.state in ("ambiguous", "unknown")


class Catalogue:
    """The provincial list a notice is checked against, and the look-up of names in it."""

    def __init__(self, entries: Sequence[CatalogueEntry], dictionary: Dictionary, *, complete: bool) -> None:
        self.entries = tuple(entries)
        self.complete = complete
        self._dictionary = dictionary
        self.by_key = {entry.key: entry for entry in reversed(self.entries)}
        self._by_printed = {
            key: entry
            for entry in reversed(self.entries)
            for key in (normalise(entry.printed), normalise(reduce_centre_name(entry.printed)[0]))
        }
        signs = Counter(sign for entry in self.by_key.values() for sign in set(normalise(entry.printed)))
        self._weights = {sign: math.log(1 + len(self.by_key) / count) for sign, count in signs.items()}
        self._rare = math.log(1 + max(len(self.by_key), 1))
        self._signs = {key: Counter(normalise(entry.printed)) for key, entry in self.by_key.items()}
        self._whole = {key: self._weight(signs) for key, signs in self._signs.items()}

    def knows(self, printed: str) -> bool:
        """Whether the name is found as it is printed, be it decided to be none of ours."""
        return self._dictionary.look_up(printed)[0] or any(key and key in self._by_printed for key in _keys(printed))

    def match(self, printed: str, taken: Iterable[str] = ()) -> Match:
        """`taken`: keys that the same list names already, so they cannot be what an unknown name means."""
        known, code = self._dictionary.look_up(printed)
        if known and code is None:
            return Match(printed, "outside")
        for key in _keys(printed):
            if key in self._by_printed:
                entry = self._by_printed[key]
                return Match(printed, "exact", entry.key, entry.code, entry.printed)
        if code is not None:
            name = self._dictionary.canonical(code)
            if code in self.by_key:
                entry = self.by_key[code]
                return Match(printed, "alias", entry.key, entry.code, entry.printed)
            return Match(printed, "outside", None, code, name)
        candidates = self._candidates(normalise(printed), frozenset(taken))
        return Match(printed, "ambiguous" if candidates else "unknown", candidates=candidates)

    def _weight(self, signs: Counter[str]) -> float:
        return sum(self._weights.get(sign, self._rare) * count for sign, count in signs.items())

    def _candidates(self, text: str, taken: frozenset[str]) -> tuple[Candidate, ...]:
        """Shared signs, the rare ones counting more: 介入技术 alone makes no likeness."""
        signs = Counter(text)
        least_shared = min(2, (len(text) + 1) // 2)  # one sign in common is chance, but for the shortest names
        own = self._weight(signs)
        found = []
        for key, entry in self.by_key.items():
            shared = signs & self._signs[key]
            if key in taken or not shared or shared.total() < least_shared:
                continue
            similarity = round(2 * self._weight(shared) / (own + self._whole[key]), 2)
            if similarity >= LEAST_SIMILARITY:
                found.append(Candidate(entry.code, entry.printed, similarity))
        found.sort(key=lambda candidate: (-candidate.similarity, candidate.name))
        return tuple(found[:MOST_CANDIDATES])


def build_catalogue(notice: Notice, dictionary: Dictionary) -> Catalogue:
    """The notice's own list of provincial centres; else the province's list; else the whole dictionary, incomplete."""
    if notice.centres:
        return Catalogue([_entry(row, dictionary) for row in notice.centres], dictionary, complete=True)
    wanted = None if dictionary.provincial is None else set(dictionary.provincial)
    entries = [
        CatalogueEntry(specialty.code, specialty.name, specialty.code, specialty.name)
        for specialty in dictionary.specialties
        if wanted is None or specialty.code in wanted
    ]
    return Catalogue(entries, dictionary, complete=wanted is not None)


def _entry(row: CentreRow, dictionary: Dictionary) -> CatalogueEntry:
    printed = reduce_centre_name(row.name.value)[0]
    _, code = dictionary.look_up(row.name.value)
    if code is None:
        return CatalogueEntry(f"name:{normalise(printed)}", printed, None, printed, row)
    return CatalogueEntry(code, printed, code, dictionary.canonical(code), row)


def divide_names(notice: Notice, dictionary: Dictionary) -> Notice:
    """The notice with the lists of its cities parted into names as far as the dictionary and the counts tell."""
    return divide_lists(notice, build_catalogue(notice, dictionary).knows)


def lost_sign(printed: str, canonical: str) -> str | None:
    """The one sign that `printed` lacks inside `canonical`, endings such as 诊疗 aside; else None."""
    short, long = (_TRAILING_WORD.sub("", normalise(name)) for name in (printed, canonical))
    if len(short) + 1 != len(long):
        return None
    at = next((index for index, sign in enumerate(short) if sign != long[index]), len(short))
    inside = 0 < at < len(long) - 1
    return long[at] if inside and short[at:] == long[at + 1 :] else None


@dataclass(frozen=True, slots=True)
class ResolvedCity:
    """A city row with its names looked up; `city` is the canonical name, or None when nobody knows the city."""

    index: int
    printed: str
    city: str | None
    matches: tuple[Match, ...]
    candidates: tuple[Candidate, ...] = ()


@dataclass(frozen=True, slots=True)
class Resolved:
    """All names of a notice looked up. `questions` are what a person must answer before anything is taken in."""

    catalogue: tuple[CatalogueEntry, ...]
    catalogue_is_complete: bool
    cities: tuple[ResolvedCity, ...]
    centres: tuple[Match, ...]

    @property
    def questions(self) -> tuple[tuple[Match, tuple[str, ...]], ...]:
        """Each open name once, with the cities that print it (none for a name of the provincial list)."""
        seen: dict[str, tuple[Match, list[str]]] = {}
        for match in self.centres:
            if match.is_open:
                seen.setdefault(normalise(match.printed), (match, []))
        for city in self.cities:
            for match in city.matches:
                if match.is_open:
                    seen.setdefault(normalise(match.printed), (match, []))[1].append(city.printed)
        return tuple((match, tuple(cities)) for match, cities in seen.values())


def resolve_notice(
    notice: Notice,
    dictionary: Dictionary,
    *,
    cities: Iterable[str] = (),
    city_aliases: Mapping[str, str] | None = None,
) -> Resolved:
    """Look up every name. With no `cities` given, the cities of the notice itself are taken as known.

    The indexes are those of the notice as `divide_names` gives it: of the same rows, but perhaps of more names.
    """
    catalogue = build_catalogue(notice, dictionary)
    notice = divide_lists(notice, catalogue.knows)
    gazetteer = gazetteer_of(notice, cities, city_aliases)
    resolved = []
    for index, row in enumerate(notice.cities):
        first = [catalogue.match(name) for name in row.missing]
        taken = {match.key for match in first if match.key is not None}
        matches = tuple(catalogue.match(match.printed, taken) if match.is_open else match for match in first)
        city = gazetteer.find(row.city.value)
        candidates = () if city else gazetteer.candidates(row.city.value)
        resolved.append(ResolvedCity(index, row.city.value, city, matches, candidates))
    centres = tuple(_centre_match(entry, dictionary) for entry in catalogue.entries if entry.row is not None)
    return Resolved(catalogue.entries, catalogue.complete, tuple(resolved), centres)


def _centre_match(entry: CatalogueEntry, dictionary: Dictionary) -> Match:
    """A row of the provincial list against the dictionary."""
    if entry.code is None:
        known, _ = dictionary.look_up(entry.printed)
        if known:
            return Match(entry.printed, "outside")
        return _whole(dictionary).match(entry.printed)
    state: State = "exact" if normalise(entry.printed) == normalise(entry.canonical) else "alias"
    return Match(entry.printed, state, entry.key, entry.code, entry.canonical)


def _whole(dictionary: Dictionary) -> Catalogue:
    entries = [CatalogueEntry(item.code, item.name, item.code, item.name) for item in dictionary.specialties]
    return Catalogue(entries, dictionary, complete=False)


def gazetteer_of(
    notice: Notice, cities: Iterable[str] = (), city_aliases: Mapping[str, str] | None = None
) -> Gazetteer:
    """The cities of the province, or those that the notice itself has rows for."""
    return Gazetteer(tuple(cities) or tuple(row.city.value for row in notice.cities), city_aliases or {})


class Gazetteer:
    """Known cities, found by stem or by a confirmed alias. Official names go before aliases."""

    def __init__(self, cities: Iterable[str], aliases: Mapping[str, str]) -> None:
        names = [city for city in cities if city.strip()]
        self._exact = {normalise(city): city for city in reversed(names)}
        self._cities = {city_stem(city): city for city in reversed(names)}
        for alias, city in aliases.items():
            found = self._cities.get(city_stem(city), city)
            self._exact.setdefault(normalise(alias), found)
            self._cities.setdefault(city_stem(alias), found)

    def find(self, name: str) -> str | None:
        printed = normalise(name)
        if printed in self._exact:
            return self._exact[printed]
        found = self._cities.get(city_stem(name))
        # 恩施市 and 和田市 are county-level cities inside 恩施州 and 和田地区: other places, of the same stem.
        if found and len(printed) > 2 and printed.endswith("市") and normalise(found).endswith(("州", "地区", "盟")):
            return None if len(normalise(found)) > 2 else found
        if found is None and printed.endswith("县"):  # 白沙县 for 白沙黎族自治县
            found = self._cities.get(printed.removesuffix("县"))
            return found if found and found.endswith("县") else None
        return found

    def stem(self, name: str) -> str:
        """One word for a city, however it is written; for a stranger its own."""
        return city_stem(self.find(name) or name)

    def candidates(self, name: str) -> tuple[Candidate, ...]:
        own = set(city_stem(name))
        scored = {
            city: round(2 * len(own & set(stem)) / (len(own) + len(set(stem))), 2)
            for stem, city in self._cities.items()
            if own & set(stem)
        }
        best = sorted(scored, key=lambda city: (-scored[city], city))[:MOST_CANDIDATES]
        return tuple(Candidate(None, city, scored[city]) for city in best)


def place_of_entry(entry: CatalogueEntry) -> Place | None:
    return entry.row.name.place if entry.row is not None else None
