"""A process in which many people press at once. Run by test_races with a database of its own."""

import datetime as dt
import json
import re
import secrets
import sys
import threading
from collections import Counter

import django

WRITERS = 20


def prepare():
    from django.core.management import call_command
    from django.utils import timezone

    from zhikong.hub.core.models import User
    from zhikong.hub.network import actions
    from zhikong.hub.network.models import Grant, Region, Specialty

    call_command("migrate", verbosity=0)
    at = timezone.now()
    province = Region.objects.create(code="410000", name="河南省", short_name="河南", level="province", order=1, last=2)
    city = Region.objects.create(
        code="410300", name="洛阳市", short_name="洛阳", level="city", parent=province, order=2, last=2
    )
    hospital = actions.create_institution(
        by=None, at=at, code="1", name="甲医院", region=city, kind="general", ownership="public"
    )
    specialty = Specialty.objects.create(code="SP1", name="烧伤", short_name="烧伤", category="clinical")
    centre = actions.found_centre(
        by=None,
        at=at,
        name="烧伤质控中心",
        specialty=specialty,
        level="city",
        region=city,
        hosts=[hospital],
        founded_on=dt.date(2025, 1, 1),
    )
    actions.apply_for_group(centre, by=None, at=at, name="小儿组", applied_on=dt.date(2025, 2, 1))
    for number in range(WRITERS):
        user = User.objects.create_user(f"writer{number}", None, name=f"写手{number}")
        Grant.objects.create(user=user, role="commission", region=province, starts_on=dt.date(2025, 1, 1))


def at_once(request_of):
    """Every writer sends its request at the same moment; gives how often each status came back."""
    from django.db import connection
    from django.test import Client

    from zhikong.hub.core.models import User

    start, statuses = threading.Barrier(WRITERS), Counter()

    def write(number, user):
        client = Client(headers={"host": "localhost"})
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        send = request_of(client, number)
        start.wait()
        statuses[send().status_code] += 1
        connection.close()

    users = list(User.objects.filter(username__startswith="writer").order_by("pk"))
    threads = [threading.Thread(target=write, args=pair) for pair in enumerate(users)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return statuses


def press_one_form_twenty_times():
    """One person, one form, twenty clicks."""
    from zhikong.hub.core.models import User

    first = User.objects.get(username="writer0")
    data = {"code": "2", "name": "乙医院", "region": "410300", "kind": "general", "level": "2", "ownership": "public"}
    data["form_key"] = "0" * 32

    def request_of(client, number):
        client.force_login(first, backend="allauth.account.auth_backends.AuthenticationBackend")
        return lambda: client.post("/institutions/new/", data)

    return at_once(request_of)


def edit_one_record():
    from zhikong.hub.network.models import Institution

    url = f"/institutions/{Institution.objects.get(code='1').pk}/edit/"

    def request_of(client, number):
        seen = re.search(r'name="seen" value="([^"]+)"', client.get(url).content.decode())[1]
        data = {"code": "1", "name": "甲医院", "kind": "general", "level": "0", "ownership": "public", "seen": seen}
        return lambda: client.post(url, data | {"region": "410300", "phone": f"phone {number}"})

    return at_once(request_of)


def approve_one_group():
    from zhikong.hub.network.models import SubspecialtyGroup

    pk = SubspecialtyGroup.objects.get().pk
    verbs = ["approve", "refuse"]

    def request_of(client, number):
        data = {"document": f"文{number}", "decided_on": "2025-03-01", "reason": "x"}
        return lambda: client.post(f"/centres/groups/{pk}/{verbs[number % 2]}/", data)

    return at_once(request_of)


def add_plans_with_files_and_duties():
    """Half of them send a file, whose keeping is an action of its own inside the plan's."""
    from django.core.files.uploadedfile import SimpleUploadedFile

    from zhikong.hub.network.models import Centre

    pk, again = Centre.objects.get().pk, secrets.token_hex(4)
    plan = {"kind": "annual", "title": "年度计划", "starts_on": "2026-01-01", "ends_on": "2026-12-31"}

    def request_of(client, number):
        if number % 2:
            return lambda: client.post(f"/centres/{pk}/duties/add/", {"text": f"职责 {again} {number}"})
        file = SimpleUploadedFile("计划.txt", b"x")
        return lambda: client.post(
            f"/centres/{pk}/plans/add/", plan | {"title": f"计划 {again} {number}", "file": file}
        )

    return at_once(request_of)


if __name__ == "__main__":
    django.setup()
    if (answer := globals()[sys.argv[1]]()) is not None:
        print(json.dumps(answer))
