"""Henan's network notice, rebuilt from its facts: 豫卫医函〔2024〕96号, annexes 1 and 2 and the figures of its prose.

The facts are the document's; the wording around them is ours. `NoticeData` renders them as text, CSV or workbook.
"""

from __future__ import annotations

import csv
import io
from copy import deepcopy
from dataclasses import dataclass, field

import openpyxl

PAGE_ROWS = 15  # tables break over pages, and each page repeats the header


@dataclass
class City:
    name: str
    established: int | str
    stated: int | str | None
    missing: list[str]
    brackets: str = "（）"

    @property
    def cell(self) -> str:
        left, right = self.brackets
        count = "" if self.stated is None else f"{left}{self.stated}个{right}"
        return "、".join(self.missing) + count


@dataclass
class NoticeData:
    province: str
    centres: list[tuple[str, str]]
    cities: list[City]
    provincial_total: int
    city_total: int
    county_total: int
    tops: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    bottoms: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    addressees: list[str] = field(default_factory=list)
    centre_numbers: list[int | str] | None = None
    city_numbers: list[int | str] | None = None

    def copy(self) -> NoticeData:
        return deepcopy(self)

    def prose(self) -> list[str]:
        def ranking(word: str, items: list[tuple[str, int]], spaced: bool) -> str:
            gap = " " if spaced else ""
            return f"数量{word}的地区是：" + "、".join(f"{city}{gap}{count}{gap}个" for city, count in items)

        lines = [
            f"{self.province}卫生健康委员会",
            "",
            "豫卫医函〔2024〕96号",
            "",
            "关于质控网络建设 进展的通报",
            "",
            "，".join(self.addressees) + "：",
            "",
            f"（一）省级。目前全省有省级质控中心{self.provincial_total}个。",
            f"（二）市级。全省已有市级质控中心{self.city_total}个，其中组建"
            + "；组建".join(
                ranking(word, items, False)
                for word, items in (("较多", self.tops.get("city")), ("较少", self.bottoms.get("city")))
                if items
            )
            + "。",
            f"（三）县级。全省已有{self.county_total}个县（市）级质控组织，其中组建数量",
            "",  # the sentence breaks over a page
            "；组建".join(
                ranking(word, items, True).removeprefix("数量") if index == 0 else ranking(word, items, True)
                for index, (word, items) in enumerate(
                    (("较多", self.tops.get("county")), ("较少", self.bottoms.get("county")))
                )
                if items
            )
            + "。",
        ]
        return lines

    def centre_table(self) -> list[list[str]]:
        numbers = self.centre_numbers or list(range(1, len(self.centres) + 1))
        return [
            [str(number), self.province + name, hosts]
            for number, (name, hosts) in zip(numbers, self.centres, strict=True)
        ]

    def city_table(self) -> list[list[str]]:
        numbers = self.city_numbers or list(range(1, len(self.cities) + 1))
        return [
            [str(number), city.name, str(city.established), city.cell]
            for number, city in zip(numbers, self.cities, strict=True)
        ]

    CENTRE_HEADER = ("序号", "质控中心名称", "责任单位")
    CITY_HEADER = ("序号", "省辖市", "已成立数量", "未成立质控中心的专业")

    def text(self) -> str:
        lines = [*self.prose(), "", "附件 1", "", "省级名单", ""]
        for start in range(0, len(self.centres), PAGE_ROWS):
            lines.append("\t".join(self.CENTRE_HEADER))
            lines += ["\t".join(row).replace("、", " ") for row in self.centre_table()[start : start + PAGE_ROWS]]
            lines.append("")
        lines += ["附件 2", "", "各市情况", ""]
        for start in range(0, len(self.cities), 5):
            if start == 10:  # one page prints a second header row
                lines += ["\t".join((*self.CITY_HEADER, "")), "\t\t\t专业名称\t数量"]
            else:
                lines.append("\t".join(self.CITY_HEADER))
            lines += ["\t".join(row) for row in self.city_table()[start : start + 5]]
            lines += ["", f"— {start + 1} —", ""]
        return "\n".join(lines)

    def csv(self) -> str:
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerows([line] for line in self.prose())
        writer.writerow(self.CENTRE_HEADER)
        writer.writerows(self.centre_table())
        writer.writerow([])
        writer.writerow(self.CITY_HEADER)
        writer.writerows(self.city_table())
        return out.getvalue()

    def workbook(self) -> bytes:
        book = openpyxl.Workbook()
        book.active.title = "正文"
        for line in self.prose():
            book.active.append([line])
        for title, header, rows in (
            ("附件1", self.CENTRE_HEADER, self.centre_table()),
            ("附件2", self.CITY_HEADER, self.city_table()),
        ):
            sheet = book.create_sheet(title)
            sheet.append([title])
            sheet.append(list(header))
            for row in rows:
                sheet.append([int(cell) if cell.isdigit() else cell for cell in row])
        out = io.BytesIO()
        book.save(out)
        return out.getvalue()


