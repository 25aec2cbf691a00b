"""Finding organisations by code, name and initials, and never one that is not yours."""

from django.core.cache import cache
from django.test import SimpleTestCase, override_settings
from django.urls import reverse

from zhikong.hub.core.models import Duty
from zhikong.hub.core.search import cleaned, initials_of
from zhikong.hub.network.models import Institution
from zhikong.hub.testing import NetworkStory

PICKERS = ["network:pick_institution", "network:pick_centre", "network:pick_region", "network:pick_specialty"]


class Initials(SimpleTestCase):
    def test_initials(self):
        # Readings: 现代汉语词典. 重庆 chóng qìng and 重症 zhòng zhèng differ in the same character.
        for name, expected in [
            ("伏牛山医院", "fnsyy"),
            ("重庆", "cq"),
            ("重症医学", "zzyx"),
            ("3D打印", "3ddy"),
            ("ICU（综合）", "icuzh"),
            ("ＣＴ室", "cts"),
            ("", ""),
        ]:
            self.assertEqual(initials_of(name), expected)

    def test_length_is_kept(self):
        self.assertEqual(len(initials_of("医" * 300)), 128)

    def test_what_people_type(self):
        self.assertEqual(cleaned(" ４１０３　洛阳 "), "4103 洛阳")
        self.assertEqual(cleaned("a\x00b\ud800c\u200bd"), "a b c d")
        self.assertEqual(len(cleaned("长" * 10_000)), 64)


class Searching(NetworkStory):
    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        cls.mountain = cls.institution("41030012", "伏牛山医院", "410305", level="3", kind="general")
        cls.ridge = cls.institution("41130047", "伏牛岭山庄门诊部", "411381", level="1", kind="other")
        for row in Institution.objects.all():
            row.initials = initials_of(row.name)
            row.save()
        for row in [*cls.regions.values(), *cls.specialties.values(), cls.city_centre, cls.other_city_centre]:
            row.initials = initials_of(row.name)
            row.save()

    def setUp(self):
        cache.clear()

    def found(self, part, text, picker="network:pick_institution", **more):
        answer = self.sign_in(part).get(reverse(picker), {"q": text, **more})
        self.assertEqual(answer.status_code, 200)
        return [row["name"] for row in answer.json()["results"]]

    def test_by_initials_name_part_and_code(self):
        for text in ["fns", "FNS", "ｆｎｓ", "牛山", "41030012", "4103001", "伏牛 医院", "fn yy"]:
            with self.subTest(text):
                self.assertIn("伏牛山医院", self.found("city_officer", text))

    def test_likeliest_first(self):
        self.assertEqual(self.found("province_officer", "fn")[:2], ["伏牛山医院", "伏牛岭山庄门诊部"])
        self.assertEqual(self.found("province_officer", "伏牛岭山庄门诊部")[0], "伏牛岭山庄门诊部")

    def test_only_what_one_may_see(self):
        self.assertNotIn("伏牛山医院", self.found("outsider", "fns"))
        self.assertEqual(self.found("foreigner", "伏牛"), [])
        self.assertEqual(self.found("hospital_reporter", "fns"), [])
        self.assertEqual(self.found("hospital_reporter", "jhyy"), ["涧河医院"])

    def test_other_pickers(self):
        self.assertEqual(self.found("province_officer", "ly", "network:pick_region"), ["洛阳市"])
        self.assertEqual(self.found("province_officer", "市", "network:pick_region", level="county"), ["邓州市"])
        self.assertEqual(self.found("city_officer", "烧伤", "network:pick_specialty"), ["烧伤"])
        self.assertEqual(
            self.found("province_officer", "lysss", "network:pick_centre", level="city"), ["洛阳市烧伤质控中心"]
        )

    def test_closed_centres_are_not_offered(self):
        self.city_centre.state = "closed"
        self.city_centre.save()
        self.assertEqual(self.found("province_officer", "洛阳市烧伤", "network:pick_centre"), [])

    def test_strangers_get_nothing(self):
        for picker in PICKERS:
            self.assertEqual(self.sign_in("system_admin").get(reverse(picker)).status_code, 404)
            self.assertEqual(self.sign_in(None).get(reverse(picker)).status_code, 302)

    def test_junk(self):
        self.sign_in("province_officer")
        for text in ["\x00", "'", "%", "_", "\\", "😀", "\u202e", "a" * 5000, "1e308", "(", " "]:
            for address in [*map(reverse, PICKERS), reverse("core:search")]:
                self.assertEqual(self.client.get(address, {"q": text}).status_code, 200, (address, text[:9]))
        self.assertEqual(self.found("province_officer", "%"), [])
        self.assertEqual(self.found("province_officer", "_"), [])

    @override_settings(RATE_LIMITS={"search": 60, "pickers": 1})
    def test_pickers_are_limited(self):
        self.sign_in("province_officer")
        self.client.get(reverse("network:pick_region"))
        answer = self.client.get(reverse("network:pick_institution"), headers={"accept": "application/json"})
        self.assertEqual(answer.status_code, 429)
        self.assertIn("error", answer.json())

    def test_page_groups_and_counts(self):
        page = self.sign_in("province_officer").get(reverse("core:search"), {"q": "伏牛"})
        self.assertContains(page, "伏牛山医院")
        self.assertContains(page, "共 <em>2</em> 项")
        page = self.sign_in("outsider").get(reverse("core:search"), {"q": "伏牛"})
        self.assertContains(page, "共 <em>1</em> 项")
        self.assertNotContains(page, "伏牛山医院")
        page = self.sign_in("foreigner").get(reverse("core:search"), {"q": "伏牛"})
        self.assertContains(page, "没有找到")

    def test_text_is_shown_as_text(self):
        page = self.sign_in("outsider").get(reverse("core:search"), {"q": "<script>alert(1)</script>"})
        self.assertNotContains(page, "<script>alert")

    def test_box_only_for_those_who_can_find_something(self):
        self.assertContains(self.sign_in("city_officer").get("/"), 'role="search"')
        self.assertEqual(self.people["system_admin"].duty, Duty.SYSTEM)
        self.assertNotContains(self.sign_in("system_admin").get("/"), 'role="search"')

    def test_queries_do_not_grow(self):
        def count():
            with self.assertNumQueries(FIXED):
                self.client.get(reverse("core:search"), {"q": "示例"})

        self.sign_in("province_officer")
        Institution.objects.bulk_create(self.many(10, 0))
        count()
        Institution.objects.bulk_create(self.many(990, 10))
        count()

    def many(self, number, start):
        return [
            Institution(
                code=f"4103{i:05d}", name=f"示例{i}医院", initials="slyy", region=self.regions["410305"],
                kind="general", ownership="public",
            )
            for i in range(start, start + number)
        ]  # fmt: skip


FIXED = 14
