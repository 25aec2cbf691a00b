"""The parent side of the reading child: rows as they come, and a sentence for everything it refuses."""

import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy

from ..errors import Refused
from . import reading

LINE_LIMIT = 16 << 20  # of one row as JSON; the child refuses wider rows, this guards the parent against the child

REASONS = {
    "empty": gettext_lazy("这个文件是空的（0 字节）。请检查后重新上传。"),
    "encrypted": gettext_lazy("这个工作簿设有打开密码，无法读取。请去掉密码另存后再上传。"),
    "old_format": gettext_lazy("这是旧版 Excel（.xls）文件。请用 Excel 或 WPS 打开，另存为 .xlsx 后再上传。"),
    "markup": gettext_lazy("这是网页文件，不是 Excel 工作簿。请用 Excel 或 WPS 打开，另存为 .xlsx 后再上传。"),
    "broken": gettext_lazy("文件已损坏，或不是 Excel 工作簿。请用 Excel 或 WPS 打开，另存为 .xlsx 后再上传。"),
    "not_a_workbook": gettext_lazy("这是压缩包或其他文档，不是 Excel 工作簿。请上传 .xlsx 或 .csv 文件。"),
    "not_a_table": gettext_lazy("这不是 Excel 或 CSV 文件。请上传 .xlsx 或 .csv 文件。"),
    "bomb": gettext_lazy("文件展开后异常大，已拒绝读取。请只保留要导入的一张表，另存后再上传。"),
    "entities": gettext_lazy(
        "文件里有普通表格不会有的内容（XML 实体或特殊编码），已拒绝读取。请另存为 .xlsx 后再上传。"
    ),
    "two_in_one": gettext_lazy("文件里夹带了其他内容，已拒绝读取。请用 Excel 或 WPS 打开，另存为 .xlsx 后再上传。"),
    "nested": gettext_lazy("工作簿里嵌入了其他文件，已拒绝读取。请删除嵌入的文件，另存后再上传。"),
    "macros": gettext_lazy("工作簿里有宏，已拒绝读取。请另存为不含宏的 .xlsx 后再上传。"),
    "memory": gettext_lazy("读取这个文件需要的内存超过限制。请拆成几个文件分别上传。"),
    "time": gettext_lazy("读取这个文件用时超过限制。请拆成几个文件分别上传。"),
    "encoding": gettext_lazy("认不出文件的编码。请另存为 .xlsx，或 UTF-8、GB18030 编码的 CSV 后再上传。"),
    "no_rows": gettext_lazy("文件里没有表头。第一行应是列名，可下载模板对照。"),
    "far_cell": gettext_lazy(
        "单元格 %(cell)s 有内容，超出了 %(rows)s 行、%(columns)s 列的范围。请删除多余内容，或拆成几个文件。"
    ),
    "no_heading": gettext_lazy("单元格 %(cell)s 有内容，但它所在的列没有列名。请补上列名或删除该列。"),
    "quotes": gettext_lazy("第 %(row)s 行的引号不成对，无法分列。请用 Excel 打开，另存为 .xlsx 后再上传。"),
}


class Unreadable(Refused):
    """The file cannot be read as a table; the sentence says why and what to do."""

    def __init__(self, code: str, **detail: Any) -> None:
        self.code = code
        detail.setdefault("rows", f"{settings.IMPORT_ROW_LIMIT:,}")
        detail.setdefault("columns", settings.IMPORT_COLUMN_LIMIT)
        super().__init__(REASONS[code] % detail)


@dataclass(frozen=True, slots=True)
class Heading:
    """The first row, and what is known of the whole."""

    labels: list[str]
    row: int
    total: int = 0
    sheet: str | None = None
    sheets: int = 1
    template: list[str] | None = None
    encoding: str | None = None
    count: list[int] = field(default_factory=list)


@contextlib.contextmanager
def opened(path: Path) -> Iterator[tuple[Heading, Iterator[tuple[int, list[Any]]]]]:
    """The heading and the rows of an uploaded table. Unreadable, now or at any row, when the child refuses or dies."""
    child = subprocess.Popen(  # noqa: S603  our own interpreter and file; the user's name is not in the path
        [sys.executable, "-I", reading.__file__, str(path), json.dumps(_limits())],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={"LANG": "C.UTF-8", "PATH": os.defpath},  # nothing of ours: no key, no database
        start_new_session=True,
    )
    try:
        lines = _lines(child)
        first = next(lines, None)
        if not isinstance(first, dict) or "head" not in first:
            raise Unreadable("broken")
        heading = Heading(
            labels=first["head"],
            row=first["head_row"],
            total=first["total"],
            sheet=first["sheet"],
            sheets=first["sheets"],
            template=first["template"],
            encoding=first.get("encoding"),
        )
        yield heading, _rows(lines)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        assert child.stdout is not None
        child.stdout.close()


def _limits() -> dict[str, int]:
    return {
        "memory": settings.IMPORT_MEMORY_MB << 20,
        "seconds": settings.IMPORT_CPU_SECONDS,
        "rows": settings.IMPORT_ROW_LIMIT,
        "columns": settings.IMPORT_COLUMN_LIMIT,
        "parts": settings.IMPORT_PART_LIMIT,
        "unpacked": settings.IMPORT_UNPACKED_MB << 20,
        "ratio": settings.IMPORT_PACKING_RATIO,
    }


def _rows(lines: Iterator[Any]) -> Iterator[tuple[int, list[Any]]]:
    for line in lines:
        if isinstance(line, dict):
            return
        yield line[0], line[1]


def _lines(child: "subprocess.Popen[bytes]") -> Iterator[Any]:
    """Decoded lines up to the last one, which says {"end": ...}; without it the child has died."""
    assert child.stdout is not None
    buffer = bytearray()
    with selectors.DefaultSelector() as selector:
        selector.register(child.stdout, selectors.EVENT_READ)
        while True:
            if not selector.select(timeout=settings.IMPORT_STALL_SECONDS):
                raise Unreadable("time")
            data = os.read(child.stdout.fileno(), 1 << 16)
            if not data:
                break
            buffer += data
            *whole, rest = buffer.split(b"\n")
            for line in whole:
                value = json.loads(line)
                if isinstance(value, dict) and "refused" in value:
                    raise Unreadable(value.pop("refused"), **value)
                yield value
                if isinstance(value, dict) and "end" in value:
                    return
            buffer = rest
            if len(buffer) > LINE_LIMIT:
                raise Unreadable("bomb")
    raise Unreadable("time" if child.wait() == -signal.SIGXCPU else "memory")
