"""The life of a centre: every step by the authority, on record, and due for filing within a month."""

import datetime as dt

from django.test import SimpleTestCase
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from zhikong.hub.core.errors import Refused
from zhikong.hub.network import actions
from zhikong.hub.network.models import Centre, CentreChange, CentreHost, CentreMember
from zhikong.hub.network.models.centres import filing_due, months_after
from zhikong.hub.testing import NOW, NetworkStory

from .story import DAY, RegisterStory


class Months(SimpleTestCase):
    def test_one_month_later(self):
        for day, due in [
            ((2026, 1, 31), (2026, 2, 28)),
            ((2028, 1, 31), (2028, 2, 29)),  # a leap year
            ((2026, 3, 31), (2026, 4, 30)),
            ((2026, 12, 15), (2027, 1, 15)),
            ((2026, 2, 28), (2026, 3, 28)),
        ]:
            with self.subTest(day=day):
                self.assertEqual(filing_due(dt.date(*day)), dt.date(*due))

    def test_many_months(self):
        self.assertEqual(months_after(dt.date(2026, 11, 30), 3), dt.date(2027, 2, 28))
        self.assertEqual(months_after(dt.date(2026, 1, 31), 12), dt.date(2027, 1, 31))


class FoundCentre(RegisterStory):
    def data(self, **changes):
        return {
            "name": "洛宁县护理质控中心",
            "level": "county",
            "specialty": "SP042",
            "region": "410328",
            "host": self.county_hospital.code,
            "founded_on": DAY,
        } | changes

    def test_authority_founds(self):
        self.accepts("county_officer", "found_centre", **self.data())
        made = Centre.objects.get(name="洛宁县护理质控中心")
        self.assertEqual((made.state, made.code, made.initials), ("setting_up", "410328-SP042-county", "lnxhlzkzx"))
        self.assertEqual([host.institution for host in made.hosts.all()], [self.county_hospital])
        change = made.changes.get()
        # Filed within one month of 1 September (ORG-10).
        self.assertEqual((change.kind, str(change.due_on)), ("founded", "2026-10-01"))

    def test_two_hosts(self):
        """One provincial centre of Henan has two hosts (annex 1, no. 14; ORG-07)."""
        second = self.institution("41030003", "第二示例医院", "410305", level="3", kind="general")
        data = self.data(
            name="河南省护理质控中心", level="province", region="41", host=self.hospital.code, second_host=second.code
        )
        self.accepts("province_officer", "found_centre", **data)
        made = Centre.objects.get(name="河南省护理质控中心")
        self.assertEqual([host.institution for host in made.hosts.all()], [self.hospital, second])

    def test_level_and_region_must_fit(self):
        self.refuses("不能设在", "city_officer", "found_centre", **self.data(level="city"))
        self.refuses("不能设在", "city_officer", "found_centre", **self.data(level="province"))

    def test_host_from_elsewhere_is_refused(self):
        self.refuses("没有找到", "county_officer", "found_centre", **self.data(host=self.hospital.code))
        self.refuses(
            "不能作洛宁县质控中心的挂靠单位", "city_officer", "found_centre", **self.data(host=self.hospital.code)
        )

    def test_same_host_twice_and_same_name_are_refused(self):
        twice = self.data(second_host=self.county_hospital.name)
        self.refuses("填了两次", "county_officer", "found_centre", **twice)
        self.accepts("county_officer", "found_centre", **self.data())
        self.refuses("已有", "county_officer", "found_centre", **self.data())
        self.accepts("county_officer", "found_centre", **self.data(name="洛宁县护理第二质控中心"))
        self.assertTrue(Centre.objects.filter(code="410328-SP042-county-2").exists())

    def test_future_is_refused(self):
        self.refuses("还没到", "county_officer", "found_centre", **self.data(founded_on="9999-12-31"))

    def test_grid_needs_its_person(self):
        grid = self.data(level="grid", name="洛宁县护理网格分中心")
        self.refuses("须填写网格责任人", "county_officer", "found_centre", **grid)
        self.accepts("county_officer", "found_centre", **grid, responsible_person="某责任人")

    def test_regional_covers_cities_and_is_the_provinces(self):
        regional = self.data(
            level="regional", name="豫西烧伤分中心", specialty="烧伤", region="4103", host=self.hospital.code
        )
        self.refuses("两个或更多", "province_officer", "found_centre", **regional)
        self.refuses("它所在的市", "province_officer", "found_centre", **regional, covers="南阳市、济源市")
        self.refuses("没有找到", "city_officer", "found_centre", **regional, covers="洛阳市、南阳市")
        self.accepts("province_officer", "found_centre", **regional, covers="洛阳市, 4113")
        made = Centre.objects.get(name="豫西烧伤分中心")
        self.assertEqual({region.code for region in made.covers.all()}, {"4103", "4113"})
        self.sign_in("outsider")  # 南阳 is covered, and sees it
        self.assertEqual(self.client.get(made.get_absolute_url()).status_code, 200)

    def test_only_authorities(self):
        self.absent("centre_secretary", "found_centre", **self.data())
        self.absent("hospital_reporter", "found_centre", **self.data())
        self.refuses("没有找到", "outsider", "found_centre", **self.data())

    def test_registering_an_old_centre_is_not_due_for_filing(self):
        self.accepts("county_officer", "register_centre", **self.data(founded_on="", state="formal"))
        self.assertFalse(Centre.objects.get(name="洛宁县护理质控中心").changes.exists())


