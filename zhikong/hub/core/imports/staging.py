"""A checked table on disk, between check and write: one file of rows per state, and the place of each row in it.

Pages jump to any row and the write streams them, so that neither holds a table in memory. The folder appears under its
name only when it is whole.
"""

import contextlib
import json
import shutil
import time
from array import array
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any
from uuid import UUID

from django.conf import settings

from .kinds import Kind, Row, State


def folder_of(batch_pk: UUID) -> Path:
    return Path(settings.HOME) / "imports" / batch_pk.hex


class Writer:
    """Collects rows; `finish` puts them in place. A check that is killed leaves a folder that the next one replaces."""

    def __init__(self, batch_pk: UUID) -> None:
        self.target = folder_of(batch_pk)
        self.folder = self.target.with_name(f"{self.target.name}.part")

    def __enter__(self) -> "Writer":
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self._files = {state: (self.folder / f"{state}.jsonl").open("wb") for state in State}
        self._places = {state: array("Q") for state in State}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for file in self._files.values():
            file.close()
        if kind is not None:
            shutil.rmtree(self.folder, ignore_errors=True)

    def add(self, row: Row) -> None:
        file = self._files[row.state]
        self._places[row.state].append(file.tell())
        line: dict[str, Any] = {"n": row.number, "v": row.values}
        for name, part in (("o", row.old), ("e", row.errors), ("g", row.given)):
            if part:
                line[name] = part
        file.write(json.dumps(line, ensure_ascii=True, separators=(",", ":"), default=str).encode() + b"\n")

    def finish(self, about: dict[str, Any]) -> None:
        for state, places in self._places.items():
            self._files[state].flush()
            with (self.folder / f"{state}.places").open("wb") as file:
                places.tofile(file)
        (self.folder / "about.json").write_text(json.dumps(about), encoding="utf-8")
        shutil.rmtree(self.target, ignore_errors=True)
        self.folder.replace(self.target)


class Reader:
    """Rows of a checked table: any slice of one state, or all of them in order."""

    def __init__(self, batch_pk: UUID, kind: Kind) -> None:
        self.folder, self.kind = folder_of(batch_pk), kind
        self.exists = (self.folder / "about.json").is_file()

    @property
    def about(self) -> dict[str, Any]:
        return json.loads((self.folder / "about.json").read_text(encoding="utf-8"))

    def count(self, state: State) -> int:
        return (self.folder / f"{state}.places").stat().st_size // 8

    def slice(self, state: State, start: int, size: int) -> list[Row]:
        places = array("Q")
        with (self.folder / f"{state}.places").open("rb") as file:
            file.seek(start * 8)
            with contextlib.suppress(EOFError):
                places.fromfile(file, 1)
        if not places:
            return []
        with (self.folder / f"{state}.jsonl").open("rb") as file:
            file.seek(places[0])
            return [self._row(state, line) for line, _ in zip(file, range(size), strict=False)]

    def of(self, state: State) -> "RowsOfState":
        return RowsOfState(self, state)

    def rows(self, state: State) -> Iterator[Row]:
        with (self.folder / f"{state}.jsonl").open("rb") as file:
            for line in file:
                yield self._row(state, line)

    def _row(self, state: State, line: bytes) -> Row:
        data = json.loads(line)
        values = data["v"]
        if state != State.BAD:
            for column in self.kind.columns:
                if column.name in values:
                    values[column.name] = column.load(values[column.name])
        return Row(
            number=data["n"],
            values=values,
            state=state,
            old={name: self.kind.column(name).load(value) for name, value in data.get("o", {}).items()},
            errors=[tuple(error) for error in data.get("e", [])],
            given=data.get("g", {}),
        )


class RowsOfState:
    """The rows of one state, as a list page wants them: counted, and taken by slices."""

    def __init__(self, reader: Reader, state: State) -> None:
        self.reader, self.state = reader, state

    def count(self) -> int:
        return self.reader.count(self.state)

    def __getitem__(self, wanted: slice) -> list[Row]:
        return self.reader.slice(self.state, wanted.start, wanted.stop - wanted.start)


def discard(batch_pk: UUID) -> None:
    shutil.rmtree(folder_of(batch_pk), ignore_errors=True)


def sweep(*, now: float | None = None) -> int:
    """Remove checked tables that nobody wrote within IMPORT_KEEP_DAYS. For housekeeping; gives how many."""
    before = (time.time() if now is None else now) - settings.IMPORT_KEEP_DAYS * 86_400
    root = Path(settings.HOME) / "imports"
    old = [folder for folder in root.iterdir() if folder.stat().st_mtime < before] if root.is_dir() else []
    for folder in old:
        shutil.rmtree(folder, ignore_errors=True)
    return len(old)
