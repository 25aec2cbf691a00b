"""Bytes on their way to disk and back: written whole or not at all, under names that say nothing.

A file is written to `incoming/`, flushed, and moved to its place before any row points at it; what a killed process
leaves behind has no row and is swept.
"""

import contextlib
import errno
import hashlib
import os
import time
import unicodedata
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.core.files.storage import default_storage
from django.core.files.uploadhandler import StopUpload, TemporaryFileUploadHandler
from django.http import FileResponse
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from .errors import Refused
from .models import StoredFile

CHUNK = 1 << 20
NAME_LIMIT = 200
NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT})


@dataclass(frozen=True, slots=True)
class Placed:
    """A file that stands whole in its place and waits for its row."""

    pk: uuid.UUID
    size: int
    sha256: str


def root() -> Path:
    return Path(default_storage.path(""))


def path_of(pk: uuid.UUID) -> Path:
    return root() / pk.hex[:2] / pk.hex


def clean_name(name: str) -> str:
    """The user's file name without what could lead a path, a terminal or an eye astray."""
    name = unicodedata.normalize("NFC", name.replace("\\", "/").rsplit("/", 1)[-1])
    # Cc controls, Cf bidi and zero-width, Cs surrogates, Zl and Zp line breaks. Rare surnames may be private use.
    name = "".join(c for c in name if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Zl", "Zp"})
    name = name.translate(str.maketrans('<>:"|?*', "_______")).strip(" .")
    if len(name) > NAME_LIMIT:
        stem, dot, suffix = name.rpartition(".")
        name = f"{stem[: NAME_LIMIT - 10]}.{suffix[:9]}" if dot else name[:NAME_LIMIT]
    return name or _("未命名")


def place(content: Iterable[bytes] | Path, *, limit: int | None = None) -> Placed:
    """Write and flush the bytes, then move them to their place. Refused when too large or the disk is full."""
    limit = settings.UPLOAD_LIMIT if limit is None else limit
    pk = uuid.uuid4()
    target = path_of(pk)
    incoming = root() / "incoming" / f"{pk.hex}.part"
    digest, size = hashlib.sha256(), 0
    try:
        incoming.parent.mkdir(parents=True, exist_ok=True)
        with incoming.open("xb") as out:
            for chunk in _chunks(content):
                size += len(chunk)
                if size > limit:
                    raise Refused(too_large(limit))
                digest.update(chunk)
                out.write(chunk)
            out.flush()
            os.fsync(out.fileno())
        target.parent.mkdir(exist_ok=True)
        incoming.replace(target)
    except OSError as error:
        incoming.unlink(missing_ok=True)
        if error.errno in NO_SPACE:
            raise Refused(no_space()) from error
        raise
    except BaseException:
        incoming.unlink(missing_ok=True)
        raise
    return Placed(pk, size, digest.hexdigest())


def _chunks(content: Iterable[bytes] | Path) -> Iterator[bytes]:
    if isinstance(content, Path):
        with content.open("rb") as file:
            while chunk := file.read(CHUNK):
                yield chunk
    elif hasattr(content, "chunks"):  # an UploadedFile iterates over lines, which may be as long as the file
        yield from content.chunks(CHUNK)
    else:
        yield from content


def too_large(limit: int) -> str:
    return _("文件超过 %(limit)s，没有保存。请拆分或压缩图片后再传。") % {"limit": filesizeformat(limit)}


def no_space() -> str:
    return _("服务器存储空间不足，文件没有保存，已有数据不受影响。请稍后再试，或联系系统管理员清理空间。")


@contextlib.contextmanager
def writing_scratch() -> Iterator[None]:
    """A full disk while writing something temporary is said to the user, not to the log."""
    try:
        yield
    except OSError as error:
        if error.errno in NO_SPACE:
            raise Refused(no_space()) from error
        raise


def disposition(name: str) -> str:
    """Always a download, with the name for old and new browsers (RFC 6266, RFC 5987)."""
    plain = name.encode("ascii", "ignore").decode().replace('"', "").replace("\\", "").strip(" .") or "file"
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def attachment(content, name: str, content_type: str = "application/octet-stream") -> FileResponse:
    """A response that browsers save and never run, keep or guess about."""
    response = FileResponse(content, content_type=content_type)
    response["Content-Disposition"] = disposition(name)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def sweep_orphans(*, now: float | None = None) -> int:
    """Remove files that no row points at and nobody is still writing. For housekeeping; gives how many."""
    before = (time.time() if now is None else now) - settings.ORPHAN_FILES_HOURS * 3600
    removed = 0
    for folder in root().iterdir() if root().is_dir() else ():
        if not folder.is_dir():
            continue
        for path in folder.iterdir():
            if not path.is_file() or path.stat().st_mtime > before:
                continue
            if folder.name != "incoming" and _has_row(path.name):
                continue
            path.unlink(missing_ok=True)
            removed += 1
    return removed


def _has_row(name: str) -> bool:
    try:
        return StoredFile.objects.filter(pk=uuid.UUID(hex=name)).exists()
    except ValueError:
        return True  # not a name of ours: not ours to remove


class LimitedUpload(TemporaryFileUploadHandler):
    """Streams every upload to disk and stops at the limit or on a full disk; `refused_upload` then says why."""

    def new_file(self, *args, **kwargs):
        with self._telling():
            super().new_file(*args, **kwargs)
        self.received = 0

    def receive_data_chunk(self, raw_data, start):
        self.received += len(raw_data)
        if self.received > settings.UPLOAD_LIMIT:
            self.request.refused_upload = too_large(settings.UPLOAD_LIMIT)
            raise StopUpload(connection_reset=False)
        with self._telling():
            super().receive_data_chunk(raw_data, start)

    @contextlib.contextmanager
    def _telling(self):
        try:
            yield
        except OSError as error:
            if error.errno not in NO_SPACE:
                raise
            self.request.refused_upload = no_space()
            raise StopUpload(connection_reset=False) from error
