"""Institutions: registered, edited, retired, restored by the authority; the committee kept by the quality office."""

from zhikong.hub.network import actions
from zhikong.hub.network.models import Institution, InstitutionOfficer
from zhikong.hub.testing import NOW

from .story import DAY, RegisterStory


class CreateInstitution(RegisterStory):
    DATA = {
        "code": "41030099",
        "name": "伏牛示例医院",
        "region": "410305",
        "kind": "general",
        "level": "3",
        "grade": "A",
        "ownership": "public",
        "beds": "1200",
        "opened_on": "1950-10-01",
    }

    def test_authority_registers(self):
        self.accepts("city_officer", "create_institution", **self.DATA)
        made = Institution.objects.get(code="41030099")
        self.assertEqual(
            (made.name, made.region.code, made.initials, made.beds), ("伏牛示例医院", "410305", "fnslyy", 1200)
        )

    def test_region_may_be_typed_by_name(self):
        self.accepts("city_officer", "create_institution", **self.DATA | {"region": "涧西区"})
        self.assertEqual(Institution.objects.get(code="41030099").region.code, "410305")

    def test_full_width_digits_are_digits(self):
        self.accepts(
            "city_officer", "create_institution", **self.DATA | {"code": "４１０３００９９", "beds": "１２００"}
        )
        self.assertEqual(Institution.objects.get(code="41030099").beds, 1200)

    def test_taken_code_is_refused(self):
        self.refuses("已登记", "city_officer", "create_institution", **self.DATA | {"code": self.hospital.code})

    def test_future_opening_is_refused(self):
        self.refuses("还没到", "city_officer", "create_institution", **self.DATA | {"opened_on": "2999-01-01"})

    def test_foreign_region_is_not_found(self):
        for region in ("4113", "411381", "邓州市", "45"):
            self.refuses("没有找到", "city_officer", "create_institution", **self.DATA | {"region": region})

    def test_hospital_staff_do_not_register(self):
        self.absent("hospital_reporter", "create_institution", **self.DATA)
        self.absent("centre_secretary", "create_institution", **self.DATA)

    def test_same_form_twice_makes_one(self):
        key = "0123456789abcdef0123456789abcdef"
        first = self.accepts("city_officer", "create_institution", **self.DATA, form_key=key)
        second = self.send("city_officer", "create_institution", **self.DATA, form_key=key)
        self.assertEqual((second.status_code, second["Location"]), (302, first["Location"]))
        self.assertEqual(Institution.objects.filter(code="41030099").count(), 1)

    def test_refused_form_may_be_sent_again(self):
        key = "0123456789abcdef0123456789abcdef"
        self.refuses(
            "还没到", "city_officer", "create_institution", **self.DATA | {"opened_on": "2999-01-01", "form_key": key}
        )
        self.accepts("city_officer", "create_institution", **self.DATA, form_key=key)


class EditInstitution(RegisterStory):
    def form(self, part="city_officer"):
        """The fields as the page sends them."""
        self.sign_in(part)
        form = self.client.get(self.url("edit_institution", self.hospital.pk)).context["form"]
        data = {name: form[name].value() for name in form.fields}
        data = {name: "" if value is None else value for name, value in data.items()}
        data.pop("has_laboratory")
        data["region"] = data["region"].code
        return data

    def test_authority_edits(self):
        self.accepts("city_officer", "edit_institution", self.hospital.pk, **self.form() | {"name": "涧河示例医院"})
        self.hospital.refresh_from_db()
        self.assertEqual((self.hospital.name, self.hospital.initials), ("涧河示例医院", "jhslyy"))

    def test_conflict_is_asked_about_and_nothing_lost(self):
        mine = self.form() | {"name": "我改的名", "phone": "0379-1"}
        self.accepts(
            "province_officer",
            "edit_institution",
            self.hospital.pk,
            **self.form("province_officer") | {"name": "别人改的名"},
        )
        asked = self.send("city_officer", "edit_institution", self.hospital.pk, **mine)
        self.assertEqual(asked.status_code, 409)
        for words in ("涧河医院", "别人改的名", "我改的名"):
            self.assertContains(asked, words, status_code=409)
        self.assertNotContains(asked, "0379-1</", status_code=409)  # only what conflicts is asked about
        self.hospital.refresh_from_db()
        self.assertEqual((self.hospital.name, self.hospital.phone), ("别人改的名", ""))
        context = asked.context
        again = dict(context["kept"]) | {"seen": context["seen"], "asked": context["asked"]}
        # Not choosing is no choice.
        unchosen = self.send("city_officer", "edit_institution", self.hospital.pk, **again)
        self.assertEqual(unchosen.status_code, 422)
        self.accepts("city_officer", "edit_institution", self.hospital.pk, **again | {"name": "我改的名"})
        self.hospital.refresh_from_db()
        self.assertEqual((self.hospital.name, self.hospital.phone), ("我改的名", "0379-1"))

    def test_untouched_field_does_not_put_back_an_old_value(self):
        stale = self.form() | {"phone": "0379-1"}
        self.accepts(
            "province_officer", "edit_institution", self.hospital.pk, **self.form("province_officer") | {"beds": "900"}
        )
        asked = self.send("city_officer", "edit_institution", self.hospital.pk, **stale)
        self.assertEqual(asked.status_code, 409)
        self.assertEqual([row["name"] for row in asked.context["rows"]], ["beds"])
        self.hospital.refresh_from_db()
        self.assertEqual(self.hospital.beds, 900)

    def test_form_of_another_record_is_refused(self):
        self.sign_in("city_officer")
        other = self.client.get(self.url("edit_institution", self.county_hospital.pk)).context["form"]["seen"].value()
        for seen in (other, "forged", ""):
            self.refuses("失效", "city_officer", "edit_institution", self.hospital.pk, **self.form() | {"seen": seen})

    def test_county_does_not_edit_its_neighbour(self):
        self.absent("county_officer", "edit_institution", self.hospital.pk)

    def test_moving_out_of_reach_is_refused(self):
        self.refuses(
            "没有找到", "city_officer", "edit_institution", self.hospital.pk, **self.form() | {"region": "4113"}
        )

    def test_host_is_not_moved_away_from_its_centre(self):
        """A centre's host lies in its region: 涧河医院 hosts the centre of 洛阳 and the provincial one."""
        move = self.form("province_officer") | {"region": "411381"}
        words = "该机构挂靠着洛阳市烧伤质控中心，不能移到邓州市"
        self.refuses(words, "province_officer", "edit_institution", self.hospital.pk, **move)
        inside = self.form("province_officer") | {"region": "410328"}
        self.accepts("province_officer", "edit_institution", self.hospital.pk, **inside)
        actions.close_centre(self.city_centre, by=None, at=NOW, happened_on=DAY, reason="撤销")
        move = self.form("province_officer") | {"region": "411381"}
        self.accepts("province_officer", "edit_institution", self.hospital.pk, **move)

    def test_outsider(self):
        self.absent("outsider", "edit_institution", self.hospital.pk)


