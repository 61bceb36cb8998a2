#!/usr/bin/env python3
"""Judges the include rules of include/ and makes single_include/ from it.

    tools/single_header.py                writes single_include/, unless an include goes the wrong way
    tools/single_header.py --check        writes nothing; fails where single_include/ is stale
    tools/single_header.py --forward DIR  also gives each header of include/ a one-line stand-in under DIR that includes
                                          the file of single_include/ that holds it, so that tests written against
                                          include/ run against single_include/

include/spanwise/spanwise.hpp lists what the single header holds. Every other header directly in include/spanwise/ is
either inside it (fwd.hpp, start.hpp, ...) or a part: one file at the same path in both trees. In single_include/ a
part includes only <spanwise/spanwise.hpp>, the parts it names, and its own library.
"""

import argparse
import difflib
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
INCLUDE = ROOT / "include"
SINGLE = ROOT / "single_include"
UMBRELLA = "spanwise/spanwise.hpp"
LONGEST = 400

# A header includes its own folder and folders of a lower rank; "front" and "back" never meet.
RANKS = {
    "detail": (1, ""), "core": (2, ""),
    "context": (3, "front"), "trace": (4, "front"), "async": (5, "front"),
    "resource": (2.5, "back"), "pipeline": (3, "back"), "export": (4, "back"), "delivery": (5, "back"),
    "start": (6, ""), "config": (6.6, ""),
    "semconv": (7, ""), "instrument": (8, ""), "viewer": (9, ""), "testing": (10, ""),
}
TOP_RANKS = {"fwd.hpp": 0, "version.hpp": 0, "start.hpp": 6.5}
PART_RANK = 11
SEMCONV_SEES = 2  # generated constants need core at most

# What the front half may include of the standard library: each costs a translation unit next to nothing.
CHEAP = {
    "array", "bit", "cerrno", "cfloat", "climits", "compare", "concepts", "cstddef", "cstdint", "cstdio", "cstdlib",
    "cstring", "ctime", "exception", "initializer_list", "limits", "new", "optional", "span", "string_view",
    "type_traits", "typeinfo", "utility", "version",
    "end of compilation",  # no file has this name: where C++20 is not spoken, compilers go no further
}
DEAR_C = {"immintrin.h", "x86intrin.h"}
STANDARD = CHEAP | set(
    "algorithm any atomic barrier bitset cassert ccomplex cctype cfenv charconv chrono cinttypes ciso646 clocale cmath"
    " codecvt complex condition_variable coroutine csetjmp csignal cstdarg cuchar cwchar cwctype deque execution"
    " filesystem format forward_list fstream functional future iomanip ios iosfwd iostream istream iterator latch list"
    " locale map memory memory_resource mutex numbers numeric ostream queue random ranges ratio regex scoped_allocator"
    " semaphore set shared_mutex source_location sstream stack stdexcept stop_token streambuf string strstream"
    " syncstream system_error thread tuple typeindex typeinfo unordered_map unordered_set valarray variant vector"
    .split())
SYSTEM_H = re.compile(
    r"^(cxxabi\.h$|sys/|linux/|netinet/|arpa/|net/|asm/|mach/|[a-z0-9]*intrin\.h$|cpuid\.h$|arm_neon\.h$|"
    r"(aio|alloca|assert|ctype|dirent|dlfcn|elf|endian|errno|fcntl|fenv|float|getopt|grp|ifaddrs|inttypes|io|intrin|langinfo|"
    r"limits|link|locale|malloc|math|netdb|poll|process|pthread|pwd|sched|semaphore|setjmp|signal|spawn|stdarg|stdbool|stddef|"
    r"stdint|stdio|stdlib|string|strings|syslog|termios|time|ucontext|unistd|wchar|wctype|windows|winsock2|ws2tcpip)\.h$)")

DIRECTIVE = re.compile(r"^\s*#\s*(\w+)\s*(.*?)\s*$")
OPEN = {"if", "ifdef", "ifndef"}
FOREIGN = re.compile(r"^!?\s*(defined\s*\(?\s*)?(_MSC_VER|_WIN32)\b")


class Include:
    def __init__(self, name, line, depth, foreign):
        self.name, self.line, self.depth, self.foreign = name, line, depth, foreign
        self.project = name.startswith("spanwise/")
        self.standard = name in STANDARD or bool(SYSTEM_H.match(name))


