"""Pickers, search and list pages on a province of 40,000 institutions and 3,000 centres. All rows are synthetic.

    python bench/pickers.py                                   SQLite, in a temporary file
    ZHIKONG_BENCH_PG=postgres://user@host:5432/name ...       PostgreSQL as well, in a database made for it

Targets: a picker answers within 150 ms, a list within 300 ms (95 of 100 times, in one process). The verdict is by the
wall clock, so run it on a machine that does nothing else; beside it stands this process's own processor time.
"""

import datetime as dt
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

INSTITUTIONS, CENTRES = 40_000, 3_000
ROUNDS = 25
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
PICKER_MS, LIST_MS = 150, 300
FIRST = [
    "伏牛山",
    "湍滨",
    "汝水",
    "淮上",
    "沙颍",
    "涧河",
    "洛浦",
    "嵩阳",
    "太行",
    "黄河滩",
    "丹江",
    "白云",
    "龙门",
    "仰韶",
    "桐柏",
    "大别",
    "贾鲁",
    "惠济",
    "清丰",
    "朝歌",
]
SECOND = [
    "第一",
    "第二",
    "中心",
    "人民",
    "中医",
    "妇幼",
    "康复",
    "肿瘤",
    "口腔",
    "眼科",
    "骨科",
    "东城",
    "西关",
    "南街",
    "北苑",
    "新区",
]
KINDS = [
    ("医院", "general", "2"),
    ("卫生院", "township", "1"),
    ("社区卫生服务中心", "community", "1"),
    ("卫生室", "village", "0"),
]


def fill():
    """One province; names repeat as they do in life."""
    from django.utils import timezone

    from zhikong.hub.core.models import User
    from zhikong.hub.core.search import initials_of
    from zhikong.hub.network.actions.regions import load_regions
    from zhikong.hub.network.actions.specialties import load_specialties
    from zhikong.hub.network.models import Centre, CentreHost, Grant, Institution, Region, Role, Specialty

    chance = random.Random(7)  # the same province every time
    load_regions("41", by=None, at=timezone.now())
    load_specialties(by=None, at=timezone.now())
    counties = list(Region.objects.filter(level="county", code__startswith="41"))
    specialties = list(Specialty.objects.all())
    institutions = []
    for number in range(INSTITUTIONS):
        county = chance.choice(counties)
        ending, kind, level = chance.choices(KINDS, weights=[1, 2, 1, 8])[0]
        name = f"{county.short_name}{chance.choice(FIRST)}{chance.choice(SECOND)}{ending}"
        institutions.append(
            Institution(
                code=f"{county.code[:6]}{number:06d}", name=name, initials=initials_of(name), region=county, kind=kind,
                level=level, ownership="public", is_synthetic=True,
            )
        )  # fmt: skip
    Institution.objects.bulk_create(institutions, batch_size=2000)
    hospitals = [row for row in institutions if row.kind == "general"]
    places = chance.sample([(region, each) for region in counties for each in specialties], CENTRES)
    centres = []
    for region, each in places:
        name = f"{region.name}{each.name}质控中心"
        centres.append(
            Centre(
                code=f"{region.code}-{each.code}", name=name, initials=initials_of(name), specialty=each,
                level="county", region=region, state="formal", is_synthetic=True,
            )
        )  # fmt: skip
    Centre.objects.bulk_create(centres, batch_size=2000)
    hosts = [CentreHost(centre=centre, institution=chance.choice(hospitals)) for centre in centres]
    CentreHost.objects.bulk_create(hosts, batch_size=2000)
    for username, role, place in [
        ("province", Role.OFFICE, {"region": Region.objects.get(code="410000")}),
        ("city", Role.COMMISSION, {"region": Region.objects.get(code="410300")}),
        ("hospital", Role.QUALITY_OFFICE, {"institution": hosts[0].institution}),
    ]:
        user = User.objects.create_user(username, None, name=username)
        Grant.objects.create(user=user, role=role, starts_on=dt.date(2025, 1, 1), **place)