CENTRES = """
呼吸内科专业医疗质量控制中心 河南省人民医院
消化内科专业医疗质量控制中心 河南省人民医院
肾脏病质量控制中心 河南省人民医院
血液净化治疗质量控制中心 郑州大学第一附属医院
内分泌专业质量控制中心 河南省人民医院
老年医学医疗质量控制中心 河南省人民医院
普通外科专业医疗质量控制中心 郑州大学第一附属医院
胸外科医疗质量控制中心 郑州大学第一附属医院
烧伤专业质量控制中心 郑州市第一人民医院
整形美容专业医疗质量控制中心 郑州大学第一附属医院
精神医学专业医疗质量控制中心 河南省精神病医院
妇科医疗质量控制中心 郑州大学第一附属医院
产科医疗质量控制中心 郑州大学第三附属医院
儿科及小儿外科医疗质量控制中心 郑州大学第三附属医院、河南省儿童医院
耳鼻咽喉专业质量控制中心 郑州大学第一附属医院
口腔医疗质量控制中心 郑州大学第一附属医院
感染性疾病专业医疗质量控制中心 郑州大学第一附属医院
急诊医疗质量控制中心 河南省人民医院
康复医学质量控制中心 郑州大学第五附属医院
麻醉质量控制中心 河南省人民医院
疼痛专业医疗质量控制中心 河南省人民医院
重症医学质量控制中心 河南省人民医院
临床营养质量控制中心 郑州大学第二附属医院
健康管理质量控制中心 阜外华中心血管病医院
新生儿重症专业医疗质量控制中心 郑州大学第三附属医院
创伤医疗质量控制中心 郑州市中心医院
儿童康复医学质量控制中心 郑州大学第三附属医院
儿童早期发展与评估质量控制中心 郑州大学第五附属医院
脑损伤质控评价中心 郑州大学第一附属医院
结构性心脏病介入技术质量控制中心 阜外华中心血管病医院
外周血管介入技术质量控制中心 阜外华中心血管病医院
心律失常介入诊疗质量控制中心 河南省胸科医院
冠心病介入技术医疗质量控制中心 河南省人民医院
综合介入技术质量控制中心 河南省肿瘤医院
口腔种植医疗质量控制中心 河南大学赛思口腔医院
神经系统疾病医疗质量控制中心 郑州大学第一附属医院
心血管系统疾病医疗质量控制中心 阜外华中心血管病医院
肿瘤性疾病医疗质量控制中心 河南省肿瘤医院
罕见病医疗质量控制中心 郑州大学第一附属医院
艾滋病诊疗质量控制中心 河南省传染病医院
静脉血栓塞症诊疗质量控制中心 郑州大学第一附属医院
护理管理专业医疗质量控制中心 河南省人民医院
药事管理专业医疗质量控制中心 郑州大学第一附属医院
临床检验中心 河南省人民医院
病理质量控制中心 河南省人民医院
超声医学质量控制中心 河南省人民医院
放射影像质量控制中心 郑州大学第一附属医院
核医学质量控制中心 郑州大学第一附属医院
医院消毒供应质量控制中心 河南省人民医院
临床用血质量控制中心 郑州大学第一附属医院
门诊管理医疗质量控制中心 郑州大学第一附属医院
病案管理医疗质量控制中心 郑州大学第一附属医院
医院感染管理医疗质量控制中心 郑州大学第一附属医院
院前急救管理医疗质量控制中心 郑州市紧急医疗救援中心
"""