class RetireInstitution(RegisterStory):
    def test_host_of_standing_centres_stays(self):
        self.refuses("还挂靠 2 个在册质控中心", "city_officer", "retire_institution", self.hospital.pk, reason="合并")

    def test_retired_and_restored(self):
        spare = self.institution("41030502", "备用示例医院", "410305", level="1", kind="general")
        self.refuses("正在使用", "city_officer", "restore_institution", spare.pk, reason="x")
        self.accepts("city_officer", "retire_institution", spare.pk, reason="停业")
        spare.refresh_from_db()
        self.assertFalse(spare.is_active)
        self.refuses("已经停用", "city_officer", "retire_institution", spare.pk, reason="停业")
        self.accepts("city_officer", "restore_institution", spare.pk, reason="复业")
        spare.refresh_from_db()
        self.assertTrue(spare.is_active)

    def test_reason_is_required(self):
        self.refuses("这个字段是必填项", "city_officer", "retire_institution", self.hospital.pk, reason=" \u200b ")

    def test_outsider(self):
        self.absent("outsider", "retire_institution", self.hospital.pk, reason="x")


class Committee(RegisterStory):
    def chair(self, name, day=DAY, **data):
        return {"post": "chair", "person_name": name, "started_on": day, **data}

    def in_force(self):
        return InstitutionOfficer.objects.filter(institution=self.hospital, ended_on__isnull=True)

    def test_exactly_one_chair_in_force(self):
        self.accepts("hospital_reporter", "appoint_officer", self.hospital.pk, **self.chair("甲院长"))
        self.accepts(
            "hospital_reporter",
            "appoint_officer",
            self.hospital.pk,
            **self.chair("乙院长", "2026-10-01", reason="换届"),
        )
        self.assertEqual([officer.person_name for officer in self.in_force()], ["乙院长"])
        former = InstitutionOfficer.objects.get(person_name="甲院长")
        self.assertEqual((str(former.ended_on), former.reason), ("2026-10-01", "换届"))
        self.refuses(
            "须有一位主任",
            "hospital_reporter",
            "end_officer",
            self.in_force().get().pk,
            ended_on="2026-11-01",
            reason="x",
        )

    def test_chair_before_the_present_one_is_refused(self):
        self.accepts("hospital_reporter", "appoint_officer", self.hospital.pk, **self.chair("甲院长"))
        self.refuses(
            "早于", "hospital_reporter", "appoint_officer", self.hospital.pk, **self.chair("乙院长", "2026-08-01")
        )

    def test_officer_appointed_and_ended(self):
        data = {"post": "quality_officer", "person_name": "某质控员", "started_on": DAY}
        self.refuses("须填写科室", "hospital_reporter", "appoint_officer", self.hospital.pk, **data)
        self.accepts("hospital_reporter", "appoint_officer", self.hospital.pk, **data, department="检验科")
        self.refuses("已在任", "hospital_reporter", "appoint_officer", self.hospital.pk, **data, department="检验科")
        officer = self.in_force().get()
        self.refuses("早于", "hospital_reporter", "end_officer", officer.pk, ended_on="2026-08-01", reason="调动")
        self.accepts("hospital_reporter", "end_officer", officer.pk, ended_on="2026-10-01", reason="调动")
        self.refuses("已离任", "hospital_reporter", "end_officer", officer.pk, ended_on="2026-10-01", reason="调动")

    def test_only_the_hospital_itself(self):
        self.absent("city_officer", "appoint_officer", self.hospital.pk, **self.chair("甲"))
        self.absent("technician", "appoint_officer", self.hospital.pk, **self.chair("甲"))
        self.absent("hospital_reporter", "appoint_officer", self.county_hospital.pk, **self.chair("甲"))
