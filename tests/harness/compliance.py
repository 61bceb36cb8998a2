#!/usr/bin/env python3
"""The stage that holds tests/compliance.md against the tests it names. Run by itself it prints the page's summary as it should be."""

import collections
import json
import os
import re
import sys
from pathlib import Path

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from checks import ROOT

PAGE = ROOT / "tests/compliance.md"
ANSWERS = ("yes", "otherwise", "not applicable", "no")
ROW = re.compile(r"^\| ([A-Z][A-Z0-9])-(\d\d) \|")
CASE = re.compile(r'\b(?:TEST_CASE|SECTION|TEMPLATE_TEST_CASE|TEMPLATE_LIST_TEST_CASE)\(\s*((?:"(?:\\.|[^"\\])*"\s*)+)')
VECTORS = re.compile(r"^([A-Z]+)-(\d+)(?: to ([A-Z]+)-(\d+))? by (\S+): (.+)$")


class Row:
    def __init__(self, line, number):
        self.line = number
        cells = line.strip().strip("|").split(" | ")
        self.cells = [cell.strip() for cell in cells]
        self.prefix, self.number = self.cells[0][:2], int(self.cells[0][3:])

    @property
    def name(self):
        return f"{self.prefix}-{self.number:02}"


def test_names(path, known={}):
    """The names of the test cases and sections of a C++ source."""
    if path not in known:
        known[path] = {"".join(json.loads(f'"{part}"') for part in re.findall(r'"((?:\\.|[^"\\])*)"', literals))
                       for literals in CASE.findall(path.read_text(encoding="utf-8"))}
    return known[path]


def plain_text(path, known={}):
    """A file's text as running words: comment signs and line ends are blanks."""
    if path not in known:
        known[path] = re.sub(r"\s+", " ", re.sub(r"\n\s*(?:///?|#)?\s*", " ", path.read_text(encoding="utf-8")))
    return known[path]


def wrong_with(reference):
    """What is wrong with a test that the page names; None if it is there."""
    place, _, what = reference.partition(": ")
    path = ROOT / place
    if not path.is_file():
        return f"there is no {place}"
    if place.startswith("tests/vectors/"):
        wanted = VECTORS.match(what)
        if not wanted:
            return f"{place} is followed by 'XYZ-001 to XYZ-009 by <test source>: <test case>'"
        letters, first, _, last, program, case = wanted.groups()
        held = {vector["id"] for vector in json.loads(path.read_text(encoding="utf-8"))["vectors"]}
        missing = [number for number in range(int(first), int(last or first) + 1) if f"{letters}-{number:03}" not in held]
        if missing:
            return f"{place} has no {letters}-{missing[0]:03}"
        return wrong_with(f"{program}: {case}")
    if place.startswith("tests/must_not_compile/"):
        return None
    if not what:
        return f"{place} is named without a test in it"
    if place.startswith("tests/") and path.suffix == ".cpp":
        return None if what in test_names(path) else f"{place} has no test case or section '{what}'"
    return None if what in plain_text(path) else f"{place} does not say '{what}'"


def read_rows(text):
    return [Row(line, number) for number, line in enumerate(text.splitlines(), 1) if ROW.match(line)]


def summary_of(rows):
    """The summary table that belongs to these rows."""
    counts = collections.Counter(row.cells[1] for row in rows)
    return "\n".join(["| answer | rows |", "| --- | --- |", *(f"| {answer} | {counts[answer]} |" for answer in ANSWERS),
                      f"| in all | {len(rows)} |"])


def faults_of(text):
    """Each thing that is wrong with the page, as 'line N: what'."""
    rows = read_rows(text)
    seen = {}
    for row in rows:
        def fault(what):
            return f"line {row.line}: {row.name}: {what}"

        if len(row.cells) != 4:
            yield fault(f"a row has 4 cells, this one has {len(row.cells)}")
            continue
        _, answer, what, tests = row.cells
        if row.name in seen:
            yield fault(f"is there twice, first in line {seen[row.name]}")
        elif row.number != 1 and f"{row.prefix}-{row.number - 1:02}" not in seen:
            yield fault(f"{row.prefix}-{row.number - 1:02} does not stand before it")
        seen.setdefault(row.name, row.line)
        if answer not in ANSWERS:
            yield fault(f"'{answer}' is none of {', '.join(ANSWERS)}")
        if not what:
            yield fault("does not say what a user gets")
        if tests == "-":
            if answer in ("yes", "otherwise"):
                yield fault(f"says {answer}, but names no test")
            continue
        for reference in tests.split(" <br> "):
            wrong = wrong_with(reference)
            if wrong:
                yield fault(wrong)

    # The specification's checklist is no part of the repository; where it is at hand its rows are compared.
    checklist = os.environ.get("SPANWISE_CHECKLIST")
    if checklist:
        wanted = {match.group(0).strip("| ") for match in map(ROW.match, Path(checklist).read_text(encoding="utf-8").splitlines()) if match}
        for name in sorted(wanted ^ set(seen)):
            yield f"{name}: " + ("is missing" if name in wanted else "is no row of the checklist")
    if summary_of(rows) not in text:
        yield "the summary does not count the rows; it should be\n" + summary_of(rows)


def compliance(stage):
    """each row of the compliance page has an answer, and the tests it names are there"""
    text = PAGE.read_text(encoding="utf-8")
    faults = list(faults_of(text))
    for fault in faults:
        stage.check(f"tests/compliance.md: {fault}", False)
    stage.count("tests/compliance.md", len(read_rows(text)), 0)


if __name__ == "__main__":
    page = PAGE.read_text(encoding="utf-8")
    print(summary_of(read_rows(page)), *faults_of(page), sep="\n")