class Verbs(RegisterStory):
    def setUp(self):
        Centre.objects.filter(pk=self.city_centre.pk).update(state="setting_up", founded_on=dt.date(2026, 8, 1))

    def last(self):
        return self.city_centre.changes.first()

    def test_formalise(self):
        self.accepts("city_officer", "formalise_centre", self.city_centre.pk, happened_on=DAY, detail="批复")
        self.assertEqual((self.last().kind, self.last().detail), ("formalised", "批复"))
        self.refuses("已是正式", "city_officer", "formalise_centre", self.city_centre.pk, happened_on=DAY)

    def test_before_founding_is_refused(self):
        self.refuses("早于成立日期", "city_officer", "formalise_centre", self.city_centre.pk, happened_on="2026-07-31")

    def test_rename(self):
        was = self.city_centre.name
        self.refuses("相同", "city_officer", "rename_centre", self.city_centre.pk, name=was, happened_on=DAY)
        self.accepts("city_officer", "rename_centre", self.city_centre.pk, name="洛阳市烧伤中心", happened_on=DAY)
        self.assertEqual(self.last().detail, f"原名：{was}")

    def test_rehost(self):
        new = self.institution("41030003", "第二示例医院", "410305", level="3", kind="general")
        self.refuses(
            "没有变化", "city_officer", "rehost_centre", self.city_centre.pk, host=self.hospital.code, happened_on=DAY
        )
        self.accepts("city_officer", "rehost_centre", self.city_centre.pk, host=new.code, happened_on=DAY)
        hosts = CentreHost.objects.filter(centre=self.city_centre).order_by("pk")
        self.assertEqual([(host.institution, host.ended_on) for host in hosts], [(self.hospital, DAY), (new, None)])
        self.assertEqual(self.last().kind, "rehosted")

    def test_director(self):
        first = {"person_name": "甲主任", "happened_on": DAY, "reason": "other"}
        self.accepts("city_officer", "change_director", self.city_centre.pk, **first)
        self.refuses("已是主任", "city_officer", "change_director", self.city_centre.pk, **first)
        second = {"person_name": "乙主任", "happened_on": "2026-10-01", "reason": "retired"}
        self.accepts("city_officer", "change_director", self.city_centre.pk, **second)
        former = CentreMember.objects.get(person_name="甲主任")
        self.assertEqual((str(former.ended_on), former.reason), ("2026-10-01", "retired"))
        self.assertEqual(CentreMember.objects.get(post="director", ended_on__isnull=True).person_name, "乙主任")

    def test_merge(self):
        other = self.centre("护理管理", "city", "4103", self.hospital)
        merge = {"happened_on": DAY}
        self.refuses(
            "没有找到", "city_officer", "merge_centre", self.city_centre.pk, into=self.other_city_centre.code, **merge
        )
        self.refuses(
            "同一地区、同一层级",
            "city_officer",
            "merge_centre",
            self.city_centre.pk,
            into=self.county_centre.code,
            **merge,
        )
        self.refuses(
            "不能并入自己", "city_officer", "merge_centre", self.city_centre.pk, into=self.city_centre.code, **merge
        )
        self.accepts("city_officer", "merge_centre", self.city_centre.pk, into=other.code, **merge)
        self.city_centre.refresh_from_db()
        self.assertEqual((self.city_centre.state, self.city_centre.merged_into), ("merged", other))
        self.assertFalse(self.city_centre.hosts.filter(ended_on__isnull=True).exists())
        self.refuses("不能再办理变更", "city_officer", "rename_centre", self.city_centre.pk, name="x", happened_on=DAY)

    def test_close(self):
        self.accepts("city_officer", "close_centre", self.city_centre.pk, happened_on=DAY, reason="撤并")
        self.assertEqual((self.last().kind, self.last().detail), ("closed", "撤并"))
        self.refuses("不能再办理变更", "city_officer", "close_centre", self.city_centre.pk, happened_on=DAY, reason="x")

    def test_nobody_manages_from_below_or_beside(self):
        close = {"happened_on": DAY, "reason": "x"}
        self.absent("centre_secretary", "close_centre", self.city_centre.pk, **close)
        self.absent("county_officer", "close_centre", self.city_centre.pk, **close)
        self.absent("outsider", "close_centre", self.city_centre.pk, **close)
        self.absent("hospital_reporter", "close_centre", self.city_centre.pk, **close)


