"""The sentences of a report, Chinese and English side by side. They live here because this package knows no Django.

Words in braces are the parameters of a finding; `level` and `end` are themselves translated through WORDS.
"""

from __future__ import annotations

from collections.abc import Mapping

from .records import Checked, Finding, Param

WORDS: dict[str, tuple[str, str]] = {
    "province": ("省级", "provincial"),
    "city": ("市级", "city-level"),
    "county": ("县级", "county-level"),
    "top": ("较多", "most"),
    "bottom": ("较少", "fewest"),
    "contradiction": ("矛盾", "contradiction"),
    "doubt": ("存疑", "doubt"),
    "hint": ("提示", "hint"),
    "centres": ("省级中心名单", "list of provincial centres"),
    "cities": ("各市表", "table of cities"),
}

# What each kind of finding is about, for the column "where" of a list.
TITLES: dict[str, tuple[str, str]] = {
    "not_a_number": ("数字", "number"),
    "impossible_number": ("数字", "number"),
    "missing_count": ("缺口", "missing count"),
    "list_unfinished": ("缺口", "missing count"),
    "shortfall": ("已建 + 缺口", "established + missing"),
    "too_many_missing": ("缺口", "missing count"),
    "duplicate_city": ("各市表", "table of cities"),
    "unknown_city": ("市名", "city name"),
    "city_without_row": ("各市表", "table of cities"),
    "duplicate_name": ("专业名", "specialty name"),
    "unknown_name": ("专业名", "specialty name"),
    "name_outside_list": ("专业名", "specialty name"),
    "name_decided_outside": ("专业名", "specialty name"),
    "alias_used": ("专业名", "specialty name"),
    "misprint": ("省级名单", "provincial list"),
    "unknown_centre": ("省级名单", "provincial list"),
    "duplicate_centre": ("省级名单", "provincial list"),
    "several_hosts": ("省级名单", "provincial list"),
    "mixed_naming": ("命名方式", "naming patterns"),
    "numbering": ("序号", "numbering"),
    "total": ("合计", "total"),
    "impossible_total": ("合计", "total"),
    "total_not_checkable": ("合计", "total"),
    "ranking_value": ("正文排名", "ranking in the prose"),
    "ranking_without_row": ("正文排名", "ranking in the prose"),
    "ranking_omits": ("正文排名", "ranking in the prose"),
    "ranking_tie": ("正文排名", "ranking in the prose"),
    "ranking_order": ("正文排名", "ranking in the prose"),
    "ranking_repeats": ("正文排名", "ranking in the prose"),
    "ranking_overlap": ("正文排名", "ranking in the prose"),
    "addressee_without_row": ("收文单位", "addressee"),
    "never_missing": ("各市都已建", "established everywhere"),
    "mixed_brackets": ("括号", "brackets"),
}