CITIES = """
郑州 62 1 全 艾滋病诊疗
开封 33 20 全 内分泌、普通外科、胸外科、烧伤、整形美容、妇科、耳鼻咽喉、感染性疾病、临床营养、儿童康复、\
儿童早期发展与评估、结构性心脏病介入技术、外周血管介入技术、心律失常介入技术、综合介入技术、肿瘤性疾病、罕见病、\
超声医学、放射影像、临床用血
洛阳 63 2 全 口腔种植、核医学
平顶山 37 19 全 老年医学、普通外科、胸外科、烧伤、整形美容、妇科、儿科及小儿外科、耳鼻咽喉、儿童康复、\
儿童早期发展与评估、结构性心脏病介入技术、外周血管介入技术、心律失常介入技术、综合介入技术、口腔种植、罕见病、\
静脉血栓栓塞症、核医学、门诊管理
安阳 44 13 全 老年医学、普通外科、烧伤、儿童康复、儿童早期发展与评估、结构性心脏病介入技术、外周血管介入技术、\
心律失常介入技术、冠心病介入技术、综合介入技术、罕见病、医学消毒供应、门诊管理
鹤壁 39 14 半 消化内科、老年医学、普通外科、胸外科、烧伤、精神医学、疼痛、临床营养、创伤、儿童早期发展与评估、\
口腔种植、罕见病、核医学、门诊管理
新乡 28 26 半 内分泌、老年医学、普通外科、胸外科、烧伤、整形美容、精神医学、妇科、儿科及小儿外科、耳鼻咽喉、\
感染性疾病、疼痛、创伤、儿童康复、儿童介入技术、心律失常介入技术、外周血管介入技术、心脏介入技术、综合介入技术、\
口腔种植、罕见病、静脉血栓栓塞症、药事管理、影像、核医学、病案管理
焦作 35 19 半 消化内科、老年医学、胸外科、烧伤、整形美容、精神医学、妇科、儿科及小儿外科、耳鼻咽喉、疼痛、创伤、\
儿童发展与评估、结构性心脏病介入技术、罕见病、门诊管理
濮阳 51 8 半 内分泌、烧伤、妇科、耳鼻咽喉、急诊、结构性心脏病介入技术、外周血管介入技术、综合介入技术
许昌 48 7 半 胸外科、烧伤、整形美容、临床营养、结构性心脏病介入技术、罕见病、核医学
漯河 33 19 全 内分泌、老年医学、普通外科、胸外科、烧伤、整形美容、精神医学、妇科、耳鼻咽喉、创伤、\
儿童早期发展与评估、结构性心脏病介入技术、外周血管介入技术、心律失常介入技术、综合介入技术、心血管系统疾病、\
罕见病、静脉血栓栓塞症、核医学
三门峡 66 5 全 烧伤、结构性心脏病介入技术、外周血管介入技术、心律失常介入技术、罕见病
南阳 50 15 全 老年医学、烧伤、整形美容、儿科及小儿外科、耳鼻咽喉、感染性疾病、儿童早期发展与评估、\
结构性心脏病介入技术、外周血管介入技术、综合介入技术、罕见病、静脉血栓栓塞症、放射影像、核医学、门诊管理
商丘 60 4 全 烧伤、结构性心脏病介入技术、外周血管介入技术、罕见病
信阳 45 13 全 老年医学、胸外科、烧伤、整形美容、疼痛、临床营养、结构性心脏病介入技术、外周血管介入技术、\
心律失常介入技术、综合介入技术、口腔种植、罕见病、核医学
周口 50 7 全 胸外科、烧伤、整形美容、结构性心脏病介入技术、罕见病、静脉血栓栓塞症、临床检验
驻马店 55 7 全 烧伤、整形美容、耳鼻咽喉、儿童早期发展与评估、结构性心脏病介入技术、口腔种植、罕见病
济源 25 31 全 呼吸内科、消化内科、内分泌、普通外科、胸外科、烧伤、整形美容、精神医学、产科、儿科及小儿外科、\
耳鼻咽喉、感染性疾病、疼痛、临床营养、健康管理、创伤、儿童康复、儿童早期发展与评估、结构性心脏病介入技术、\
外周血管介入技术、心律失常介入技术、冠心病介入技术、综合介入技术、口腔种植、罕见病、艾滋病诊疗、核医学、\
医院消毒供应、门诊管理、院前急救
"""


def henan() -> NoticeData:
    """As published, with its contradictions."""
    cities = []
    for line in CITIES.split("\n"):
        if line:
            name, established, stated, width, missing = line.split(" ")
            brackets = "（）" if width == "全" else "()"
            cities.append(City(name, int(established), int(stated), missing.split("、"), brackets))
    return NoticeData(
        province="河南省",
        centres=[(line.split(" ")[0], line.split(" ")[1]) for line in CENTRES.split("\n") if line],
        cities=cities,
        provincial_total=54,
        city_total=824,
        county_total=1780,
        tops={
            "city": [("三门峡", 66), ("洛阳", 63), ("郑州", 62), ("商丘", 60), ("驻马店", 55)],
            "county": [("信阳", 238), ("南阳", 212), ("洛阳", 209), ("商丘", 150), ("周口", 149)],
        },
        bottoms={
            "city": [("济源", 25), ("新乡", 28), ("开封", 33), ("漯河", 33)],
            "county": [("鹤壁", 8), ("新乡", 17), ("开封", 17)],
        },
        addressees=["各省辖市、济源示范区卫生健康委", "航空港区教卫体局", "省直各医疗机构", "各省级医疗质量控制中心"],
    )