class LifeOfACentre(RuleBasedStateMachine):
    """Whatever is tried in whatever order, only the legal graph is walked, and every step is on record."""

    LEGAL = {
        "formalise": {"setting_up": "formal"},
        "merge": {"setting_up": "merged", "formal": "merged"},
        "close": {"setting_up": "closed", "formal": "closed"},
    }

    def __init__(self):
        super().__init__()
        story = LifeStory.current
        region, hospital = story.regions["4103"], story.hospital
        made = {"by": None, "at": NOW, "level": "city", "region": region, "hosts": [hospital], "founded_on": DAY}
        number = Centre.objects.count()
        self.centre = actions.found_centre(name=f"甲{number}", specialty=story.specialties["护理管理"], **made)
        self.into = actions.found_centre(name=f"乙{number}", specialty=story.specialties["临床检验"], **made)
        self.state, self.steps = "setting_up", 1

    def attempt(self, verb, act):
        target = self.LEGAL[verb].get(self.state) if verb in self.LEGAL else self.state
        if verb not in self.LEGAL and self.state in {"merged", "closed"}:
            target = None
        try:
            act()
        except Refused:
            assert target is None, f"{verb} refused in {self.state}"
        else:
            assert target is not None, f"{verb} allowed in {self.state}"
            self.state, self.steps = target, self.steps + 1

    @rule()
    def formalise(self):
        self.attempt("formalise", lambda: actions.formalise_centre(self.centre, by=None, at=NOW, happened_on=DAY))

    @rule(name=st.sampled_from(["丙", "丁"]))
    def rename(self, name):
        name = f"{name}{self.centre.pk}"
        if Centre.objects.get(pk=self.centre.pk).name != name:
            self.attempt(
                "rename", lambda: actions.rename_centre(self.centre, by=None, at=NOW, name=name, happened_on=DAY)
            )

    @rule(days=st.integers(0, 60))
    def change_director(self, days):
        day = DAY + dt.timedelta(days=days)
        present = self.centre.members.filter(post="director", ended_on__isnull=True).first()
        if present is None or present.started_on <= day:
            person = f"主任{self.steps}"
            self.attempt(
                "director",
                lambda: actions.change_director(self.centre, by=None, at=NOW, person_name=person, happened_on=day),
            )

    @rule()
    def merge(self):
        self.attempt(
            "merge", lambda: actions.merge_centre(self.centre, by=None, at=NOW, into=self.into, happened_on=DAY)
        )

    @precondition(lambda self: self.steps > 2)
    @rule()
    def close(self):
        self.attempt("close", lambda: actions.close_centre(self.centre, by=None, at=NOW, happened_on=DAY, reason="x"))

    @invariant()
    def the_row_agrees(self):
        centre = Centre.objects.get(pk=self.centre.pk)
        assert centre.state == self.state
        assert centre.is_standing == centre.hosts.filter(ended_on__isnull=True).exists()
        assert centre.members.filter(post="director", ended_on__isnull=True).count() <= int(centre.is_standing)

    @invariant()
    def every_step_is_to_be_filed(self):
        changes = CentreChange.objects.filter(centre=self.centre)
        assert changes.count() == self.steps
        assert all(change.due_on == filing_due(change.happened_on) for change in changes)


class LifeStory(NetworkStory):
    current = None

    def test_life(self):
        LifeStory.current = self
        run_state_machine_as_test(
            LifeOfACentre, settings=hypothesis_settings(max_examples=25, stateful_step_count=12, deadline=None)
        )