MESSAGES: dict[str, tuple[str, str]] = {
    "not_a_number": ("“{raw}”不是整数，无法核对", "“{raw}” is no whole number and cannot be checked"),
    "not_a_number.blank": ("应有数字，这里是空的", "a number is expected here, the place is blank"),
    "impossible_number": ("{stated} 是负数，不可能", "{stated} is negative, which is impossible"),
    "missing_count": (
        "写明 {stated} 个，名单 {listed} 个，差 {gap} 个",
        "{stated} stated, {listed} listed: {gap} apart",
    ),
    "missing_count.dropped": (
        "写明 {stated} 个，名单 {listed} 个；已建 {established} + 写明 {stated} = {total}，"
        "正好是省级数，名单多半漏印 {gap} 个",
        "{stated} stated, {listed} listed; {established} established + {stated} stated = {total}, "
        "exactly the provincial number: {gap} names were probably dropped",
    ),
    "missing_count.twice": (
        "括号中写明 {stated} 个，数量列写明 {column} 个",
        "{stated} stated in brackets, {column} in the count column",
    ),
    "list_unfinished": (
        "写明 {stated} 个，名单以“等”结尾，只写出 {listed} 个，还有 {gap} 个没有写出",
        "{stated} stated; the list ends in “etc.” and names {listed}: {gap} are not named",
    ),
    "shortfall": (
        "已建 {established} + 缺口 {missing} = {sum}，比省级 {total} 个少 {gap} 个："
        "有 {gap} 个专业既不在已建也不在缺口",
        "{established} established + {missing} missing = {sum}, {gap} below the {total} provincial specialties: "
        "as many are in neither",
    ),
    "too_many_missing": (
        "缺口 {missing} 个，多于省级全部 {total} 个专业",
        "{missing} missing, more than all {total} provincial specialties",
    ),
    "duplicate_city": (
        "“{city}”在各市表中出现 {count} 次（{places}）",
        "“{city}” stands {count} times in the table of cities ({places})",
    ),
    "unknown_city": (
        "“{city}”不是本省已知的市名，请确认；相近的有：{candidates}",
        "“{city}” is no known city of the province, please confirm; similar: {candidates}",
    ),
    "unknown_city.none": (
        "“{city}”不是本省已知的市名，请确认",
        "“{city}” is no known city of the province, please confirm",
    ),
    "unknown_city.blank": ("这一行没有市名", "this row names no city"),
    "city_without_row": ("“{city}”在各市表中没有行", "“{city}” has no row in the table of cities"),
    "duplicate_name": (
        "同一专业列了 {count} 次：{names}；去重后名单 {distinct} 个",
        "one specialty is listed {count} times: {names}; {distinct} names remain without repeats",
    ),
    "unknown_name": (
        "“{name}”（{cities}）不在省级名单，可能是：{candidates}；请确认，未作对应",
        "“{name}” ({cities}) is not in the provincial list; it may mean: {candidates}; "
        "please confirm, nothing was mapped",
    ),
    "unknown_name.none": (
        "“{name}”（{cities}）不在省级名单，也没有相近的名称；请确认，未作对应",
        "“{name}” ({cities}) is not in the provincial list and resembles nothing there; "
        "please confirm, nothing was mapped",
    ),
    "unknown_name.joined": (
        "“{name}”（{cities}）不在省级名单；若是 {number} 个名称（{parts}），请在原文件中用顿号分开后重新上传；请确认，未作对应",
        "“{name}” ({cities}) is not in the provincial list; if it is {number} names ({parts}), "
        "part them with “、” in the file and upload it again; please confirm, nothing was mapped",
    ),
    "name_outside_list": (
        "“{name}”（{cities}）是已知专业“{known}”，但不在省级名单的 {total} 个之中",
        "“{name}” ({cities}) is the known specialty “{known}”, but not among the {total} of the provincial list",
    ),
    "name_decided_outside": (
        "“{name}”（{cities}）已认定不是省级名单中的专业",
        "“{name}” ({cities}) was decided to be no specialty of the provincial list",
    ),
    "alias_used": (
        "“{name}”按省级名单的“{known}”读入：{count} 市（{cities}）",
        "“{name}” is read as “{known}” of the provincial list (cities: {count}; {cities})",
    ),
    "misprint": (
        "省级名单第 {number} 号印作“{name}”，规范名称是“{known}”，疑漏一个“{sign}”；"
        "{count} 市（{cities}）写作“{written}”",
        "no. {number} of the provincial list prints “{name}”; the canonical name is “{known}”, a “{sign}” seems lost; "
        "“{written}” is written by {cities} (cities: {count})",
    ),
    "misprint.alone": (
        "省级名单第 {number} 号印作“{name}”，规范名称是“{known}”，疑漏一个“{sign}”",
        "no. {number} of the provincial list prints “{name}”; the canonical name is “{known}”, a “{sign}” seems lost",
    ),
    "unknown_centre": (
        "“{name}”不在专业目录，可能是：{candidates}；请确认，未作对应",
        "“{name}” is not in the dictionary of specialties; it may mean: {candidates}; "
        "please confirm, nothing was mapped",
    ),
    "unknown_centre.none": (
        "“{name}”不在专业目录，也没有相近的名称；请确认，未作对应",
        "“{name}” is not in the dictionary of specialties and resembles nothing there; "
        "please confirm, nothing was mapped",
    ),
    "unknown_centre.blank": ("这一行没有中心名称", "this row names no centre"),
    "duplicate_centre": (
        "同一专业的省级中心列了 {count} 次：{names}",
        "the provincial centre of one specialty is listed {count} times: {names}",
    ),
    "several_hosts": (
        "第 {number} 号“{name}”有 {count} 个责任单位：{hosts}；未写明由谁牵头",
        "no. {number} “{name}” has {count} hosts: {hosts}; which one leads is not stated",
    ),
    "mixed_naming": (
        "{total} 个名称用了 {count} 种后缀：{patterns}；应按编码而不是名称对应",
        "{total} names use {count} suffixes: {patterns}; match by code, not by name",
    ),
    "numbering.repeated": ("序号 {value} 重复", "number {value} is repeated"),
    "numbering.gap": ("序号应为 {expected}，印作 {value}", "number {expected} is expected, {value} is printed"),
    "total.sum": (
        "写明{level}合计 {stated}，各市已建相加 {sum}，差 {gap}",
        "{stated} {level} stated in total, the cities add up to {sum}: {gap} apart",
    ),
    "total.rows": (
        "写明{level} {stated} 个，附件列出 {listed} 行，差 {gap}",
        "{stated} {level} stated, {listed} rows listed: {gap} apart",
    ),
    "total.part": (
        "合计行写 {stated}，所属 {count} 市已建相加 {sum}，差 {gap}",
        "the total row says {stated}, its {count} cities add up to {sum}: {gap} apart",
    ),
    "impossible_total": (
        "{level}合计 {stated}，已列 {listed} 市共 {sum}，其余 {rest} 市应共 {remainder}，"
        "但按排名其余各市只能在 {low} 到 {high} 之间（共 {least} 到 {most}），不可能",
        "{stated} {level} in total, {listed} cities listed with {sum}: the other {rest} must hold {remainder}, "
        "but by the rankings each lies between {low} and {high} ({least} to {most} together): impossible",
    ),
    "impossible_total.open": (
        "{level}合计 {stated}，已列 {listed} 市共 {sum}，其余 {rest} 市应共 {remainder}，"
        "但按排名其余各市每市至少 {low} 个（至少共 {least}），不可能",
        "{stated} {level} in total, {listed} cities listed with {sum}: the other {rest} must hold {remainder}, "
        "but by the rankings each has at least {low} ({least} together): impossible",
    ),
    "total_not_checkable": (
        "{level}合计 {stated}，正文只给 {listed} 市（共 {sum}），其余 {rest} 市应共 {remainder}，没有附表可核对",
        "{stated} {level} in total, the prose gives only {listed} cities ({sum}); "
        "the other {rest} must hold {remainder}, no annex to check",
    ),
    "ranking_value": (
        "正文{level}{end}名单写 {city} {stated}，附表为 {row}（{place}）",
        "the {level} list of the {end} gives {city} {stated}, the annex {row} ({place})",
    ),
    "ranking_without_row": (
        "正文{level}{end}名单有“{city}”，附表没有这一市",
        "the {level} list of the {end} names “{city}”, the annex has no such city",
    ),
    "ranking_omits": (
        "附表 {city} {row} 个，应列入正文{level}{end}名单（名单到 {bound} 个为止）却没有",
        "{city} has {row} in the annex and belongs in the {level} list of the {end}, which ends at {bound}",
    ),
    "ranking_tie": (
        "附表 {city} {row} 个，与正文{level}{end}名单的末位并列，名单没有列",
        "{city} has {row} in the annex, a tie with the end of the {level} list of the {end}, and is not listed",
    ),
    "ranking_order": (
        "正文{level}{end}名单次序不对：{before} {first} 之后是 {city} {second}",
        "the {level} list of the {end} is out of order: {before} {first} is followed by {city} {second}",
    ),
    "ranking_repeats": (
        "正文{level}{end}名单中“{city}”出现 {count} 次",
        "the {level} list of the {end} names “{city}” {count} times",
    ),
    "ranking_overlap": (
        "“{city}”既在{level}较多名单又在较少名单",
        "“{city}” is in both {level} lists, of the most and of the fewest",
    ),
    "ranking_overlap.values": (
        "{level}较多名单的最小值 {first} 小于较少名单的最大值 {second}",
        "the smallest of the most ({first}) is below the largest of the fewest ({second}), {level}",
    ),
    "addressee_without_row": (
        "“{name}”是收文单位，但各市表没有“{region}”这一行",
        "“{name}” is an addressee, but the table of cities has no row for “{region}”",
    ),
    "never_missing": (
        "省级 {total} 个专业中有 {count} 个没有任何市写缺：{names}；{cities} 市是否都已建，请各市附批文",
        "{count} of the {total} provincial specialties are missing in no city: {names}; "
        "ask the {cities} cities for proof",
    ),
    "mixed_brackets": (
        "缺口数的括号全角、半角混用：全角 {full} 市，半角 {half} 市，一全一半 {mixed} 市",
        "brackets of both widths around the missing counts: full {full}, half {half}, one of each {mixed}",
    ),
}

