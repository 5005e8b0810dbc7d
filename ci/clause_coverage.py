#!/usr/bin/env python3
"""Holds the ids of clauses in spec/, reference/ and the cases against each other.

Usage: ci/clause_coverage.py [ROOT]. The three sets must be equal, each case must lie and be named
as its clauses say, and profiles may name only clauses that exist. Prints one line for each
finding, `file:line: what`, and exits 1 if there is any.
"""

import pathlib
import re
import sys

CASES_MIN = 300

# Cases of the kernel side, and scripts of user space.
CASE_FOLDERS = ("conformance/cases", "conformance/userspace/cases")

HEADING = re.compile(r"^### ([A-Z]{3}-\d+) (must|may|quirk|unspecified): (\S.*)$")
CLAUSE_ID = re.compile(r"(?<![\w-])([A-Z]{3})-(\d+)(?![\w-]|\.\d)")
CHAPTER = re.compile(r"^\d+-(.+)\.md$")
CASE_HEADER = re.compile(r"^([a-z_]+):(.*)$")
STEP_CLAUSE = re.compile(r"\s\[([A-Z]{3}-\d+)\]\s*(?:\s#.*)?$")
CPP = {".h", ".cc"}


class Clause:
    def __init__(self, chapter, place):
        self.chapter = chapter
        self.place = place
        self.has_source = False
        self.has_sentence = False


class Case:
    def __init__(self, place, name, folder, keys, step_clauses):
        self.place = place
        self.name = name
        self.folder = folder
        self.keys = keys
        self.step_clauses = step_clauses  # (place, id) of those in brackets behind steps

    @property
    def clauses(self):
        return [word.strip() for word in self.keys.get("clauses", "").split(",") if word.strip()]


def lines_of(root, path):
    text = path.read_text(encoding="utf-8", errors="replace")
    name = path.relative_to(root).as_posix()
    return [(f"{name}:{number}", line) for number, line in enumerate(text.split("\n"), 1)]


def read_chapter(root, path, clauses, found):
    chapter = CHAPTER.match(path.name).group(1)
    clause = None
    for place, line in lines_of(root, path):
        heading = HEADING.match(line)
        if heading:
            clause_id = heading.group(1)
            if clause_id in clauses:
                found.append(f"{place}: {clause_id} is also at {clauses[clause_id].place}")
            clause = clauses[clause_id] = Clause(chapter, place)
        elif line.startswith("### "):
            found.append(f"{place}: not a clause heading; write `### DEV-7 must: title`")
            clause = None
        elif line.startswith("#"):
            clause = None
        elif clause and line.startswith("- Source:"):
            clause.has_source = True
        elif clause and line.strip() and not line.startswith("- "):
            clause.has_sentence = True


def read_spec(root, found):
    clauses = {}
    for path in sorted((root / "spec").glob("*.md")):
        if CHAPTER.match(path.name):
            read_chapter(root, path, clauses, found)
    for clause_id, clause in clauses.items():
        if not clause.has_sentence:
            found.append(f"{clause.place}: {clause_id} has no sentence")
        if not clause.has_source:
            found.append(f"{clause.place}: {clause_id} has no `- Source:` line")
    return clauses


def mentions(root, paths, prefixes):
    """The first place of each clause id that the files name, among ids with one of the prefixes."""
    places = {}
    for path in sorted(paths):
        for place, line in lines_of(root, path):
            for prefix, number in CLAUSE_ID.findall(line):
                if prefix in prefixes:
                    places.setdefault(f"{prefix}-{number}", place)
    return places


def reference_sources(root):
    return [path for path in (root / "reference").rglob("*")
            if path.suffix in CPP and not path.stem.endswith("_test")]