class Header:
    """One file of include/, its include lines, and its text without them."""

    def __init__(self, path):
        self.name = path.relative_to(INCLUDE).as_posix()
        self.lines = path.read_text(encoding="utf-8").splitlines()
        self.folder = "/".join(self.name.split("/")[1:-1])
        self.includes, self.body, self.faults, self.warnings = [], [], [], []
        self.read()

    def fault(self, number, sentence):
        self.faults.append(f"include/{self.name}:{number}: {sentence}")

    def read(self):
        conditions, once = [], False
        for number, line in enumerate(self.lines, 1):
            match = DIRECTIVE.match(line)
            word, rest = (match.group(1), match.group(2)) if match else ("", "")
            if word in OPEN:
                conditions.append(bool(FOREIGN.match(rest)) and word != "ifndef" and not rest.startswith("!"))
            elif word in ("else", "elif") and conditions:
                conditions[-1] = False
            elif word == "endif" and conditions:
                conditions.pop()
            elif word == "pragma" and rest == "once":
                once = True
                continue
            elif word == "define" and self.name not in ("spanwise/version.hpp", "spanwise/detail/config.hpp"):
                self.fault(number, "a macro; all of them stand in version.hpp and detail/config.hpp")
            elif word == "include":
                if not (rest.startswith("<") and ">" in rest):
                    self.fault(number, f"write {rest} as <spanwise/...>")
                    continue
                include = Include(rest[1:rest.index(">")], number, len(conditions), any(conditions))
                self.includes.append(include)
                if include.project and conditions:
                    self.fault(number, f"<{include.name}> inside #if")
                if not conditions or include.project:
                    continue
            self.body.append(line)
        if not once:
            self.fault(1, "no #pragma once")
        if not self.lines or not self.lines[0].startswith("// "):
            self.fault(1, "a header opens with a few lines that say what it is")
        if len(self.lines) > LONGEST:
            self.warnings.append(f"include/{self.name}: {len(self.lines)} lines; {LONGEST} is the house limit")

    def place(self):
        """Rank and side of this header in the folder table."""
        if not self.folder:
            return TOP_RANKS.get(self.name.split("/")[1], PART_RANK), ""
        return RANKS.get(self.folder.split("/")[0], (None, ""))


class Tree:
    def __init__(self):
        paths = sorted(INCLUDE.rglob("*.hpp"), key=lambda path: path.as_posix())
        self.headers = {header.name: header for header in map(Header, paths)}
        self.faults = [fault for header in self.headers.values() for fault in header.faults]
        self.warnings = [warning for header in self.headers.values() for warning in header.warnings]
        self.judge_edges()
        self.judge_cycles()
        if UMBRELLA not in self.headers:
            self.faults.append(f"include/{UMBRELLA} is missing")
        self.sound = not self.faults
        if self.sound:
            self.divide()
            self.judge_contents()

    def uses(self, name):
        return [include.name for include in self.headers[name].includes
                if include.project and include.name in self.headers]

    def closure(self, name, without=frozenset()):
        """What `name` reaches, itself last, each header after what it includes."""
        done, order = set(without), []

        def visit(one):
            if one in done:
                return
            done.add(one)
            for used in self.uses(one):
                visit(used)
            order.append(one)

        visit(name)
        return order

    def judge_edges(self):
        for header in self.headers.values():
            rank, side = header.place()
            if rank is None:
                header.fault(1, f"folder {header.folder}/ is not in the table of folders")
                self.faults.append(header.faults[-1])
                continue
            for include in header.includes:
                if not include.project:
                    continue
                where = f"include/{header.name}:{include.line}"
                if include.name not in self.headers:
                    self.faults.append(f"{where}: <{include.name}> does not exist")
                    continue
                used = self.headers[include.name]
                used_rank, used_side = used.place()
                if used_rank is None or (used.folder == header.folder and (header.folder or rank >= used_rank)):
                    continue
                if side and used_side and side != used_side:
                    self.faults.append(f"{where}: {side} half includes {used_side} half (<{include.name}>)")
                elif used_rank >= rank or (header.folder == "semconv" and used_rank > SEMCONV_SEES):
                    self.faults.append(f"{where}: wrong way: {header.folder or 'top'} includes <{include.name}>")

    def judge_cycles(self):
        state, path, told = {}, [], set()

        def visit(name):
            state[name] = "open"
            path.append(name)
            for used in self.uses(name):
                if state.get(used) == "open":
                    ring = path[path.index(used):]
                    if frozenset(ring) not in told:
                        told.add(frozenset(ring))
                        self.faults.append("cycle: " + " -> ".join(ring + [used]))
                elif used not in state:
                    visit(used)
            path.pop()
            state[name] = "done"

        for name in self.headers:
            if name not in state:
                visit(name)

    def divide(self):
        """Says for each header which file of single_include/ holds it."""
        self.single = self.closure(UMBRELLA)
        self.home = {name: UMBRELLA for name in self.single}
        self.parts, self.forwarders = {}, []
        tops = [name for name, header in self.headers.items() if not header.folder and name != UMBRELLA]
        for name in tops:
            own = [one for one in self.closure(name, set(self.single)) if one != name]
            only_includes = not any(line.strip() and not line.lstrip().startswith("//") for line in self.headers[name].body)
            foreign = any(not include.standard and not include.project for include in self.headers[name].includes)
            if name in self.home or (not own and only_includes and not foreign):
                self.forwarders.append(name)
                self.home[name] = UMBRELLA
        for name in tops:
            if name in self.forwarders:
                continue
            others = {other for other in self.uses(name) if other in tops and other not in self.forwarders}
            known = set(self.single) | set(self.forwarders)
            for other in others:
                known |= set(self.closure(other))
            self.parts[name] = (self.closure(name, known), sorted(others))
        for name, (own, _) in self.parts.items():
            for one in own:
                if one in self.home:
                    self.faults.append(f"include/{one} would be in {self.home[one]} and {name}: "
                                       f"let one of the two include the other, or move it into the single header")
                self.home[one] = name
        for name in self.headers:
            if name not in self.home:
                self.faults.append(f"include/{name}: orphan: neither {UMBRELLA} nor a part includes it")

    def judge_contents(self):
        umbrella = self.headers[UMBRELLA]
        listed = [include.name for include in umbrella.includes]
        if listed != sorted(listed):
            out = next(two for one, two in zip(listed, listed[1:]) if two < one)
            self.faults.append(f"include/{UMBRELLA}: the list is not sorted at <{out}>")
        for name in self.single:
            for include in self.headers[name].includes:
                if not include.project and not include.standard:
                    self.faults.append(f"include/{name}:{include.line}: <{include.name}> is no part of C++ or the "
                                       f"system, and the single header needs nothing else")
        front = set()
        for name in self.single:
            if self.headers[name].place()[1] == "front":
                front |= set(self.closure(name))
        for name in sorted(front):
            for include in self.headers[name].includes:
                if include.project or include.foreign:
                    continue
                cheap = include.name in CHEAP or (include.name.endswith(".h") and include.name not in DEAR_C)
                if not cheap:
                    self.faults.append(f"include/{name}:{include.line}: <{include.name}> is too dear for the front half")

    def text_of(self, names):
        """The headers one after the other, with the includes they need outside."""
        outside, pieces = set(), []
        for name in names:
            header = self.headers[name]
            outside |= {(not include.standard, include.name) for include in header.includes
                        if not include.project and include.depth == 0}
            body = "\n".join(header.body).strip("\n")
            body = re.sub(r"\n{3,}", "\n\n", body)
            pieces.append(f"// {name}\n//\n{body}\n" if body.startswith("//") else f"// {name}\n\n{body}\n")
        return outside, "\n".join(pieces)

    def files(self):
        """Every file of single_include/ and its text."""
        licence = (ROOT / "LICENSE").read_text(encoding="utf-8").strip().splitlines()
        version = re.search(r'#define SPANWISE_VERSION "([^"]+)"', "\n".join(self.headers["spanwise/version.hpp"].lines))
        result = {}
        outside, text = self.text_of(name for name in self.single if name != UMBRELLA)
        head = [f"// spanwise {version.group(1)}, the single header. Made by tools/single_header.py from include/: change that, not this.",
                "//"] + [f"// {line}".rstrip() for line in licence] + ["#pragma once", ""]
        result[UMBRELLA] = "\n".join(head + includes(outside)) + "\n" + text
        for name, (own, others) in self.parts.items():
            outside, text = self.text_of(own)
            head = [f"// {name}, a part of spanwise beside the single header. Made by tools/single_header.py from include/: "
                    f"change that, not this.", "#pragma once", "", f"#include <{UMBRELLA}>"]
            head += [f"#include <{other}>" for other in others] + [""]
            result[name] = "\n".join(head + includes(outside)) + "\n" + text
        for name in self.forwarders:
            result[name] = f"// Inside the single header.\n#pragma once\n\n#include <{UMBRELLA}>\n"
        return result