def pages():
    """(title, URL name, queries, target in ms); the list pages with each filter a person would use first."""
    names = ["fns", "lyfns", "y", "伏牛山", "医院", "4103", "无此机构", "fns yy", ""]
    yield "pick institution", "network:pick_institution", [{"q": name} for name in names], PICKER_MS
    yield "pick centre", "network:pick_centre", [{"q": q} for q in ["hx", "烧伤", "y", "4103", ""]], PICKER_MS
    yield "pick region", "network:pick_region", [{"q": q} for q in ["ly", "洛阳", "4103", "z", ""]], PICKER_MS
    yield "pick specialty", "network:pick_specialty", [{"q": q} for q in ["hx", "烧伤", ""]], PICKER_MS
    yield "search", "core:search", [{"q": q} for q in ["fns", "伏牛山", "y", "洛阳 医院"]], LIST_MS
    lists = [{}, {"page": "400"}, {"q": "伏牛山"}, {"q": "fns"}, {"size": "100"}]
    yield "institutions", "network:institutions", lists, LIST_MS
    yield "centres", "network:centres", [{}, {"page": "60"}, {"q": "烧伤"}, {"size": "100"}], LIST_MS
    yield "coverage", "network:coverage_matrix", [{}], LIST_MS
    yield "home", "core:home", [{}], LIST_MS


def measure(engine):
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.test import Client
    from django.urls import NoReverseMatch, reverse

    from zhikong.hub.core.models import User

    settings.ALLOWED_HOSTS = ["testserver"]
    settings.RATE_LIMITS = dict.fromkeys(settings.RATE_LIMITS, 10**9)
    call_command("migrate", verbosity=0)
    started = time.perf_counter()
    fill()
    print(
        f"{engine}: {INSTITUTIONS:,} institutions, {CENTRES:,} centres, filled in {time.perf_counter() - started:.0f} s"
    )
    if engine == "PostgreSQL":
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    heads = ["p50 ms", "p95 ms", "worst", "cpu p95", "target", "of target"]
    print(f"{'page':18}{'person':10}" + "".join(f"{head:>9}" for head in heads) + "  slowest")
    slow = []
    for title, name, queries, target in pages():
        try:
            address = reverse(name)
        except NoReverseMatch:
            continue
        for username in ["province", "city", "hospital"]:
            client = Client()
            client.force_login(
                User.objects.get(username=username), "allauth.account.auth_backends.AuthenticationBackend"
            )
            if client.get(address).status_code == 404:  # not a page of this person
                continue
            taken, worked = [], []
            for query in queries * max(1, ROUNDS // len(queries)):
                start, work = time.perf_counter(), time.process_time()
                answer = client.get(address, query)
                taken.append(((time.perf_counter() - start) * 1000, str(query)))
                worked.append((time.process_time() - work) * 1000)
                assert answer.status_code == 200, (address, query, answer.status_code)
            figures = sorted(ms for ms, _ in taken)
            p95 = figures[min(len(figures) - 1, int(len(figures) * 0.95))]
            print(
                f"{title:18}{username:10}{statistics.median(figures):9.0f}{p95:9.0f}{figures[-1]:9.0f}"
                f"{sorted(worked)[int(len(worked) * 0.95) - 1]:9.0f}{target:9}"
                f"{p95 / target:9.2f}  {max(taken)[1]}"
            )
            if p95 > target:
                slow.append(f"{title} for {username}: {p95:.0f} ms, target {target} ms")
    return slow


def run(engine, url, home):
    environment = {
        **os.environ,
        "ZHIKONG_DATABASE": url,
        "ZHIKONG_HOME": home,
        "ZHIKONG_SECRET_KEY": "only-for-the-benchmark",
        "ZHIKONG_LOG_LEVEL": "ERROR",
        "ZHIKONG_MFA": "offered",
        "PYTHONWARNINGS": "ignore",
        "DJANGO_SETTINGS_MODULE": "zhikong.hub.config.settings",
    }
    return subprocess.run([sys.executable, __file__, engine], env=environment, check=False).returncode


def with_postgres(url, home):
    import psycopg

    parts = urlsplit(url)
    name = parts.path[1:]
    with psycopg.connect(urlunsplit(parts._replace(path="/postgres")), autocommit=True) as server:
        server.execute(f'DROP DATABASE IF EXISTS "{name}"')
        server.execute(f'CREATE DATABASE "{name}"')
        try:
            return run("PostgreSQL", url, home)
        finally:
            server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def main():
    if len(sys.argv) > 1:
        slow = measure(sys.argv[1])
        print("\n".join(slow) if slow else "every target is met", end="\n\n")
        return 1 if slow else 0
    with tempfile.TemporaryDirectory() as home:
        code = run("SQLite", f"sqlite:///{Path(home) / 'bench.sqlite3'}", home)
        if url := os.environ.get("ZHIKONG_BENCH_PG"):
            code = with_postgres(url, home) or code
    return code


if __name__ == "__main__":
    sys.exit(main())
