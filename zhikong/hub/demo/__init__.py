"""The demonstration province: what is published is real, all else is invented and marked.

Real: Henan's provincial centres and the standing of its cities (`henan.py`), Guangxi's centres and grades
(`published.py`), two alliances. Invented: other institutions, county centres, people. `prepare` fills an empty site and
leaves a filled one alone.
"""

import secrets
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from zhikong.hub.core.models import User
from zhikong.hub.network import actions
from zhikong.hub.network.models import Region

from . import people, province, published


def prepare() -> str:
    """Fill the site unless it is filled; give the sign-ins as text to print."""
    note = Path(settings.HOME) / "sign-ins.txt"
    if not User.objects.exists():
        with transaction.atomic():  # a province half filled would look like a filled one
            password, cast = _fill(timezone.now())
        note.write_text(people.sign_ins(cast, password), encoding="utf-8")
        note.chmod(0o600)
    return note.read_text(encoding="utf-8")


def _fill(now: datetime) -> tuple[str, dict[str, User]]:
    password = f"Zhikong-{secrets.randbelow(9000) + 1000}-shili"
    actions.load_regions(settings.PROVINCE, by=None, at=now)
    actions.load_specialties(by=None, at=now)
    henan = Region.objects.get(code="410000")
    province.invent_institutions(henan, by=None, at=now)
    cast = people.create_cast(password, by=None, at=now)
    published.take_in_henan(henan, by=cast["province"], at=now)
    published.register_guangxi(Region.objects.get(code="450000"), by=None, at=now)
    published.register_alliances(by=None, at=now)
    province.invent_network(henan, cast, at=now)
    return password, cast
