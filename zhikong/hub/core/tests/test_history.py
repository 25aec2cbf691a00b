"""The history of a record: proved visible first, told in words, at a constant number of queries."""

from datetime import date, timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from zhikong.hub.core import audit
from zhikong.hub.network.models import Centre, CentreHost, CentreMember
from zhikong.hub.testing import NOW, NetworkStory

CHANGED = audit.verb("centre changed in a history test", _("改中心"))


@audit.action
def change_centre(centre, *, by, at, reason="", **fields):
    for name, value in fields.items():
        setattr(centre, name, value)
    centre.save()
    audit.record(CHANGED, centre, by=by, at=at, reason=reason)


@audit.action
def appoint(centre, *, by, at, name):
    CentreMember.objects.create(centre=centre, post="expert", person_name=name, started_on=date(2026, 1, 1))
    audit.record(CHANGED, centre, by=by, at=at)


@audit.action
def dismiss(member, *, by, at):
    centre = member.centre
    member.delete()
    audit.record(CHANGED, centre, by=by, at=at)


@audit.action
def cover(centre, *, by, at, regions):
    centre.covers.set(regions)
    audit.record(CHANGED, centre, by=by, at=at)


class History(NetworkStory):
    def setUp(self):
        self.by = self.people["city_officer"]
        self.url = self.url_of(self.city_centre)

    def url_of(self, record):
        return reverse("core:history", args=[record._meta.label_lower, record.pk])

    def read(self, part="city_officer", url=None):
        return self.sign_in(part).get(url or self.url)

    def test_tells_who_when_what_and_why(self):
        with audit.origin("import"):
            change_centre(
                self.city_centre,
                by=self.by,
                at=NOW,
                reason="市里批复",
                state=Centre.State.CLOSED,
                covers_emergency=True,
            )
        page = self.read()
        self.assertContains(page, "2026-11-23 17:00")  # NOW in Asia/Shanghai
        self.assertContains(page, "洛阳市质控管理员 · Excel 导入")
        self.assertContains(page, '状态 <span class="was">正式</span> → 已撤销', html=False)
        self.assertContains(page, '急诊 <span class="was">否</span> → 是')
        self.assertContains(page, "理由：市里批复")

    def test_moments_are_told_in_local_time(self):
        user = self.people["system_admin"]

        @audit.action
        def move(*, by, at):
            user.password_changed_at = NOW + timedelta(hours=1)
            user.save()
            audit.record(CHANGED, user, by=by, at=at)

        move(by=user, at=NOW)
        self.assertContains(self.read("system_admin", self.url_of(user)), "→ 2026-11-23 18:00")

    def test_parts_are_shown_with_the_whole_even_when_gone(self):
        appoint(self.city_centre, by=self.by, at=NOW, name="甲专家")
        dismiss(self.city_centre.members.get(), by=self.by, at=NOW)
        appoint(self.provincial_centre, by=self.by, at=NOW, name="省专家")
        page = self.read()
        self.assertContains(page, "质控中心成员 甲专家", count=2)
        self.assertNotContains(page, "省专家")

    def test_regions_covered_are_named(self):
        cover(self.city_centre, by=self.by, at=NOW, regions=[self.regions["410328"]])
        page = self.read()
        self.assertContains(page, "覆盖地区 洛宁县")

    def test_what_the_reader_may_not_see_stays_a_number(self):
        change_centre(self.city_centre, by=self.by, at=NOW, merged_into=self.foreign_centre)
        page = self.read()
        self.assertContains(page, f"→ #{self.foreign_centre.pk}")
        self.assertNotContains(page, self.foreign_centre.name)

    def test_change_outside_every_action_stands_out(self):
        Centre.objects.filter(pk=self.city_centre.pk).update(contact="0379-1")
        page = self.read()
        self.assertContains(page, "来历不明")
        self.assertContains(page, "0379-1")

    def test_invisible_and_unknown_records_are_absent(self):
        change_centre(self.city_centre, by=self.by, at=NOW, contact="1")
        for part in ("outsider", "foreigner", "system_admin", "security_admin", "audit_admin"):
            self.assertEqual(self.read(part).status_code, 404, part)
        for label, pk in (
            ("network.centre", "99999"),
            ("network.centre", "x"),
            ("network.nothing", "1"),
            ("nothing", "1"),
            ("core.job", "1"),  # not a ledgered table
            ("network.centre", "9" * 40),
        ):
            self.assertEqual(self.read(url=reverse("core:history", args=[label, pk])).status_code, 404, (label, pk))
        self.assertEqual(self.sign_in(None).get(self.url).status_code, 302)

    def test_a_new_record_without_entries_says_so(self):
        silent = CentreHost.objects.get(centre=self.county_centre)
        self.assertEqual(self.read("county_officer", self.url_of(silent)).status_code, 200)

    def test_queries_do_not_grow(self):
        counts = []
        for entries in (10, 90):
            for number in range(entries):
                appoint(self.city_centre, by=self.by, at=NOW, name=f"专家{number}")
            client = self.sign_in("city_officer")
            with CaptureQueriesContext(connection) as queries:
                page = client.get(self.url + "?history_size=100")
            counts.append(len(queries))
            self.assertContains(page, "质控中心成员 专家")
        self.assertEqual(counts[0], counts[1])
        self.assertLess(counts[1], 30)
