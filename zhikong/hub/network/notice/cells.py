"""What one cell says: a figure, a list of names with its count, "none", hosts, the word for a total."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from .division import split_outside
from .names import normalise
from .records import Figure, Place

# No count behind a list is longer; a list that goes on over thousands of rows must not be searched from its start.
LONGEST_COUNT = 60

Brackets = Literal["full", "half", "mixed"]

_CHINESE = re.compile(r"(?:([一二两三四五六七八九])百)?(零)?(?:([一二三四五六七八九])?(十))?([一二两三四五六七八九])?")
_DIGITS = {sign: value for value, sign in enumerate("零一二三四五六七八九")} | {"两": 2}
_COUNTER = "[个家项种]"
_OF_WHAT = "(?:专业|中心|质控中心|质控组织)?"
_LEAST = "(?:共计|合计|总计|共有?|计|缺)?"
_NUMBER = "([0-9]{1,4}|[零〇一二两三四五六七八九十百]{1,6})"
_COUNT = re.compile(rf"{_LEAST}{_NUMBER}{_COUNTER}{_OF_WHAT}")
_BARE_COUNT = re.compile(r"(?:共计|合计|总计|共)?([0-9]{1,3})")
# Ends like a count and is none that can be read: （2x个）. What is said to be a part of the name is not meant.
_BROKEN_COUNT = re.compile(rf"(?!含|其中|包括|另|内)(?=.*(?:[0-9]|个))([^、，,；;]*?){_COUNTER}{_OF_WHAT}")
_BRACKETED = re.compile(r"([（(【\[〔])([^（(【\[〔）)】\]〕]*)([）)】\]〕])")
_COUNT_BEFORE = re.compile(rf"\s*{_LEAST}\s*{_NUMBER}\s*{_COUNTER}{_OF_WHAT}\s*[：:]")
_COUNT_BEHIND = re.compile(
    rf"(?:(等)\s*(?:共计|合计|总计|共|计)?|(?:^|[\s，,、；;])\s*(?:共计|合计|总计|共|计))\s*{_NUMBER}\s*{_COUNTER}{_OF_WHAT}$"
    rf"|(?:[\s，,、；;]|(?<=[\u3400-\u9fff]))([0-9]{{1,3}})\s*{_COUNTER}{_OF_WHAT}$"
)
_COUNT_AROUND = re.compile(rf"\s*{_LEAST}\s*{_NUMBER}\s*{_COUNTER}{_OF_WHAT}\s*[（(](.*)[）)]", re.DOTALL)
_SEPARATOR = re.compile(r"[、，,；;､﹑|｜]+|(?<=[”》])\s*(?=[“《])")
_ENUMERATED = re.compile(r"\s*(?:①|[（(]1[）)]|1[.．、)）])")
_ENUMERATOR = re.compile(
    r"[①-⑳]|[（(][0-9]{1,2}[）)](?=\s*\S)|(?:(?<=^)|(?<=[、，,；;。\s]))[0-9]{1,2}[.．、)）](?=\D)"
)
_NOTHING = re.compile(
    r"(?:暂?无|没有|不缺|尚无)(?:缺口|缺项|空白|缺失|未成立|未组建|未建|尚未成立)?(?:的|质控中心的)?(?:专业)?"
    r"|(?:所有|各|全部)?(?:专业)?(?:[均全已都皆部]|实现|完成){0,5}(?:成立|建立|组建|建成|设立|设置|覆盖)(?:完毕|完成|齐全|质控中心)?"
    r"|[-—–―─/\\.…~*]+|0|零|none|nil|n/a|"
)
_TOTAL_WORD = re.compile(
    r"(?:全省|全区|全市|全自治区|全国|各市|各地|本省)?(?:合计|总计|共计|小计|累计|总数|汇总|合共)(?:[0-9]{1,3}个?.{0,4})?"
    r"|全省|全区|全市|全自治区|全国|(?:sub|grand)?total"
)
_WHOLE_HOST = re.compile(r"(?:医院|中心|保健院|研究院|研究所|总院|分院|血站|公司|局|站|院|所)$")
_BRANCH = re.compile(r"^(?:第[一二三四五六七八九十\d]+|附属)")


def figure(raw: str, place: Place) -> Figure:
    """A whole number in any width or in Chinese signs, with separators, spaces or a counting word; else no value."""
    text = re.sub(rf"{_COUNTER}$", "", normalise(raw).replace(",", "").replace("−", "-"))
    if found := re.fullmatch(r"(-?[0-9]{1,9})(?:\.0+)?", text):
        return Figure(raw.strip(), int(found.group(1)), place)
    return Figure(raw.strip(), _chinese(text), place)


def _chinese(text: str) -> int | None:
    if text in ("零", "〇"):
        return 0
    found = _CHINESE.fullmatch(text)
    if not text or found is None:
        return None
    hundreds, gap, tens, ten, ones = found.groups()
    if gap and (not hundreds or not (ten or ones)):
        return None
    if hundreds and ones and not gap and not ten:
        return None  # 一百二 is 120 to one reader and 102 to another
    tens_value = _DIGITS[tens] if tens else 1 if ten else 0
    return 100 * _DIGITS.get(hundreds or "零", 0) + 10 * tens_value + _DIGITS.get(ones or "零", 0)


def serial(raw: str, place: Place) -> Figure:
    """A number of 序号, which may carry a stop: 1. or 1、."""
    found = figure(raw.strip().rstrip(".．、"), place)
    return Figure(raw.strip(), found.value, place)


def gap_figure(raw: str, place: Place) -> Figure:
    """The count of missing specialties in a column of its own, where 无 and — say that there are none."""
    return Figure(raw.strip(), 0, place) if raw.strip() and is_nothing(raw) else figure(raw, place)


def is_nothing(text: str) -> bool:
    return _NOTHING.fullmatch(normalise(text).rstrip("。.")) is not None


def is_total(label: str) -> bool:
    """Whether the first cell of a row says that the row adds up others."""
    return _TOTAL_WORD.fullmatch(normalise(label).rstrip("：:")) is not None


@dataclass(frozen=True, slots=True)
class Listed:
    """The names as separators part them, the count that stands with them, and whether an "etc." leaves the list open."""

    names: tuple[str, ...]
    stated: Figure | None = None
    brackets: Brackets | None = None
    unfinished: bool = False


def has_count(text: str) -> bool:
    """Whether a count ends the list, so that nothing of it can follow."""
    text = text[-LONGEST_COUNT:].rstrip("。 \n")
    last = next((found for found in _BRACKETED.finditer(text) if found.end() == len(text)), None)
    in_brackets = last is not None and _count(last.group(2), at_end=True) is not None
    return in_brackets or _COUNT_BEHIND.search(text) is not None


def _count(text: str, *, at_end: bool) -> str | None:
    """The number inside brackets as printed, when what they hold is a count and no part of a name."""
    compact = "".join(text.split())
    plain = normalise(compact)
    found = _COUNT.fullmatch(plain) or (_BARE_COUNT.fullmatch(plain) if at_end else None)
    if found:
        return re.sub(rf"^{_LEAST}|{_COUNTER}?{_OF_WHAT}$", "", compact)
    broken = _BROKEN_COUNT.fullmatch(compact) if at_end else None
    return broken.group(1) if broken else None


def read_list(text: str, place: Place) -> Listed:
    """The names of a list, and its count: in brackets behind it, or in words."""
    text = _tidy(text)
    if _COUNT.fullmatch(normalise(text)):
        return Listed((), figure(_count(text, at_end=True) or "", place))
    if around := _COUNT_AROUND.fullmatch(text):
        text = f"{around.group(2)}（{around.group(1)}个）"
    if _ENUMERATED.match(text):
        text = _ENUMERATOR.sub("、", text)
    counts: list[str] = []
    brackets: Brackets | None = None
    unfinished = False
    kept, start = "", 0
    for found in _BRACKETED.finditer(text):
        count = _count(found.group(2), at_end=found.end() == len(text))
        if count is not None:
            counts.append(count)
            kept += text[start : found.start()] + "、"
            start = found.end()
            brackets = _width(found.group(1), found.group(3))
    text = (kept + text[start:]).strip("、 \n").rstrip("。")
    if before := _COUNT_BEFORE.match(text):
        counts.append(before.group(1))
        text = text[before.end() :]
    if behind := _COUNT_BEHIND.search(text):
        unfinished = bool(behind.group(1))
        counts.append(behind.group(2) or behind.group(3))
        text = text[: behind.start()]
    names = [_tidy(name) for name in split_outside(_SEPARATOR, text)]
    if len(names) > 0 and names[-1].endswith("等") and len(names[-1]) > 1:
        names[-1], unfinished = names[-1][:-1], True
    names = [name for name in names if not is_nothing(name)]
    return Listed(tuple(names), _sum(counts, place), brackets, unfinished)


def _tidy(name: str) -> str:
    """Without white space and full stop at the ends, and with one sign of white space inside, a line break if there was."""
    return re.sub(r"\s+", lambda found: "\n" if "\n" in found.group() else " ", name.strip().rstrip("。").strip())


def _width(left: str, right: str) -> Brackets | None:
    if left not in "（(" or right not in "）)":
        return None
    widths = {left == "（", right == "）"}
    return "mixed" if len(widths) == 2 else "full" if widths == {True} else "half"


def _sum(counts: list[str], place: Place) -> Figure | None:
    """One count, or the sum of those that stand with parts of the list."""
    figures = [figure(count, place) for count in counts]
    if len(figures) < 2:
        return figures[0] if figures else None
    values = [item.value for item in figures if item.value is not None]
    raw = " + ".join(item.raw for item in figures)
    return Figure(raw, sum(values) if len(values) == len(figures) else None, place)


def split_hosts(text: str) -> tuple[str, ...]:
    """Hosts part at 、 and ；; at white space only between whole names, for PDF text and cells break names too."""
    hosts: list[str] = []
    for part in re.split(r"[、；;/／]+", text):
        open_name = ""
        for word in part.split():
            if open_name and (not _WHOLE_HOST.search(open_name) or _BRANCH.match(word)):
                open_name += word
            else:
                hosts += [open_name] if open_name else []
                open_name = word
        hosts += [open_name] if open_name else []
    return tuple(hosts)
