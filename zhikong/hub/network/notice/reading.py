"""A file to a Notice: head, stated facts of the prose, and the annex tables, every value with its place."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from .names import city_stem
from .records import End, Figure, Level, Notice, NoticeError, Place, RankedCity, Ranking, StatedTotal, Text
from .tables import Row, centre_rows, city_rows, figure, find_tables, read_rows

# The head of a notice is a dozen lines; further down a line that ends in a colon is no list of addressees.
HEAD_LINES = 60
# Henan's notice has 297 names; a province of 200 counties that lacked every specialty would have 11,000.
MOST_NAMES = 12_000
LONGEST_PLACE_NAME = 12

_LEVELS: dict[Level, str] = {
    "province": r"(?:省|自治区)级",
    "city": r"(?<![省县])(?:市|市\(州\)|市（州）|地市|设区市)级",
    "county": r"(?:县|县（市）|县\(市\)|县（市、区）|县市|县市区|区县|县区)级",
}
_BODY = r"(?:医疗)?(?:质量控制|质控)(?:中心|组织|组)(?:[（(]组[）)])?"
# Bounded, and begun only where digits begin: a megabyte of digits must not cost its square.
_NUMBER = r"(?<![0-9,])([0-9][0-9,]{0,14})"
_TOTALS = {
    level: re.compile(
        rf"{name}{_BODY}(?:总数)?(?:共|共计|合计|达|达到|为)?{_NUMBER}[个家]|{_NUMBER}[个家]{name}{_BODY}"
    )
    for level, name in _LEVELS.items()
}
_MENTIONS = {level: re.compile(rf"{name}(?:医疗)?(?:质量控制|质控)") for level, name in _LEVELS.items()}
_COUNT = re.compile(rf"{_NUMBER}[个家]")
_HAN_BEFORE = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]+$")
_BETWEEN = re.compile(r"^[、，,和及]?(?=[\u3400-\u9fff])")
_LEAD_WORD = re.compile(r".*(?:地区|城市|地市|省辖市|各地|依次)?(?:是|为|有)")
_TOP = re.compile(r"较多|最多|较快|最快|靠前|领先|排名前")
_BOTTOM = re.compile(r"较少|最少|偏慢|较慢|最慢|靠后|落后|排名后")
_ABOUT_CENTRES = re.compile(r"组建|成立|建成|建立|已建|数量")
_NUMBER_OF_DOCUMENT = re.compile(r"[\u3400-\u9fff]{1,12}[〔\[［（(【][0-9]{4}[〕\]］）)】]第?[0-9]{1,5}号")
_DATE = re.compile(r"([0-9]{4})年([0-9]{1,2})月([0-9]{1,2})日")
_ISSUER = re.compile(r"(?:委员会|委|局|厅|办公室|政府|中心)(?:办公室)?(?:文件|公文)?$")
_HAN_SPACE = re.compile(r"(?<=[^\x00-\x7f])\s+(?=[^\x00-\x7f])")
_WIDE = {wide: wide - 0xFEE0 for wide in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))}


def read_notice(source: str | Path | bytes, filename: str | None = None) -> Notice:
    """Read a notice from a path or from bytes. Raises NoticeError with a sentence for the user, nothing else."""
    if isinstance(source, bytes):
        data, name = source, filename or ""
    else:
        path = Path(source)
        name = filename or path.name
        try:
            data = path.read_bytes()
        except (OSError, ValueError) as error:
            raise NoticeError(f"打不开文件“{name}”。请检查文件名和权限。") from error
    form, rows = read_rows(data, name)
    tables, prose_rows = find_tables(rows)
    centres = [row for table in tables if table.kind == "centres" for row in centre_rows(table)]
    cities, totals = [], []
    for table in tables:
        if table.kind == "cities":
            found, in_table = city_rows(table)
            cities += found
            totals += in_table
    names = len(centres) + sum(1 + len(row.missing) for row in cities)
    if names > MOST_NAMES:
        raise NoticeError(f"附表共有 {names} 个名称，超过 {MOST_NAMES} 个，不像一份通报。请只上传通报的附表。")
    if not centres and not cities:
        raise NoticeError(_no_table(form, len(rows), bool(tables)))
    graded = next((row for row in centres if row.grade is not None), None)
    if graded is not None and graded.grade is not None:
        raise NoticeError(
            f"这是质控中心评估结果表（{graded.grade.place.label()}有评估等次），不是组建情况通报，这里不核对。"
            "请上传含“省辖市、已成立数量”或“质控中心名称、责任单位”附表的通报。"
        )
    pieces = [(cell, row.place(index)) for row in prose_rows for index, cell in enumerate(_cells(row), 1) if cell]
    head = _read_head(pieces)
    prose = Prose.of(pieces)
    return Notice(
        filename=name,
        form=form,
        title=head.title,
        number=head.number,
        issuer=head.issuer,
        addressees=head.addressees,
        issued_on=head.issued_on,
        totals=(*_read_totals(prose), *totals),
        rankings=tuple(_read_rankings(prose, [row.city.value for row in cities])),
        centres=tuple(centres),
        cities=tuple(cities),
    )


def _cells(row: Row) -> Sequence[str]:
    return [" ".join(row.cells).strip()] if row.form == "text" else [cell.strip() for cell in row.cells]


def _no_table(form: str, rows: int, has_header: bool) -> str:
    where = {"text": f"全文 {rows} 行", "csv": f"全部 {rows} 行", "xlsx": f"各工作表共 {rows} 行"}[form]
    if has_header:
        return f"{where}中只有表头，表头下没有数据。请把附表各行一起上传。"
    remedy = "请从通报附件复制表格（连同表头），存为 .xlsx、CSV 或以制表符分列的文本后再上传。"
    return f"{where}中没有找到可核对的附表：缺少“省辖市、已成立数量”或“质控中心名称、责任单位”这样的表头。{remedy}"


@dataclass(frozen=True, slots=True)
class Head:
    title: Text | None = None
    number: Text | None = None
    issuer: Text | None = None
    addressees: tuple[Text, ...] = ()
    issued_on: Text | None = None


def _read_head(pieces: Sequence[tuple[str, Place]]) -> Head:
    """Issuer, number, title, addressees, in this order; each may be absent."""
    lines = [(text.translate(_WIDE), place) for text, place in pieces]
    number_at = addressees_at = None
    for index, (text, _) in enumerate(lines[:HEAD_LINES]):
        compact = "".join(text.split())
        if number_at is None and _NUMBER_OF_DOCUMENT.fullmatch(compact):
            number_at = index
        if addressees_at is None and compact.endswith(("：", ":")) and "。" not in compact:
            addressees_at = index
    dated = [(match, place) for text, place in lines if (match := _DATE.fullmatch("".join(text.split())))]
    issued_on = next((Text(_iso(match), place) for match, place in dated if _iso(match)), None)
    number = None if number_at is None else Text("".join(lines[number_at][0].split()), lines[number_at][1])
    before = lines[: number_at or 0]
    issuer = next((Text(_joined([text]), place) for text, place in before if _ISSUER.search(_joined([text]))), None)
    start = 0 if number_at is None else number_at + 1
    title_lines = lines[start:addressees_at] if addressees_at is not None else lines[start : start + 1]
    title = Text(_joined([text for text, _ in title_lines]), title_lines[0][1]) if title_lines else None
    addressees: tuple[Text, ...] = ()
    if addressees_at is not None:
        line, place = lines[addressees_at]
        names = re.split(r"[，,、；;]", "".join(line.split()).rstrip("：:"))
        addressees = tuple(Text(name, place) for name in names if name)
    return Head(title, number, issuer, addressees, issued_on)


def _iso(match: re.Match[str]) -> str:
    year, month, day = (int(part) for part in match.groups())
    return f"{year:04d}-{month:02d}-{day:02d}" if 1 <= month <= 12 and 1 <= day <= 31 else ""


def _joined(lines: Sequence[str]) -> str:
    return _HAN_SPACE.sub("", " ".join(line.strip() for line in lines))


@dataclass(frozen=True, slots=True)
class Prose:
    """The prose without white space (broken lines and spaced numbers do not matter), and where each sign was."""

    text: str
    places: tuple[Place, ...]

    @classmethod
    def of(cls, pieces: Sequence[tuple[str, Place]]) -> Prose:
        signs: list[str] = []
        places: list[Place] = []
        for text, place in pieces:
            compact = "".join(text.split()).translate(_WIDE)
            signs.extend(compact)
            places.extend([place] * len(compact))
        return cls("".join(signs), tuple(places))

    def figure(self, match: re.Match[str]) -> Figure:
        """The number of a match, at the place of its last digit."""
        group = match.lastindex or 1
        return figure(match.group(group), self.places[match.end(group) - 1])


def _read_totals(prose: Prose) -> Iterator[StatedTotal]:
    """The first total of each level; later numbers of a level are mostly increments and parts."""
    for level, pattern in _TOTALS.items():
        match = pattern.search(prose.text)
        if match:
            yield StatedTotal(level, prose.figure(match))


def _read_rankings(prose: Prose, cities: Sequence[str]) -> Iterator[Ranking]:
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
        joined = run and _BETWEEN.match(prose.text[run_end : run_end + 2]) and start - run_end <= 1
        if run and not joined:
            if found := ranking():
                yield found
            run = []
        if not name:
            continue
        if not run:
            run_start = start
        run.append(RankedCity(Text(name, prose.places[start]), prose.figure(match)))
        run_end = match.end()
    if run and (found := ranking()):
        yield found


def _place_name(words: str, stems: Sequence[str]) -> tuple[str, int]:
    """The place at the end of a run of Han signs, and where it starts; empty when the run is too long to be one."""
    for stem in stems:
        at = words.rfind(stem)
        if at >= 0 and words[at + len(stem) :] in ("", "市", "地区", "示范区", "州"):
            return words[at:], at
    lead = _LEAD_WORD.match(words)
    start = lead.end() if lead else 0
    start += len(words[start:]) - len(words[start:].lstrip("和及"))
    name = words[start:]
    return (name, start) if 2 <= len(name) <= LONGEST_PLACE_NAME else ("", start)