def includes(outside):
    """Third-party includes, then the standard's, each group sorted and followed by an empty line."""
    lines = []
    for third_party in (True, False):
        group = [f"#include <{name}>" for third, name in sorted(outside) if third == third_party]
        lines += group + [""] if group else []
    return lines


def write_if_changed(path, text):
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return True


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--forward", type=Path, metavar="DIR")
    arguments = parser.parse_args()

    tree = Tree()
    for warning in tree.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    for fault in tree.faults:
        print(f"error: {fault}", file=sys.stderr)
    code = 1 if tree.faults else 0
    if not tree.sound:
        return code

    files = tree.files()
    existing = {path.relative_to(SINGLE).as_posix() for path in SINGLE.rglob("*") if path.is_file()}
    if arguments.check:
        stale = [name for name, text in files.items()
                 if name not in existing or (SINGLE / name).read_text(encoding="utf-8") != text]
        stale += sorted(existing - set(files))
        for name in stale:
            print(f"error: single_include/{name} is stale; run tools/single_header.py", file=sys.stderr)
            if name in existing and name in files:
                old = (SINGLE / name).read_text(encoding="utf-8").splitlines()
                lines = list(difflib.unified_diff(old, files[name].splitlines(), "checked in", "made now", lineterm="", n=1))
                print("\n".join(lines[:20]), file=sys.stderr)
        return 1 if stale else code

    if arguments.forward:
        for name, home in tree.home.items():
            if name not in files:
                write_if_changed(arguments.forward / name, f"#pragma once\n#include <{home}>\n")
        return code

    for name, text in files.items():
        if write_if_changed(SINGLE / name, text):
            print(f"wrote single_include/{name}")
    for name in sorted(existing - set(files)):
        (SINGLE / name).unlink()
        print(f"removed single_include/{name}")
    return code


if __name__ == "__main__":
    sys.exit(main())
