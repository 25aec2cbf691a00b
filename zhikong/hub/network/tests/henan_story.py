"""Henan's real network for the stories of coverage and notices: its regions, specialties, and the published notice.

Figures of these stories come from 豫卫医函〔2024〕96号, annexes 1 (54 provincial centres) and 2 (18 cities).
"""

import datetime as dt

from django.test import TestCase

from zhikong.hub.core.models import User
from zhikong.hub.demo.henan import notice_text
from zhikong.hub.network import actions
from zhikong.hub.network.actions.regions import load_regions
from zhikong.hub.network.actions.specialties import load_specialties
from zhikong.hub.network.models import Grant, Region, Role, Specialty
from zhikong.hub.network.notice import read_notice
from zhikong.hub.testing import NOW, PASSWORD, NetworkStory

ISSUED_ON = dt.date(2024, 12, 2)  # not printed in the text of the notice; given by hand
ANSWERS = {"影像": "SP047", "儿童介入技术": "uncertain", "心脏介入技术": "uncertain"}


def receive(**options):
    """The notice, read and kept, with nothing decided."""
    text = notice_text().encode()
    province = Region.objects.get(level="province", short_name="河南")
    return actions.receive_notice(
        read_notice(text, "henan.txt").to_dict(),
        file=[text],
        name="henan.txt",
        region=province,
        issued_on=ISSUED_ON,
        by=options.pop("by", None),
        at=NOW,
        **options,
    )


def take_in():
    notice = receive()
    actions.answer_names(notice, ANSWERS, by=None, at=NOW)
    return actions.take_in_notice(notice, create_institutions=True, by=None, at=NOW)


class HenanStory(TestCase):
    """Henan with the notice taken in, and people of the province, of two cities, of a county and of a centre."""

    @classmethod
    def setUpTestData(cls):
        load_regions("41", by=None, at=NOW)
        load_specialties(by=None, at=NOW)
        cls.regions = {region.short_name: region for region in Region.objects.filter(level__in=["province", "city"])}
        cls.counties = {region.name: region for region in Region.objects.filter(level="county")}
        cls.specialties = {specialty.code: specialty for specialty in Specialty.objects.all()}
        cls.notice = take_in()
        cls.people = {
            "province_officer": cls.person("province", Role.OFFICE, cls.regions["河南"]),
            "city_officer": cls.person("luoyang", Role.COMMISSION, cls.regions["洛阳"]),
            "county_officer": cls.person("luoning", Role.COMMISSION, cls.counties["洛宁县"]),
            "outsider": cls.person("nanyang", Role.COMMISSION, cls.regions["南阳"]),
            "centre_secretary": cls.person(
                "burns", Role.SECRETARY, cls.regions["河南"], specialty=cls.specialties["SP009"]
            ),
        }

    @classmethod
    def person(cls, username, role, region, specialty=None):
        user = User.objects.create_user(username, PASSWORD, name=username)
        Grant.objects.create(user=user, role=role, region=region, specialty=specialty, starts_on=dt.date(2025, 1, 1))
        return user

    sign_in = NetworkStory.sign_in