CHECKED: dict[str, tuple[str, str]] = {
    "total.sum": ("{count} 市已建合计 {sum}，与写明的一致", "{count} cities add up to {sum}, as stated"),
    "total.rows": ("省级中心名单 {count} 行，与正文一致", "{count} rows of provincial centres, as the prose states"),
    "total.part": (
        "合计行的 {count} 市已建相加 {sum}，一致",
        "the {count} cities of a total row add up to {sum}, as it says",
    ),
    "total.complete": (
        "{level}合计 {sum}，正文列出的 {count} 市相加一致",
        "{sum} {level} in total, as the {count} cities in the prose add up to",
    ),
    "ranking": (
        "正文{level}{end}名单 {count} 市与附表一致",
        "the {level} list of the {end} agrees with the annex for {count} cities",
    ),
    "ranking.order": (
        "正文{level}{end}名单 {count} 市次序无误",
        "the {level} list of the {end}, {count} cities, is in order",
    ),
    "missing_count": (
        "{count} 市写明的缺口数与名单个数一致（{cities} 市中）",
        "for {count} of {cities} cities the stated missing count equals the names listed",
    ),
    "missing_sums": (
        "各市写明的缺口合计 {stated}，名单合计 {listed}",
        "missing counts stated add up to {stated}, names listed to {listed}",
    ),
    "names": (
        "读入 {count} 个专业名：{exact} 个与名单同名，{alias} 个按别名，{open} 个待确认，{outside} 个不在名单",
        "{count} names read: {exact} as in the list, {alias} by alias, "
        "{open} to be confirmed, {outside} outside the list",
    ),
    "numbering": ("{table}序号 1 到 {last} 连续", "numbers 1 to {last} of the {table} are consecutive"),
    "no_catalogue": (
        "来文没有省级中心名单，也没有给出本省名单：未核对已建 + 缺口是否达到省级数",
        "no provincial list in the notice and none given: established + missing was not checked",
    ),
    "no_total": ("来文没有写明{level}合计，未核对", "no {level} total is stated, so none was checked"),
    "several_totals": (
        "正文写了几个不同的{level}合计（{totals}），不知以哪个为准，未核对",
        "the prose states several {level} totals ({totals}); which one holds is unknown, none was checked",
    ),
    "hidden_sheets": ("隐藏的工作表没有读入：{sheets}", "hidden sheets were not read: {sheets}"),
    "hidden_rows": ("隐藏的 {count} 行没有读入：{rows}", "{count} hidden rows were not read: {rows}"),
    "no_rest": (
        "{level}合计 {stated}，不知道共有几个市，未核对其余各市",
        "{stated} {level} in total; how many cities there are is unknown, the rest was not checked",
    ),
}


