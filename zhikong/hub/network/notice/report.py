"""A report as text for people and as JSON for machines. Pure: no printing, no clock."""

from __future__ import annotations

import json
from typing import Any

from .messages import message, title, word
from .records import SEVERITIES, Finding, Notice, Report


def finding_record(finding: Finding, language: str = "zh") -> dict[str, Any]:
    """One finding as machines want it."""
    return {
        "kind": finding.kind,
        "severity": finding.severity,
        "place": finding.place.short(),
        "subject": finding.subject,
        "stated": finding.stated,
        "computed": finding.computed,
        "message": message(finding, language),
        "related": [place.short() for place in finding.related],
        "candidates": [
            {"code": item.code, "name": item.name, "similarity": item.similarity} for item in finding.candidates
        ],
    }


def report_json(report: Report, language: str = "zh") -> str:
    """An array with one record a finding, in the order of the report; the same notice gives the same bytes."""
    records = [finding_record(finding, language) for finding in report.findings]
    return json.dumps(records, ensure_ascii=False, indent=2)


def report_text(notice: Notice, report: Report, language: str = "zh") -> str:
    """The report for a terminal or a mail."""
    chinese = language == "zh"
    name = " ".join(part.value for part in (notice.number, notice.title) if part) or notice.filename
    # The report has parted joined names with the dictionary; the notice alone may not have been.
    checked = next((fact.params["count"] for fact in report.checked if fact.kind == "names"), None)
    names = checked if checked is not None else sum(len(row.missing) for row in notice.cities)
    counts = [(report.count(severity), word(severity, language)) for severity in SEVERITIES]
    if chinese:
        lines = [f"来文核对：{name}"]
        found = "、".join(f"{count} 处{label}" for count, label in counts)
        lines.append(f"读入 {len(notice.centres)} 个省级中心、{len(notice.cities)} 市、{names} 个专业名：{found}")
    else:
        lines = [f"Notice checked: {name}"]
        found = ", ".join(f"{count} {label}{'' if count == 1 else 's'}" for count, label in counts)
        lines.append(
            f"{len(notice.centres)} provincial centres, {len(notice.cities)} cities, {names} specialty names: {found}"
        )
    for done, heading in ((True, "对得上" if chinese else "Agrees"), (False, "未核对" if chinese else "Not checked")):
        facts = [item for item in report.checked if item.done == done]
        if facts:
            lines += ["", heading]
            lines += [f"  {'✓' if done else '·'} {message(item, language)}" for item in facts]
    for severity in SEVERITIES:
        findings = [finding for finding in report.findings if finding.severity == severity]
        if findings:
            lines += ["", f"{word(severity, language)} {len(findings)}"]
            lines += [
                f"  {finding.place.label(language)}  {title(finding, language)}"
                f"{'：' if chinese else ': '}{message(finding, language)}"
                for finding in findings
            ]
    return "\n".join(lines) + "\n"
