"""The dictionary of specialties: loaded from the shipped list, kept by the province's authority."""

from zhikong.hub.network import actions
from zhikong.hub.network.models import Specialty, SpecialtyAlias, SubspecialtyGroup
from zhikong.hub.testing import NOW

from .story import DAY, RegisterStory


class LoadSpecialties(RegisterStory):
    def test_loaded_once(self):
        Specialty.objects.filter(centres__isnull=True).delete()
        self.assertGreater(actions.load_specialties(by=None, at=NOW), 60)
        self.assertEqual(actions.load_specialties(by=None, at=NOW), 0)
        # 豫卫医函〔2024〕96号, annex 1, no. 44; nine key specialties: 鄂 2023—2025 action plan (ORG-03).
        self.assertEqual(Specialty.objects.get(code="SP044").name, "临床检验")
        self.assertEqual(Specialty.objects.filter(is_key=True).count(), 9)
        self.assertEqual(SpecialtyAlias.objects.get(name="心律失常介入技术").specialty.code, "SP032")

    def test_what_was_edited_here_stays(self):
        mine = self.specialties["烧伤"]
        actions.edit_specialty(mine, by=None, at=NOW, short_name="烧伤科")
        actions.load_specialties(by=None, at=NOW)
        mine.refresh_from_db()
        self.assertEqual(mine.short_name, "烧伤科")


class KeepDictionary(RegisterStory):
    DATA = {"code": "SP900", "name": "示例专业", "short_name": "示例", "category": "clinical"}

    def test_province_adds(self):
        self.accepts("province_officer", "add_specialty", **self.DATA, is_tcm="on")
        made = Specialty.objects.get(code="SP900")
        self.assertEqual((made.initials, made.is_tcm, made.is_key), ("slzy", True, False))

    def test_taken_code_and_name_are_refused(self):
        self.refuses("已有", "province_officer", "add_specialty", **self.DATA | {"code": "SP009"})
        self.refuses("已是专业 SP009", "province_officer", "add_specialty", **self.DATA | {"name": "烧伤"})

    def test_city_and_foreigner_may_not(self):
        self.refuses(self.NOT_ALLOWED, "city_officer", "add_specialty", **self.DATA)
        self.refuses(self.NOT_ALLOWED, "foreigner", "add_specialty", **self.DATA)
        self.absent("technician", "add_specialty", **self.DATA)

    def test_alias_added_and_removed(self):
        burns = self.specialties["烧伤"]
        self.accepts("province_officer", "add_alias", burns.pk, name="烧伤科 ", source="示例文件")
        self.refuses("已是“烧伤”的别名", "province_officer", "add_alias", burns.pk, name="烧伤科")
        self.refuses("已是专业", "province_officer", "add_alias", burns.pk, name="呼吸内科")
        self.refuses(self.NOT_ALLOWED, "city_officer", "add_alias", burns.pk, name="烫伤")
        self.sign_in("province_officer")
        found = self.client.get(self.url("specialties"), {"q": "烧伤科"})
        self.assertEqual([row.pk for row in found.context["page"]], [burns.pk])
        alias = SpecialtyAlias.objects.get()
        self.accepts("province_officer", "remove_alias", alias.pk, reason="误加")
        self.assertFalse(SpecialtyAlias.objects.exists())

    def test_name_of_an_alias_cannot_become_a_specialty(self):
        actions.add_alias(self.specialties["烧伤"], by=None, at=NOW, name="示例专业")
        self.refuses("的别名", "province_officer", "add_specialty", **self.DATA)

    def test_edit(self):
        burns = self.specialties["烧伤"]
        self.sign_in("province_officer")
        seen = self.client.get(self.url("edit_specialty", burns.pk)).context["form"]["seen"].value()
        data = {"name": "烧伤与创面修复", "short_name": "烧伤", "category": "clinical", "seen": seen}
        self.accepts("province_officer", "edit_specialty", burns.pk, **data)
        burns.refresh_from_db()
        self.assertEqual((burns.name, burns.initials), ("烧伤与创面修复", "ssycmxf"))

    def test_deactivate(self):
        self.refuses(
            "还有 5 个在册", "province_officer", "deactivate_specialty", self.specialties["烧伤"].pk, reason="x"
        )
        spare = self.specialties["护理管理"]
        self.accepts("province_officer", "deactivate_specialty", spare.pk, reason="并入")
        self.refuses("已经停用", "province_officer", "deactivate_specialty", spare.pk, reason="x")
        self.accepts("province_officer", "reactivate_specialty", spare.pk, reason="恢复")
        self.refuses("正在使用", "province_officer", "reactivate_specialty", spare.pk, reason="x")


class SubspecialtyGroups(RegisterStory):
    """Applied for by the centre, decided by the authority (ORG-15)."""

    DATA = {"name": "小儿烧伤组", "head": "某组长", "applied_on": DAY}

    def apply(self):
        self.accepts("centre_secretary", "apply_for_group", self.provincial_centre.pk, **self.DATA)
        return SubspecialtyGroup.objects.latest("pk")

    def test_approved_and_closed(self):
        group = self.apply()
        self.refuses("已在申请中", "centre_secretary", "apply_for_group", self.provincial_centre.pk, **self.DATA)
        decided = {"document": "豫卫医〔2026〕9号", "decided_on": "2026-09-20"}
        self.refuses("早于", "province_officer", "approve_group", group.pk, **decided | {"decided_on": "2026-08-01"})
        self.accepts("province_officer", "approve_group", group.pk, **decided)
        self.refuses("不在申请中", "province_officer", "approve_group", group.pk, **decided)
        self.refuses("早于", "province_officer", "close_group", group.pk, closed_on="2026-09-10", reason="x")
        self.accepts("province_officer", "close_group", group.pk, closed_on="2026-10-10", reason="调整")
        group.refresh_from_db()
        self.assertEqual(
            (group.state, str(group.decided_on), str(group.closed_on)), ("closed", "2026-09-20", "2026-10-10")
        )

    def test_refused_may_apply_again(self):
        group = self.apply()
        self.refuses("只有已批准", "province_officer", "close_group", group.pk, closed_on="2026-10-10", reason="x")
        self.accepts("province_officer", "refuse_group", group.pk, decided_on="2026-09-20", reason="人员不足")
        self.assertNotEqual(self.apply().pk, group.pk)

    def test_centre_does_not_decide_for_itself(self):
        group = self.apply()
        self.absent("centre_secretary", "approve_group", group.pk, document="x", decided_on="2026-09-20")

    def test_county_does_not_decide_for_the_province(self):
        group = self.apply()
        self.absent("county_officer", "approve_group", group.pk, document="x", decided_on="2026-09-20")

    def test_secretary_keeps_only_the_own_centre(self):
        """The provincial centre's secretary reads the city's centre and does not write there."""
        self.refuses(self.NOT_ALLOWED, "centre_secretary", "apply_for_group", self.city_centre.pk, **self.DATA)

    def test_outsider(self):
        self.absent("outsider", "apply_for_group", self.city_centre.pk, **self.DATA)