def _fill(pair: tuple[str, str], params: Mapping[str, Param], language: str) -> str:
    at = 0 if language == "zh" else 1
    values: dict[str, int | str] = {}
    for name, value in params.items():
        if isinstance(value, tuple):
            values[name] = ("、" if language == "zh" else ", ").join(value)
        elif name in ("level", "end", "table") and isinstance(value, str):
            values[name] = WORDS[value][at]
        else:
            values[name] = value
    return pair[at].format_map(values)


def message(item: Finding | Checked, language: str = "zh") -> str:
    """The sentence with its arithmetic, `zh` or `en`."""
    if isinstance(item, Finding):
        params = dict(item.params)
        if item.related:
            params["place"] = item.related[0].label(language)
            params["places"] = tuple(place.label(language) for place in (item.place, *item.related))
        return _fill(MESSAGES[item.template or item.kind], params, language)
    return _fill(CHECKED[item.kind], item.params, language)


def title(finding: Finding, language: str = "zh") -> str:
    """What the finding is about, such as 焦作 缺口."""
    at = 0 if language == "zh" else 1
    subject = WORDS[finding.subject][at] if finding.subject in WORDS else finding.subject
    return f"{subject} {TITLES[finding.kind][at]}".strip()


def word(name: str, language: str = "zh") -> str:
    return WORDS[name][0 if language == "zh" else 1]
