"""Storing and removing files."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from django.db import models
from django.utils.translation import gettext_lazy as _

from .. import audit, files
from ..models import StoredFile, User

STORED = audit.verb("file stored", _("保存文件"))
REMOVED = audit.verb("file removed", _("删除文件"))


@audit.action
def store_file(
    content: files.Placed | Iterable[bytes] | Path,
    *,
    name: str,
    by: User | None,
    at: datetime,
    subject: models.Model | None = None,
) -> StoredFile:
    """Keep a file; whoever sees `subject` may open it. Refused when it is too large or the disk is full.

    Place a large file first (`files.place`) and pass what that gives: writing it here would hold SQLite's write lock.
    """
    placed = content if isinstance(content, files.Placed) else files.place(content)
    stored = StoredFile(
        id=placed.pk,
        name=files.clean_name(name),
        size=placed.size,
        sha256=placed.sha256,
        uploaded_by=by,
        uploaded_at=at,
    )
    stored.content.name = str(files.path_of(placed.pk).relative_to(files.root()))
    if subject is not None:
        stored.subject = subject
    stored.save(force_insert=True)
    audit.record(STORED, stored, by=by, at=at, facts={"sha256": placed.sha256, "size": placed.size})
    return stored


@audit.action
def remove_file(stored: StoredFile, *, by: User | None, at: datetime, reason: str) -> None:
    """Drop the row; the bytes, which have no row then, go with the next sweep of orphans."""
    audit.record(REMOVED, stored, by=by, at=at, reason=reason, facts={"sha256": stored.sha256})
    stored.delete()
