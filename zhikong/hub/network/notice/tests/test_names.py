"""The seed dictionary and the reduction of names."""

from __future__ import annotations

import csv

import pytest

from zhikong.hub.network.notice import default_dictionary, normalise, read_notice
from zhikong.hub.network.notice.names import (
    SEED,
    build_catalogue,
    city_stem,
    lost_sign,
    reduce_centre_name,
)

from .henan import henan

# 湖北省全面提升医疗质量行动实施方案（2023—2025年）: the nine specialties every city and county must cover.
KEY = {"心血管", "神经系统", "肿瘤", "麻醉", "重症", "药事", "院感", "护理", "病案"}

# 桂卫办发〔2025〕15号, annex: the 39 evaluated centres, without province and suffix.
GUANGXI = (
    "护理管理、临床检验、医院感染管理、病案管理、产科、药事管理、精神医学、结核病、病理、艾滋病、放射影像、"
    "核医学、重症医学、临床输血、皮肤和性传播疾病、麻醉、院前急救、手术室、消毒供应室、急诊医学、"
    "神经系统疾病、外周血管介入技术、肿瘤性疾病、临床营养、康复医学、妇科内镜技术、健康体检与管理、疼痛、"
    "心血管系统疾病、口腔医学、消化内镜技术、超声诊断、高压氧、耳鼻咽喉、眼科、血液内科、消化内科、"
    "人体器官移植技术、综合介入技术"
)


def test_seed_is_sound() -> None:
    with SEED.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["code"] for row in rows] == [f"SP{number:03d}" for number in range(1, len(rows) + 1)]
    assert {row["category"] for row in rows} == {"clinical", "medical_technology", "management"}
    assert all(row["short_name"] and row["source"] for row in rows)
    names = [normalise(row["name"]) for row in rows]
    aliases = [normalise(alias) for row in rows for alias in row["aliases"].split(";") if alias]
    assert len(set(names + aliases)) == len(names) + len(aliases)


def test_key_specialties_are_marked_and_found_by_their_short_names() -> None:
    dictionary = default_dictionary()
    codes = {dictionary.look_up(name)[1] for name in KEY}
    assert codes == {specialty.code for specialty in dictionary.specialties if specialty.is_key}
    assert len(codes) == 9


def test_every_provincial_centre_of_both_provinces_is_known() -> None:
    dictionary = default_dictionary()
    henan_codes = [dictionary.look_up(name)[1] for name, _ in henan().centres]
    assert henan_codes == [f"SP{number:03d}" for number in range(1, 55)]
    guangxi_codes = [dictionary.look_up(f"广西{name}专业医疗质量控制中心")[1] for name in GUANGXI.split("、")]
    assert None not in guangxi_codes
    assert len(set(guangxi_codes)) == 39


@pytest.mark.parametrize(
    ("name", "reduced"),
    [
        ("河南省呼吸内科专业医疗质量控制中心", ("呼吸内科", "专业医疗质量控制中心")),
        ("河南省脑损伤质控评价中心", ("脑损伤", "质控评价中心")),
        ("河南省临床检验中心", ("临床检验中心", "中心")),
        ("河南省医院感染管理医疗质量控制中心", ("医院感染管理", "医疗质量控制中心")),
        ("广西壮族自治区核医学 专业质控中心", ("核医学", "专业质控中心")),
        ("烧伤专业", ("烧伤", "")),
        ("罕见病", ("罕见病", "")),
        ("质控中心", ("质控中心", "")),
        ("", ("", "")),
    ],
)
def test_reduction(name: str, reduced: tuple[str, str]) -> None:
    expected, suffix = reduced
    found, pattern = reduce_centre_name(name)
    assert found == expected
    if suffix:
        assert pattern == suffix


def test_match_states() -> None:
    catalogue = build_catalogue(read_notice(henan().text().encode(), "a.txt"), default_dictionary())
    states = {
        name: catalogue.match(name).state
        for name in ("烧伤", "烧 伤专业质控中心", "（烧伤）", "心律失常介入技术", "眼科", "影像", "丙丁戊")
    }
    assert states == {
        "烧伤": "exact",
        "烧 伤专业质控中心": "exact",
        "（烧伤）": "exact",
        "心律失常介入技术": "alias",
        "眼科": "outside",
        "影像": "ambiguous",
        "丙丁戊": "unknown",
    }


def test_likeness_alone_never_maps() -> None:
    catalogue = build_catalogue(read_notice(henan().text().encode(), "a.txt"), default_dictionary())
    match = catalogue.match("结构性心脏病介入技木")  # one stroke off
    assert match.is_open
    assert match.key is None
    assert match.candidates[0].name == "结构性心脏病介入技术"
    assert match.candidates[0].similarity > 0.8


@pytest.mark.parametrize(
    ("printed", "canonical", "sign"),
    [
        ("静脉血栓塞症诊疗", "静脉血栓栓塞症", "栓"),
        ("儿童康复", "儿童康复医学", None),
        ("临床检验中心", "临床检验", None),
        ("临床输血", "临床用血", None),
        ("烧伤", "烧伤", None),
    ],
)
def test_lost_sign(printed: str, canonical: str, sign: str | None) -> None:
    assert lost_sign(printed, canonical) == sign


def test_city_stems() -> None:
    assert {city_stem(name) for name in ("济源", "济源市", "济源示范区", "济 源")} == {"济源"}
    assert city_stem("沙市") == "沙市"
