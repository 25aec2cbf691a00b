"""Reads a published notice (通报) with its annex tables and finds where it contradicts itself.

Pure: bytes in, records out; no Django, no database, no clock. `read_notice` gives a Notice in which every value keeps
its place; `divide_names` parts joined names with a dictionary; `resolve_notice` looks names up and lists what a person
must decide; `examine_notice` gives the findings and what agrees. Nothing is mapped by likeness: a name is known, a
confirmed alias, or asked about.
"""

from .checks import check_notice, examine_notice
from .messages import message, title, word
from .names import (
    Dictionary,
    Match,
    Resolved,
    ResolvedCity,
    Specialty,
    default_dictionary,
    divide_names,
    load_dictionary,
    normalise,
    resolve_notice,
)
from .reading import read_notice
from .records import Candidate, Checked, Finding, Notice, NoticeError, Place, Report
from .report import finding_record, report_json, report_text

__all__ = [
    "Candidate",
    "Checked",
    "Dictionary",
    "Finding",
    "Match",
    "Notice",
    "NoticeError",
    "Place",
    "Report",
    "Resolved",
    "ResolvedCity",
    "Specialty",
    "check_notice",
    "default_dictionary",
    "divide_names",
    "examine_notice",
    "finding_record",
    "load_dictionary",
    "message",
    "normalise",
    "read_notice",
    "report_json",
    "report_text",
    "resolve_notice",
    "title",
    "word",
]
