"""Groups of cities and alliances of provinces: charter, members, officers, platforms, agreements (ALL-01 to ALL-06)."""

from zhikong.hub.network.models import Alliance, AllianceAgreement

from .story import DAY, RegisterStory


class Alliances(RegisterStory):
    DATA = {
        "kind": "provinces",
        "name": "检验结果互认示例联盟",
        "regions": "河南省,45",
        "founded_on": "2025-04-14",
        "platforms": "智能监管\n培训教育\n\n社会活动",
    }

    def create(self, part="province_officer", **changes):
        self.accepts(part, "create_alliance", **self.DATA | changes)
        return Alliance.objects.latest("pk")

    def test_alliance_of_provinces(self):
        alliance = self.create()
        self.assertEqual({member.region.code for member in alliance.members.all()}, {"41", "45"})
        self.assertEqual(alliance.platform_names(), ["智能监管", "培训教育", "社会活动"])
        for part in ("province_officer", "foreigner"):  # each member province sees it
            self.sign_in(part)
            self.assertContains(self.client.get(alliance.get_absolute_url()), "广西壮族自治区")
        self.absent("city_officer", "alliance", alliance.pk)

    def test_group_of_cities(self):
        data = {"kind": "cities", "name": "洛南示例城市群", "regions": "洛阳市，南阳市"}
        group = self.create(**data)
        for part in ("city_officer", "outsider"):
            self.sign_in(part)
            self.assertEqual(self.client.get(group.get_absolute_url()).status_code, 200)
        self.absent("foreigner", "alliance", group.pk)

    def test_what_is_refused(self):
        self.refuses("两个或更多", "province_officer", "create_alliance", **self.DATA | {"regions": "河南省"})
        self.refuses("两个或更多", "province_officer", "create_alliance", **self.DATA | {"regions": "河南省、41"})
        self.refuses("不能作", "province_officer", "create_alliance", **self.DATA | {"regions": "河南省、洛阳市"})
        self.refuses("没有找到", "province_officer", "create_alliance", **self.DATA | {"regions": "河南省、天河"})
        self.refuses("还没到", "province_officer", "create_alliance", **self.DATA | {"founded_on": "2999-01-01"})
        self.refuses("不在其中", "city_officer", "create_alliance", **self.DATA)
        self.absent("technician", "create_alliance", **self.DATA)
        self.create()
        self.refuses("已登记", "province_officer", "create_alliance", **self.DATA)

    def test_members_come_and_go(self):
        alliance = self.create()
        self.refuses("已是成员", "province_officer", "join_alliance", alliance.pk, region="广西壮族自治区")
        member = alliance.members.get(region__code="45")
        self.refuses("早于", "province_officer", "leave_alliance", member.pk, left_on="2025-01-01")
        self.accepts("province_officer", "leave_alliance", member.pk, left_on=DAY)
        self.refuses("已退出", "province_officer", "leave_alliance", member.pk, left_on=DAY)
        self.accepts("province_officer", "join_alliance", alliance.pk, region="45", joined_on=DAY)
        member.refresh_from_db()
        self.assertIsNone(member.left_on)

    def test_who_left_sees_it_no_more(self):
        """What is agreed and changed after a region left is not that region's; taken back, it sees everything again."""
        group = self.create(kind="cities", name="洛南示例城市群", regions="洛阳市，南阳市")
        member = group.members.get(region__code="4113")
        left = self.send("outsider", "leave_alliance", member.pk, left_on=DAY)
        self.assertEqual(left["Location"], self.url("alliances"))  # the page of the group is no longer theirs
        later = {"title": "之后的协议", "signed_on": "2026-10-12", "parties": "洛阳"}
        self.accepts("city_officer", "add_agreement", group.pk, **later)
        self.absent("outsider", "alliance", group.pk)
        self.assertEqual(AllianceAgreement.objects.visible_to(self.people["outsider"]).count(), 0)
        self.assertNotContains(self.client.get(self.url("alliances")), "洛南示例城市群")
        for part in ("city_officer", "province_officer"):  # 洛阳 takes part, so the province reads on
            self.sign_in(part)
            self.assertContains(self.client.get(group.get_absolute_url()), "之后的协议")
        self.accepts("province_officer", "join_alliance", group.pk, region="4113", joined_on="2026-11-01")
        self.sign_in("outsider")
        self.assertContains(self.client.get(group.get_absolute_url()), "之后的协议")

    def test_officers(self):
        alliance = self.create()
        chair = {"post": "chair", "person_name": "甲", "affiliation": "某院", "started_on": "2025-04-15"}
        self.accepts("province_officer", "elect_officer", alliance.pk, **chair)
        self.refuses("已在任", "province_officer", "elect_officer", alliance.pk, **chair)
        self.accepts(
            "province_officer", "elect_officer", alliance.pk, **chair | {"person_name": "乙", "started_on": DAY}
        )
        self.assertEqual([each.person_name for each in alliance.officers.filter(ended_on__isnull=True)], ["乙"])
        for name in ("丙", "丁"):  # several deputies
            self.accepts(
                "province_officer", "elect_officer", alliance.pk, **chair | {"post": "deputy", "person_name": name}
            )
        deputy = alliance.officers.get(person_name="丙")
        self.accepts("province_officer", "end_alliance_officer", deputy.pk, ended_on=DAY)
        self.refuses("已离任", "province_officer", "end_alliance_officer", deputy.pk, ended_on=DAY)

    def test_agreement(self):
        alliance = self.create()
        data = {"title": "联合质控协议", "signed_on": "2025-05-12", "parties": "皮肤\n临检"}
        self.accepts("province_officer", "add_agreement", alliance.pk, **data)
        self.refuses("已登记", "province_officer", "add_agreement", alliance.pk, **data)

    def test_edited_and_ended(self):
        alliance = self.create()
        self.sign_in("province_officer")
        seen = self.client.get(self.url("edit_alliance", alliance.pk)).context["form"]["seen"].value()
        edit = {"name": "互认联盟", "charter": "章程全文", "charter_adopted_on": "2025-04-15", "seen": seen}
        self.accepts("province_officer", "edit_alliance", alliance.pk, **edit)
        alliance.refresh_from_db()
        self.assertEqual((alliance.name, alliance.charter), ("互认联盟", "章程全文"))
        self.accepts("province_officer", "end_alliance", alliance.pk, ended_on=DAY, reason="任务完成")
        self.refuses("已于 2026-09-01 终止", "province_officer", "join_alliance", alliance.pk, region="45")

    def test_outsider(self):
        alliance = self.create()
        for page in ("edit_alliance", "end_alliance", "join_alliance", "elect_officer", "add_agreement"):
            self.absent("outsider", page, alliance.pk)
        self.absent("outsider", "leave_alliance", alliance.members.first().pk, left_on=DAY)
