"""Medical communities: a lead, tiers, and the shape they state against the members they have."""

from django.test import SimpleTestCase

from zhikong.hub.network import shape
from zhikong.hub.network.models import CommunityMember, MedicalCommunity

from .story import DAY, RegisterStory


class Shape(SimpleTestCase):
    """The shapes are those of the briefing: 远安 1+7+N, 江陵 1+3+9+N, 松滋 1+6 (requirement ORG-20)."""

    def test_parts(self):
        self.assertEqual(shape.parts_of("1+7+N"), [1, 7, None])
        self.assertEqual(shape.parts_of("1+3+9+N"), [1, 3, 9, None])
        self.assertEqual(shape.parts_of("1+6"), [1, 6])
        self.assertEqual(shape.parts_of(" １＋７＋ｎ "), [1, 7, None])

    def test_what_does_not_read(self):
        for text in (
            "",
            "1",
            "7+N",
            "1+",
            "1+0",
            "1++7",
            "1+7+M",
            "N+1",
            "1+07",
            "1+7+N\n+",
            "1+99999",
            "1+-2",
            "一加七",
        ):
            with self.subTest(text=text), self.assertRaises(ValueError):
                shape.parts_of(text)

    def test_against_members(self):
        tiers = shape.tiers_of("1+7+N", {1: 1, 2: 5, 3: 40})
        self.assertEqual([(tier.missing, tier.surplus) for tier in tiers], [(0, 0), (2, 0), (0, 0)])
        # 江陵 has 13 units: 1 + 3 + 9.
        tiers = shape.tiers_of("1+3+9+N", {1: 1, 2: 3, 3: 9})
        self.assertEqual(sum(tier.present for tier in tiers), 13)
        self.assertFalse(any(tier.missing or tier.surplus for tier in tiers))
        tiers = shape.tiers_of("1+6", {1: 1, 2: 7, 3: 1})
        self.assertEqual([(tier.tier, tier.surplus) for tier in tiers], [(1, 0), (2, 1), (3, 1)])


class Communities(RegisterStory):
    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        cls.township = cls.institution("41032811", "洛宁示例卫生院", "410328", level="1", kind="township")
        cls.clinic = cls.institution("41032812", "洛宁示例村卫生室", "410328", level="0", kind="village")

    def create(self, part="county_officer", **data):
        data = {
            "name": "洛宁县医共体",
            "region": "410328",
            "shape_text": "１+1+N",
            "lead": self.county_hospital.code,
            "founded_on": DAY,
        } | data
        self.accepts(part, "create_community", **data)
        return MedicalCommunity.objects.get(name=data["name"])

    def test_created_with_its_lead(self):
        community = self.create()
        self.assertEqual(community.shape, "1+1+N")
        seat = community.members.get()
        self.assertEqual((seat.institution, seat.tier), (self.county_hospital, 1))

    def test_page_says_how_many_are_missing(self):
        community = self.create()
        self.assertContains(self.client.get(community.get_absolute_url()), "还差 1 家")
        self.accepts("county_officer", "join_community", community.pk, institution=self.township.code, tier=2)
        self.assertNotContains(self.client.get(community.get_absolute_url()), "还差")

    def test_what_is_refused_at_creation(self):
        data = {"name": "洛宁县医共体", "region": "410328", "lead": self.county_hospital.code}
        self.refuses("读不懂", "county_officer", "create_community", **data, shape_text="7+N")
        other = data | {"lead": self.hospital.code}
        self.refuses("不在洛宁县", "city_officer", "create_community", **other, shape_text="1+N")
        self.create()
        self.refuses("已登记", "county_officer", "create_community", **data, shape_text="1+N")
        again = data | {"name": "另一个医共体"}
        self.refuses("已在", "county_officer", "create_community", **again, shape_text="1+N")
        self.absent("hospital_reporter", "create_community", **data, shape_text="1+N")

    def test_joining_and_leaving(self):
        community = self.create()
        join = {"institution": self.township.code, "tier": 2}
        self.refuses("没有第 4 层", "county_officer", "join_community", community.pk, **join | {"tier": 4})
        self.accepts("county_officer", "join_community", community.pk, **join, joined_on="2026-09-10")
        self.refuses("已在", "county_officer", "join_community", community.pk, **join)
        seat = CommunityMember.objects.get(institution=self.township)
        self.refuses("早于", "county_officer", "leave_community", seat.pk, left_on="2026-09-02", reason="x")
        self.accepts("county_officer", "leave_community", seat.pk, left_on="2026-10-02", reason="调整")
        self.refuses("已退出", "county_officer", "leave_community", seat.pk, left_on="2026-10-02", reason="x")
        self.accepts("county_officer", "join_community", community.pk, **join | {"tier": 3})
        seat.refresh_from_db()
        self.assertEqual((seat.tier, seat.left_on), (3, None))

    def test_one_lead(self):
        community = self.create()
        lead = community.members.get()
        self.refuses("先变更牵头医院", "county_officer", "leave_community", lead.pk, left_on=DAY, reason="x")
        change = {"institution": self.township.code, "changed_on": "2026-10-01", "reason": "调整"}
        self.accepts("county_officer", "change_lead", community.pk, **change)
        leads = community.members.filter(tier=1, left_on__isnull=True)
        self.assertEqual([seat.institution for seat in leads], [self.township])
        self.refuses("已是牵头医院", "county_officer", "change_lead", community.pk, **change)

    def test_edited(self):
        community = self.create()
        edit = {"name": "洛宁县紧密型医共体", "shape_text": "1+3+9+N"}
        self.accepts("county_officer", "edit_community", community.pk, **edit)
        community.refresh_from_db()
        self.assertEqual((community.name, community.shape), ("洛宁县紧密型医共体", "1+3+9+N"))
        self.refuses("读不懂", "county_officer", "edit_community", community.pk, **edit | {"shape_text": "x"})

    def test_outsider(self):
        community = self.create()
        for page in ("community", "edit_community", "join_community", "change_lead"):
            self.absent("outsider", page, community.pk)
        self.absent("outsider", "leave_community", community.members.get().pk)

    def test_member_hospital_sees_it(self):
        community = self.create()
        self.accepts("county_officer", "join_community", community.pk, institution=self.township.code, tier=2)
        self.person("township", "卫生院填报员", "quality_office", institution=self.township)
        self.people["township"] = type(self.people["outsider"]).objects.get(username="township")
        self.sign_in("township")
        self.assertEqual(self.client.get(community.get_absolute_url()).status_code, 200)