def read_case(root, path, case_folder):
    keys = {}
    step_clauses = []
    is_header = True
    for place, line in lines_of(root, path):
        if not line.strip() or line.startswith("#"):
            continue
        header = CASE_HEADER.match(line) if is_header else None
        if header:
            keys[header.group(1)] = header.group(2).strip()
            continue
        is_header = False
        step_clause = STEP_CLAUSE.search(line)
        if step_clause:
            step_clauses.append((place, step_clause.group(1)))
    place = path.relative_to(root).as_posix() + ":1"
    folder = path.relative_to(root / case_folder).parent.as_posix()
    return Case(place, path.stem, folder, keys, step_clauses)


def read_cases(root):
    return [read_case(root, path, folder) for folder in CASE_FOLDERS
            for path in sorted((root / folder).rglob("*.case"))]


def check_case(case, clauses):
    if case.keys.get("case") != case.name:
        yield f"{case.place}: `case: {case.keys.get('case', '')}`, the file is named {case.name}"
    if not case.clauses:
        yield f"{case.place}: names no clause; add `clauses: DEV-7`"
    for clause_id in case.clauses:
        if clause_id not in clauses:
            yield f"{case.place}: {clause_id} is not in spec/"
    for place, clause_id in case.step_clauses:
        if clause_id not in clauses:
            yield f"{place}: {clause_id} is not in spec/"
    first = clauses.get(case.clauses[0]) if case.clauses else None
    if first and case.folder != first.chapter:
        yield (f"{case.place}: lies in {case.folder}/, its first clause {case.clauses[0]} is of"
               f" chapter {first.chapter}")


def check_cases(cases, clauses):
    by_name = {}
    for case in cases:
        yield from check_case(case, clauses)
        if case.name in by_name:
            yield f"{case.place}: a case of this name is also at {by_name[case.name]}"
        by_name.setdefault(case.name, case.place)
    covered = {clause_id for case in cases for clause_id in case.clauses}
    for clause_id, clause in clauses.items():
        if clause_id not in covered:
            yield f"{clause.place}: {clause_id} has no case in a folder {clause.chapter}/"
    if len(cases) < CASES_MIN:
        yield f"conformance/cases:1: {len(cases)} cases, at least {CASES_MIN}"


def check_reference(root, clauses, prefixes):
    named = mentions(root, reference_sources(root), prefixes)
    for clause_id, clause in clauses.items():
        if clause_id not in named:
            yield f"{clause.place}: {clause_id} is named nowhere in reference/"
    for clause_id, place in named.items():
        if clause_id not in clauses:
            yield f"{place}: {clause_id} is not in spec/"


def check_cross_references(root, clauses, prefixes):
    for clause_id, place in mentions(root, (root / "spec").rglob("*.md"), prefixes).items():
        if clause_id not in clauses:
            yield f"{place}: {clause_id} is not in spec/"


def check_profiles(root, clauses):
    for path in sorted((root / "spec" / "profiles").rglob("*.tsv")):
        rows = [(place, line) for place, line in lines_of(root, path)
                if line.strip() and not line.startswith("#")]
        if rows and rows[0][1].split("\t")[0] == "clause":
            rows = rows[1:]
        for place, line in rows:
            clause_id = line.split("\t")[0]
            if clause_id not in clauses:
                yield f"{place}: {clause_id} is not in spec/"


def findings(root):
    found = []
    clauses = read_spec(root, found)
    prefixes = {clause_id.split("-")[0] for clause_id in clauses}
    cases = read_cases(root)
    if not clauses:
        found.append("spec:1: no clause was read; is this the repository's root?")
    found += check_cross_references(root, clauses, prefixes)
    found += check_profiles(root, clauses)
    found += check_reference(root, clauses, prefixes)
    found += check_cases(cases, clauses)
    return found, clauses, cases


def main(arguments):
    default = pathlib.Path(__file__).resolve().parent.parent
    root = pathlib.Path(arguments[0]).resolve() if arguments else default
    found, clauses, cases = findings(root)
    for message in found:
        print(message)
    print(f"clause coverage: {len(clauses)} clauses, {len(cases)} cases, {len(found)} findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
