"""A process in which one person acts while another is in the middle of it. Run by test_host_race with its own database."""

import datetime as dt
import json
import sys
import threading
from unittest import mock

import django

PAUSE = 2  # seconds; whoever is made to wait for a lock waits at least so long

SERIAL = "序号\t质控中心名称\t责任单位\n"


def prepare():
    from django.core.management import call_command
    from django.utils import timezone

    from zhikong.hub.network import actions
    from zhikong.hub.network.models import Region, Specialty

    call_command("migrate", verbosity=0)
    at = timezone.now()
    province = Region.objects.create(code="41", name="河南省", short_name="河南", level="province", order=1, last=3)
    for order, (code, short) in enumerate((("4103", "洛阳"), ("4113", "南阳")), start=2):
        Region.objects.create(
            code=code, name=f"{short}市", short_name=short, level="city", parent=province, order=order, last=order
        )
    city = Region.objects.get(code="4103")
    actions.create_institution(by=None, at=at, code="1", name="甲医院", region=city, kind="general", ownership="public")
    for code, name in (("SP1", "烧伤"), ("SP2", "病理"), ("SP3", "护理管理")):
        Specialty.objects.create(code=code, name=name, short_name=name, category="clinical")


def beside(module, step, first, second):
    """`first` stops after its first `step`; `second` is tried then; gives what became of each."""
    from django.db import connection

    from zhikong.hub.core.errors import Refused

    real, arrived, go_on, outcomes = getattr(module, step), threading.Event(), threading.Event(), {}

    def slow(*arguments, **options):
        result = real(*arguments, **options)
        if not arrived.is_set():
            arrived.set()
            go_on.wait(PAUSE)
        return result

    def attempt(name, act):
        try:
            act()
            outcomes[name] = "done"
        except Refused:
            outcomes[name] = "refused"
        except Exception as error:
            outcomes[name] = repr(error)
        connection.close()

    with mock.patch.object(module, step, slow):
        thread = threading.Thread(target=attempt, args=first)
        thread.start()
        arrived.wait(60)
        attempt(*second)
        go_on.set()
        thread.join()
    return outcomes


def _register():
    from django.utils import timezone

    from zhikong.hub.network import actions
    from zhikong.hub.network.models import Institution, Region, Specialty

    actions.register_centre(
        by=None, at=timezone.now(), name="烧伤质控中心", specialty=Specialty.objects.get(code="SP1"), level="city",
        region=Region.objects.get(code="4103"), hosts=[Institution.objects.get(code="1")],
    )  # fmt: skip


def retire_beside_registering():
    from django.utils import timezone

    from zhikong.hub.network import actions
    from zhikong.hub.network.actions import centres
    from zhikong.hub.network.models import Institution

    def retire():
        host = Institution.objects.get(code="1")
        actions.retire_institution(host, by=None, at=timezone.now(), reason="停业")

    return beside(centres, "_refuse_unfit_hosts", ("register", _register), ("retire", retire))


def move_beside_registering():
    from django.utils import timezone

    from zhikong.hub.network import actions
    from zhikong.hub.network.actions import centres
    from zhikong.hub.network.models import Institution, Region

    def move():
        host, elsewhere = Institution.objects.get(code="1"), Region.objects.get(code="4113")
        actions.edit_institution(host, by=None, at=timezone.now(), region=elsewhere)

    return beside(centres, "_refuse_unfit_hosts", ("register", _register), ("move", move))


def take_in_two_notices():
    from django.utils import timezone

    from zhikong.hub.network import actions
    from zhikong.hub.network.actions import notices
    from zhikong.hub.network.models import Region
    from zhikong.hub.network.notice import read_notice

    province = Region.objects.get(code="41")
    received = []
    for rows in (
        "1\t河南省烧伤质控中心\t乙医院\n2\t河南省病理质控中心\t丙医院\n",
        "1\t河南省护理管理质控中心\t丁医院\n",
    ):
        text = (SERIAL + rows).encode()
        received.append(
            actions.receive_notice(
                read_notice(text, "n.txt").to_dict(), file=[text], name="n.txt", region=province,
                issued_on=dt.date(2026, 1, 5), by=None, at=timezone.now(),
            )
        )  # fmt: skip

    def take_in(notice):
        return lambda: actions.take_in_notice(notice, by=None, at=timezone.now(), create_institutions=True)

    first, second = (take_in(notice) for notice in received)
    return beside(notices, "_create_placeholders", ("first", first), ("second", second))


if __name__ == "__main__":
    django.setup()
    if (outcomes := globals()[sys.argv[1]]()) is not None:
        print(json.dumps(outcomes, ensure_ascii=False))
