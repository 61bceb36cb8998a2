#!/usr/bin/env python3
"""Lists the programs of a folder for the build, one a line: name|sources|optional libraries that they include|
"macros" where a source defines some before its first include.

    tools/list_sources.py tests/unit                       every .cpp under tests/unit is a program
    tools/list_sources.py tests/unit --folders core,trace  only those folders
    tools/list_sources.py tests/unit --tag '[threads]'     only files that hold this text
    tools/list_sources.py examples --mains                 only files with a main; in a folder below, the files beside
                                                           it that have none belong to it

tests/unit/core/ids.cpp is named unit.core.ids, examples/order_service/order/main.cpp examples.order_service.order.
Libraries are found through the includes of includes, in include/ and beside the file.
"""

import argparse
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIBRARIES = {"fmt/": "fmt", "nlohmann/": "nlohmann_json", "httplib.h": "httplib", "zlib.h": "zlib", "openssl/": "openssl",
             "yaml-cpp/": "yaml_cpp"}
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.MULTILINE)
EARLY_MACRO = re.compile(r"^(?:(?!\s*#\s*include).*\n)*?\s*#\s*define\b")
MAIN = re.compile(r"^(int|auto) main\(", re.MULTILINE)

needs_of = {}


def needs(path):
    """The optional libraries that `path` and what it includes name."""
    if path not in needs_of:
        found = needs_of[path] = set()
        for name in INCLUDE.findall(path.read_text(encoding="utf-8", errors="replace")):
            library = next((library for start, library in LIBRARIES.items() if name.startswith(start)), None)
            if library:
                found.add(library)
                continue
            places = (path.parent / name, ROOT / "include" / name, ROOT / "tests" / name, ROOT / "benchmarks" / name)
            file = next((place for place in places if place.is_file()), None)
            if file:
                found |= needs(file.resolve())
    return needs_of[path]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--folders", default="")
    parser.add_argument("--tag", default="")
    parser.add_argument("--mains", action="store_true")
    arguments = parser.parse_args()

    folder = ROOT / arguments.folder
    only = set(filter(None, arguments.folders.split(",")))
    for path in sorted(folder.rglob("*.cpp")):
        relative = path.relative_to(folder)
        text = path.read_text(encoding="utf-8", errors="replace")
        if only and relative.parts[0] not in only or arguments.tag not in text:
            continue
        sources = [path]
        if arguments.mains:
            if not MAIN.search(text):
                continue
            if path.parent != folder:
                sources += [other for other in sorted(path.parent.glob("*.cpp"))
                            if not MAIN.search(other.read_text(encoding="utf-8", errors="replace"))]
        named = path.parent if path.stem == "main" and path.parent != folder else path.with_suffix("")
        name = named.relative_to(ROOT).as_posix().removeprefix("tests/").replace("/", ".")
        libraries = set().union(*map(needs, sources))
        macros = "macros" if EARLY_MACRO.match(text) else ""
        print(name, ",".join(source.relative_to(ROOT).as_posix() for source in sources), ",".join(sorted(libraries)), macros, sep="|")


if __name__ == "__main__":
    main()
