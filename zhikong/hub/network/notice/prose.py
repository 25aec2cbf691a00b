"""What the prose of a notice states: the totals of each level, and the lists of the cities with most and fewest.

A number is a total only on the word of one: behind 共, 合计, 累计, 总数, 达 or 全省, in a clause that holds nothing we do
not know. Increments, parts, goals and the figures of other places are many and differently worded; so the words of
totals are listed, not theirs. A total overlooked costs a comparison, a wrong one accuses a sound notice.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .cells import figure
from .names import city_stem
from .records import End, Figure, Level, Place, RankedCity, Ranking, StatedTotal, Text

LONGEST_PLACE_NAME = 12
# Where a sentence goes on for longer than this, its beginning says little about the number.
LONGEST_SENTENCE = 200

_LEVELS: dict[Level, str] = {
    "province": r"(?:省|自治区)级",
    "city": r"(?:(?<![省县])|(?<=[全我]省))(?:市|市\(州\)|市（州）|地市|设区市)级",
    "county": r"(?:县|县（市）|县\(市\)|县（市、区）|县市|县市区|区县|县区|(?<![治地社片校辖县市])区)级",
}
_BODY = r"(?:医疗)?(?:质量控制|质控)(?:中心|组织|组)(?:[（(]组[）)])?"
# Bounded, and begun only where digits begin: a megabyte of digits must not cost its square.
_NUMBER = r"(?<![0-9,])([0-9][0-9,]{0,14})"
_FOUND = "建成|建立|成立|组建|设立|设置"
_BETWEEN = rf"((?:总数|总量|数量|目前|合计|累计|{_FOUND}|[已现共总有计达到为是了]){{0,5}})"
_ITEMS = {
    level: re.compile(rf"{name}{_BODY}{_BETWEEN}{_NUMBER}[个家]|{_NUMBER}[个家]{name}{_BODY}")
    for level, name in _LEVELS.items()
}
_SCOPE = "全省|全区|全自治区|我省|我区"
_SCOPE_OF_CITY = f"{_SCOPE}|全市|我市"
_ENUMERATION = r"(?:[（(]?(?:[一二三四五六七八九十]{1,3}|[0-9]{1,2})(?:[）)、.．]|是|$))?"
_LEAD = re.compile(
    rf"{_ENUMERATION}(?:截[至止][0-9年月日底末止到]{{0,12}}|据统计|目前|范围内|各(?:省辖市|设区市|地市|市州|市（州）|地|市)"
    rf"|[0-9]{{1,2}}个(?:省辖市|设区市|地市|市州|市（州）|市)|{_SCOPE_OF_CITY}|{_FOUND}|批准|备案"
    r"|建有|设有|拥有|合计|累计|在册|[已经共总有现计了达到的]){0,8}"
)
_UNTIL = re.compile(r"截[至止]到?[0-9年月日底末止]{0,12}")
_PERIOD = re.compile(r"[0-9]{4}年|[今本去上当]年|年内|半年|季度|期间|以来|[0-9]{1,2}月")
_NO_TOTAL = re.compile(
    r"新[成增建设组]|其中|另|拟|计划|规划|力争|力求|争取|目标|预计|将|应[当建设]|必?须|需|(?<![重主必])要(?!求)|确保|不少于|不低于|至少|平均|每|撤销"
    r"|减少|增加|增长|比(?!例)|较|未|尚|缺|待|[年月日底末]前|(?<!截至)(?<!截止)到[0-9]{4}|中医类"
)
_TOTALLING = re.compile("共|合计|累计|总|达")
_FOLLOWS = re.compile(r"[，,。；;、！!（(）)]|和|及|与|以及")
_GOES_ON = re.compile(r"(?:[、，,]?(?:和|及|与|以及)?)")
_SENTENCE_END = "。；;！!？?"
_HEADING = re.compile(
    r"^(?:[一二三四五六七八九十]{1,3}、|[（(][一二三四五六七八九十]{1,3}[）)]|[0-9]{1,2}[.、．]|附件)"
)
_OWN_LINE = re.compile(r"(?:[：:]|[0-9]号|通报|通知|公告|报告|情况|委员会|卫生健康委|办公室)$")

_MENTIONS = {level: re.compile(rf"{name}(?:医疗)?(?:质量控制|质控)") for level, name in _LEVELS.items()}
_COUNT = re.compile(rf"{_NUMBER}[个家]")
_HAN_BEFORE = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]+$")
_BETWEEN_CITIES = re.compile(r"^[、，,和及]?(?=[\u3400-\u9fff])")
_LEAD_WORD = re.compile(r".*(?:地区|城市|地市|省辖市|各地|依次)?(?:是|为|有)")
_TOP = re.compile(r"较多|最多|较快|最快|靠前|领先|排名前")
_BOTTOM = re.compile(r"较少|最少|偏慢|较慢|最慢|靠后|落后|排名后")
_ABOUT_CENTRES = re.compile(r"组建|成立|建成|建立|已建|数量")
_WIDE = {wide: wide - 0xFEE0 for wide in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))}


def narrow(text: str) -> str:
    """Full-width digits and letters as the usual ones; punctuation stays."""
    return text.translate(_WIDE)


@dataclass(frozen=True, slots=True)
class Prose:
    """The prose without white space (broken lines and spaced numbers do not matter), and where each sign was.

    `breaks`: where a line begins that cannot go on from the one before, which is a heading, an addressee or a title.
    """

    text: str
    places: tuple[Place, ...]
    breaks: tuple[int, ...]

    @classmethod
    def of(cls, pieces: Sequence[tuple[str, Place]]) -> Prose:
        signs: list[str] = []
        places: list[Place] = []
        breaks: list[int] = [0]
        for text, place in pieces:
            compact = narrow("".join(text.split()))
            signs.extend(compact)
            places.extend([place] * len(compact))
            if _OWN_LINE.search(compact) or (_HEADING.match(compact) and not re.search("[，。；：]", compact)):
                breaks.append(len(signs))
        return cls("".join(signs), tuple(places), tuple(breaks))

    def figure(self, match: re.Match[str], group: int) -> Figure:
        """The number of a match, at the place of its last digit."""
        return figure(match.group(group), self.places[match.end(group) - 1])

    def sentence_before(self, at: int) -> str:
        start = max(self.breaks[bisect_right(self.breaks, at) - 1], at - LONGEST_SENTENCE)
        end = max(self.text.rfind(sign, start, at) for sign in _SENTENCE_END)
        return self.text[max(start, end + 1) : at]

    def ends_line(self, at: int) -> bool:
        return at >= len(self.text) or self.places[at] != self.places[at - 1]


def read_totals(prose: Prose, rows_level: Level) -> tuple[list[StatedTotal], list[StatedTotal]]:
    """The total of each level; and apart those of a level for which several are given, so that none is the total."""
    items = sorted(
        ((match.start(), level, match) for level, pattern in _ITEMS.items() for match in pattern.finditer(prose.text)),
        key=lambda item: item[:2],
    )
    found: dict[Level, list[Figure]] = {}
    last_end = -1  # of the last total: what is enumerated behind it is one too
    for start, level, match in items:
        group = 2 if match.group(2) else 3
        goes_on = last_end >= 0 and start >= last_end and _GOES_ON.fullmatch(prose.text[last_end:start])
        complete = _FOLLOWS.match(prose.text, match.end()) or prose.ends_line(match.end())
        between = match.group(1) or ""
        if complete and (goes_on or _is_total(prose.sentence_before(start), between, rows_level)):
            found.setdefault(level, []).append(prose.figure(match, group))
            last_end = match.end()
    settled, several = [], []
    for level, figures in found.items():
        if len({item.value for item in figures}) == 1:
            settled.append(StatedTotal(level, figures[0]))
        else:
            several += [StatedTotal(level, item) for item in figures]
    return settled, several


def _is_total(sentence: str, between: str, rows_level: Level) -> bool:
    """Whether the words before the number, from the start of its sentence, are those of a total and nothing else."""
    *prior, lead = re.split("[，,：:]", sentence)
    words = lead + between
    if _NO_TOTAL.search(sentence + between) or not _LEAD.fullmatch(lead):
        return False
    is_of_city = rows_level == "county"
    scoped = re.search(_SCOPE_OF_CITY if is_of_city else _SCOPE, words) is not None
    if not is_of_city and re.search("[全我]市", words):
        return False
    if not scoped and not all(_LEAD.fullmatch(clause) for clause in prior):
        return False  # another place, perhaps, or another matter
    if not scoped and not _TOTALLING.search(words):
        return False
    founding = re.search(_FOUND, words) is not None
    if founding and not (_TOTALLING.search(words) or "已" in words):
        return False
    # "In 2025 ... founded 2 in all" counts a year, and "in 2026 ... reach 900" is a plan.
    in_period = _PERIOD.search(_UNTIL.sub("", sentence)) is not None
    return not in_period or ("有" in words and not founding and "达" not in words)


def read_rankings(prose: Prose, cities: Sequence[str]) -> Iterator[Ranking]:
    """Runs of "city number" joined by 、 behind a clause that says most or fewest, under the level last spoken of."""
    mentions: list[tuple[int, Level]] = sorted(
        (match.start(), level) for level, found in _MENTIONS.items() for match in found.finditer(prose.text)
    )
    stems = sorted({city_stem(city) for city in cities if city}, key=len, reverse=True)
    run: list[RankedCity] = []
    run_start = run_end = -1

    def ranking() -> Ranking | None:
        lead = re.split(r"[。；;！？]", prose.text[max(0, run_start - 60) : run_start])[-1]
        top, bottom = (max((m.end() for m in word.finditer(lead)), default=-1) for word in (_TOP, _BOTTOM))
        at = bisect_left(mentions, (run_start,)) - 1
        level = mentions[at][1] if at >= 0 else None
        if level is None or level == "province" or top == bottom or not _ABOUT_CENTRES.search(lead):
            return None
        end: End = "top" if top > bottom else "bottom"
        return Ranking(level, end, tuple(run), run[0].figure.place)

    for match in _COUNT.finditer(prose.text):
        before = _HAN_BEFORE.search(prose.text, max(0, match.start() - 40, run_end), match.start())
        if before is None:
            continue
        name, start = _place_name(before.group(), stems)
        start += before.start()
        joined = run and _BETWEEN_CITIES.match(prose.text[run_end : run_end + 2]) and start - run_end <= 1
        if run and not joined:
            if found := ranking():
                yield found
            run = []
        if not name:
            continue
        if not run:
            run_start = start
        run.append(RankedCity(Text(name, prose.places[start]), prose.figure(match, 1)))
        run_end = match.end()
    if run and (found := ranking()):
        yield found


def _place_name(words: str, stems: Sequence[str]) -> tuple[str, int]:
    """The place at the end of a run of Han signs, and where it starts; empty when the run is too long to be one."""
    for stem in stems:
        at = words.rfind(stem)
        if at >= 0 and words[at + len(stem) :] in ("", "市", "地区", "示范区", "自治州", "州", "盟", "林区"):
            return words[at:], at
    lead = _LEAD_WORD.match(words)
    start = lead.end() if lead else 0
    start += len(words[start:]) - len(words[start:].lstrip("和及"))
    name = words[start:]
    return (name, start) if 2 <= len(name) <= LONGEST_PLACE_NAME else ("", start)
