#!/usr/bin/env python3
"""Makes include/spanwise/semconv/ from the published registry of OpenTelemetry's semantic conventions.

    tools/semconv/generate.py INPUT           writes the headers, types.txt and generated.sha256
    tools/semconv/generate.py --check         no input: what is committed is of one version, and nobody changed it by hand
    tools/semconv/generate.py --check INPUT   the same, and it is what INPUT gives; exit code 77 if INPUT can't say that

INPUT is one of
    a folder  of github.com/open-telemetry/semantic-conventions, or its folder model/ (needs PyYAML: python3-yaml)
    a folder, or the .tgz, of the npm package @opentelemetry/semantic-conventions
    npm       that package in the stated version, which `npm pack` fetches

Taken is what is stable and not deprecated, and what needed.txt names. The package does not tell the type of each
attribute: where its examples leave that open, types.txt says it, which is written whenever a model folder is read.
"""

import argparse
import hashlib
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

VERSION = "1.44.0"  # the one place; after changing it, generate anew and look at needed.txt

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
OUT = ROOT / "include/spanwise/semconv"
PART = ROOT / "include/spanwise/semconv.hpp"
NEEDED, TYPES, SUMS = HERE / "needed.txt", HERE / "types.txt", HERE / "generated.sha256"
PACKAGE = "@opentelemetry/semantic-conventions"
WIDTH = 120
LONGEST = 400

# The header of each namespace of attributes, and what it holds; a namespace that is not here has one of its own.
HEADERS = {
    "http": ("HTTP", ["http", "url", "user_agent"]),
    "network": ("network connections", ["network", "client", "server"]),
    "rpc": ("remote procedure calls", ["rpc"]),
    "messaging": ("messaging systems", ["messaging"]),
    "db": ("database clients", ["db"]),
    "error": ("errors, exceptions and places in code", ["error", "exception", "code"]),
    "resource": ("resources", ["service", "telemetry", "deployment", "host", "os", "process"]),
    "container": ("containers and Kubernetes", ["container", "oci", "k8s"]),
    "otel": ("telemetry itself", ["otel"]),
    "runtimes": ("other languages' runtimes", ["aspnetcore", "dotnet", "jvm", "signalr"]),
}
CPP_TYPES = {
    "string": "std::string_view", "int": "std::int64_t", "double": "double", "boolean": "bool",
    "string[]": "std::string_view[]", "int[]": "std::int64_t[]", "double[]": "double[]", "boolean[]": "bool[]",
}
# What is no name in C++, or a macro somewhere (`linux` and `unix` are with -std=gnu++20).
RESERVED = set("""alignas alignof and asm auto bool break case catch char class concept const consteval constexpr constinit
    continue default delete do double else enum explicit export extern false float for friend goto if inline int long mutable
    namespace new noexcept not nullptr operator or private protected public register requires return short signed sizeof
    static struct switch template this throw true try typedef typeid typename union unsigned using virtual void volatile
    while xor linux unix major minor errno assert interface small near far hpux sun mips sparc vax min max slots signals
    emit foreach stdin stdout stderr""".split())


class Fault(Exception):
    """What is wrong with the input, and what to do."""


class CannotSay(Exception):
    """Why the input is no witness."""


class Attribute:
    def __init__(self, key, kind, stable, brief, members=(), open_type=False, ahead=False):
        self.key, self.kind, self.stable, self.brief, self.ahead = key, kind, stable, brief, ahead
        self.members = sorted(members)  # (name, value, stable)
        self.open_type = open_type  # the package's examples would not tell it

    @property
    def name(self):
        return self.key.replace(".", "_").replace("-", "_")


# ---- reading a model folder

def looks_like_text(example):
    """Whether the package's examples, which have no quotes, tell that these are texts."""
    return not re.fullmatch(r"|true|false|[-+0-9.eE]+|\[.*", str(example).strip().split("\n")[0], re.IGNORECASE)


def read_model(folder):
    try:
        import yaml
    except ImportError:
        raise CannotSay("reading a model folder needs PyYAML: apt-get install python3-yaml") from None
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    attributes, metrics, version = {}, {}, None
    for path in sorted(folder.rglob("*.yaml")):
        document = yaml.load(path.read_text(encoding="utf-8"), loader) or {}
        if path.name == "manifest.yaml":
            version = re.search(r"/schemas/([^/]+)$", str(document.get("schema_url", "")))
        for group in document.get("groups", []):
            if group.get("metric_name") and "deprecated" not in group:
                metrics[group["metric_name"]] = group.get("brief", "")
            for given in group.get("attributes") or []:
                take_model_attribute(attributes, given, given.get("id"))
        for given in document.get("attributes", []):  # definition/2 lists them without groups
            take_model_attribute(attributes, given, given.get("key"))
        for given in document.get("metrics", []):
            if given.get("name") and "deprecated" not in given:
                metrics[given["name"]] = given.get("brief", "")
    if not version:
        raise Fault(f"{folder} has no manifest.yaml with a schema_url, so its version is unknown")
    return version.group(1), attributes, metrics


def take_model_attribute(attributes, given, key):
    if not key or "deprecated" in given:
        return
    kind, members = given["type"], []
    if isinstance(kind, dict):
        members = [(word(one["id"]), one["value"], one.get("stability", given["stability"]) == "stable")
                   for one in kind["members"] if "deprecated" not in one]
        kind = "int" if all(isinstance(value, int) for _, value, _ in members) else "string"
    examples = given.get("examples")
    first = examples[0] if isinstance(examples, list) and examples else examples
    told = members or kind.startswith("template") or kind == "string[]" or (kind == "string" and first is not None and looks_like_text(first))
    attributes[key] = Attribute(key, kind, given["stability"] == "stable", given.get("brief", ""), members, not told)


# ---- reading the npm package

class PackageAttributes(dict):
    """Those of a package, which leaves some types open."""


def read_package(folder):
    manifest = (folder / "package.json").read_text(encoding="utf-8")
    version = re.search(r'"version":\s*"([^"]+)"', manifest).group(1)
    attributes, metrics, members = PackageAttributes(), {}, {}
    types = dict(line.split() for line in TYPES.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#"))
    constants = []
    for name in ("stable_attributes", "experimental_attributes", "stable_metrics", "experimental_metrics"):
        constants += re.findall(r"/\*\*((?:(?!\*/).)*)\*/\s*const (\w+) = (.*?);\n", (folder / f"dist/{name}.mjs").read_text(encoding="utf-8"), re.S)
    if not constants:
        raise Fault(f"{folder} is not laid out as {PACKAGE} was in version {VERSION}")
    for comment, constant, value in constants:
        link = re.search(r"Enum value .* for attribute \{@link (\w+)\}", comment)
        if link and "@deprecated" not in comment:
            value = value.strip('"') if value.startswith('"') else int(value)
            members.setdefault(link.group(1), []).append((word(constant.split("_VALUE_", 1)[1].lower()), value, "@experimental" not in comment))
    for comment, constant, value in constants:
        if "@deprecated" in comment:
            continue
        text = "\n".join(re.sub(r"^\s*\* ?", "", line) for line in comment.split("\n")).strip()
        brief, stable = text.split("\n\n")[0], "@experimental" not in comment
        if constant.startswith("METRIC_"):
            metrics[value.strip('"')] = brief
        elif constant.startswith("ATTR_"):
            template = re.fullmatch(r"\((?:key)\) => `(.*)\.\$\{key\}`", value)
            key = template.group(1) if template else value.strip('"')
            kind = type_by_examples(re.findall(r"@example (.*)", text), members.get(constant), template)
            attributes[key] = Attribute(key, kind or types.get(key), stable, brief, members.get(constant, []), kind is None)
    return version, attributes, metrics


def type_by_examples(examples, members, template):
    """The type of an attribute of the package; None where that stays open."""
    if members:
        return "int" if all(isinstance(value, int) for _, value, _ in members) else "string"
    first = examples[0] if examples else ""
    text = "string[]" if re.match(r'\["', first) else "string" if looks_like_text(first) else None
    return f"template[{text or 'string'}]" if template else text


# ---- choosing, and writing

def word(name):
    """A name of C++ for the name of a value."""
    plain = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
    return plain + "_" if plain in RESERVED else "n" + plain if plain[:1].isdigit() else plain


def choose(attributes, metrics):
    """What needed.txt names and what is stable: header -> attributes, and metrics with their briefs."""
    chosen = {key: one for key, one in attributes.items() if one.stable}
    wanted_metrics = {}
    for number, line in enumerate(NEEDED.read_text(encoding="utf-8").splitlines(), 1):
        where = f"{NEEDED.relative_to(ROOT)}:{number}"
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if words[0] == "metric":
            if words[1] not in metrics:
                raise Fault(f"{where}: the input has no metric {words[1]}")
            wanted_metrics[words[1]] = metrics[words[1]]
        elif words[0] == "ahead":
            if words[1] in attributes:
                raise Fault(f"{where}: the input has {words[1]}, so it is not ahead any more: strike the word ahead, or the line if it is stable")
            chosen[words[1]] = Attribute(words[1], words[2], False, " ".join(words[3:]), ahead=True)
        elif words[0] not in attributes:
            raise Fault(f"{where}: the input has no attribute {words[0]}, or it is deprecated")
        else:
            chosen[words[0]] = attributes[words[0]]
    names = {}
    for key, one in sorted(chosen.items()):
        if one.kind is None:
            raise Fault(f"the package does not tell the type of {key}: generate from a model folder, which also writes {TYPES.name}")
        if names.setdefault(one.name, key) != key:
            raise Fault(f"{key} and {names[one.name]} would both be called {one.name}")
    return chosen, wanted_metrics


def short(brief, prefix, suffix=""):
    """A comment of one line: the first sentence of a brief without its markup, up to where it fits."""
    text = re.sub(r"!?\[([^\]]*)\](\([^)]*\)|\[[^\]]*\])?", r"\1", brief)
    text = " ".join(text.replace("**", "").replace("\\", "").split())
    text = re.split(r"(?<!e\.g)(?<!i\.e)(?<!etc)(?<!vs)\.(?:\s|$)", text, maxsplit=1)[0]
    room = WIDTH - len(prefix) - len(suffix) - 1
    if len(text) > room:
        clause = re.match(r"(.{30,}[^ ])(?:[,;:] | \()", text[:room])  # the longest that ends with a clause
        text = clause.group(1) if clause else text[: room - 3].rsplit(" ", 1)[0] + " ..."
    return prefix + text + suffix + ("" if text.endswith("...") else ".")


def declaration(start, text, end="};"):
    line = f'{start}{{"{text}"{end}'
    return [line] if len(line) <= WIDTH else [f"{start}{{", f'    "{text}"{end}']


def lines_of(one):
    suffix = " (not stable)" if not one.stable else ""
    if one.ahead:
        suffix = f" (newer than {VERSION})"
    template = re.fullmatch(r"template\[(.*)\]", one.kind)
    kind = template.group(1) if template else one.kind
    lines = [short(one.brief, "/// ", suffix)]
    if kind not in CPP_TYPES and kind != "any":
        raise Fault(f"{one.key} is of a type that this generator does not know: {one.kind}")
    if template:
        lines += ["template <detail::key_part Key>"]
        start, line = f"inline constexpr typed_key<{CPP_TYPES[kind]}> {one.name}", f'detail::joined_key<"{one.key}.", Key>'
        whole = f"{start}{{{line}}};"
        return lines + ([whole] if len(whole) <= WIDTH else [f"{start}{{", f"    {line}}};"])
    held = "key" if kind == "any" else f"typed_key<{CPP_TYPES[kind]}>"
    lines += declaration(f"inline constexpr {held} {one.name}", one.key)
    if one.members:
        names = [name for name, _, _ in one.members]
        if len(set(names)) != len(names):
            raise Fault(f"two values of {one.key} would have one name")
        lines += [f"/// Well-known values of {one.name}.", f"namespace {one.name}_values {{"]
        settled = [member for member in one.members if member[2] or not one.stable]
        others = [member for member in one.members if member not in settled]
        for name, value, _ in settled + others:
            if others and name == others[0][0]:
                lines.append("// Not stable:")
            if isinstance(value, int):
                lines.append(f"inline constexpr std::int64_t {name}{{{value}}};")
            else:
                lines.append(f'inline constexpr std::string_view {name}{{"{value}"}};')
        lines += [f"}} // namespace {one.name}_values"]
    return lines


def generate(chosen, metrics):
    """Each file and its text."""
    home = {space: header for header, (_, spaces) in HEADERS.items() for space in spaces}
    parts = {}
    for key, one in sorted(chosen.items()):
        space = key.split(".")[0]
        parts.setdefault(home.get(space, space), []).append(one)
    files = {}
    for header, ones in parts.items():
        about = HEADERS[header][0] if header in HEADERS else f"namespace {header}"
        order = {space: place for place, space in enumerate(HEADERS.get(header, ("", [header]))[1])}
        ones.sort(key=lambda one: (order[one.key.split(".")[0]], one.key))
        includes = ["spanwise/core/typed_key.hpp"]
        includes += ["spanwise/semconv/template_key.hpp"] if any("template" in one.kind for one in ones) else []
        body = [line for one in ones for line in [*lines_of(one), ""]]
        if header == "otel":
            body += ["/// Names of the metrics that an SDK keeps about itself.", "namespace metrics {"]
            for name, brief in sorted(metrics.items()):
                start = f"inline constexpr std::string_view {name.replace('.', '_')}"
                body += [short(brief, "/// "), *declaration(start, name)]
            body += ["} // namespace metrics", ""]
        standard = ["cstdint"] if any("int64" in line for line in body) else []
        files[OUT / f"{header}.hpp"] = text_of(
            f"Keys of the semantic conventions for {about}, with the type of their values.",
            [f"#include <{name}>" for name in includes], [f"#include <{name}>" for name in [*standard, "string_view"]], body)
    files[OUT / "schema.hpp"] = text_of(
        "The version of the semantic conventions that the keys beside this header are of.", [],
        ["#include <string_view>"],
        ["/// The version of OpenTelemetry's semantic conventions.", f'inline constexpr std::string_view version{{"{VERSION}"}};', "",
         "/// What to give as schema URL to tracers and resources that use these keys.",
         f'inline constexpr std::string_view schema_url{{"https://opentelemetry.io/schemas/{VERSION}"}};', ""],
        ["#include <spanwise/version.hpp>"])
    names = sorted(path.relative_to(ROOT / "include").as_posix() for path in files)
    files[PART] = text_of(
        "All keys of the semantic conventions: spanwise::semconv. Needs nothing but the front half: include it where spans are\n"
        "// made, or the header of one namespace, such as <spanwise/semconv/http.hpp>.",
        [f"#include <{name}>" for name in names], [], None)
    return files


def text_of(about, includes, standard, body, first=()):
    head = [f"// {about}",
            f"// Generated by tools/semconv/generate.py from OpenTelemetry's semantic conventions {VERSION}: change that, not this.",
            "// Names, types and shortened descriptions are of the registry, Copyright The OpenTelemetry Authors, which is under",
            "// the Apache License, Version 2.0 (spanwise/semconv/LICENSE, https://www.apache.org/licenses/LICENSE-2.0).",
            "#pragma once", ""]
    includes = [*first, *includes]
    lines = head + ([*includes, ""] if includes else []) + ([*standard, ""] if standard else [])
    if body is not None:
        lines += ["namespace spanwise::inline SPANWISE_ABI::semconv {", "", *body, "} // namespace spanwise::inline SPANWISE_ABI::semconv", ""]
    return "\n".join(lines)


def types_text(chosen):
    known = sorted(f"{one.key} {one.kind}" for one in chosen.values() if one.open_type and not one.ahead)
    return "\n".join([f"# Types that the npm package {PACKAGE} leaves open; written by generate.py from a model folder.", *known, ""])


def sums_of(files):
    return "".join(f"{hashlib.sha256(text.encode()).hexdigest()}  {path.relative_to(ROOT).as_posix()}\n" for path, text in sorted(files.items()))


# ---- what is asked for

def read(given):
    """Version, attributes and metrics of an input."""
    if str(given) == "npm":
        with tempfile.TemporaryDirectory() as folder:
            got = subprocess.run(["npm", "pack", "--silent", f"{PACKAGE}@{VERSION}"], cwd=folder, capture_output=True, text=True, check=False)
            if got.returncode:
                raise CannotSay(f"npm pack {PACKAGE}@{VERSION} failed: {got.stderr.strip()}")
            return read(Path(folder) / got.stdout.split()[-1])
    path = Path(given)
    if path.is_file() and tarfile.is_tarfile(path):
        with tempfile.TemporaryDirectory() as folder, tarfile.open(path) as packed:
            for member in packed:
                if member.isfile() and re.fullmatch(r"package/(package\.json|dist/\w+\.mjs)", member.name):
                    target = Path(folder) / member.name
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_bytes(packed.extractfile(member).read())
            return read_package(Path(folder) / "package")
    if (path / "package").is_dir():
        path = path / "package"
    if (path / "dist/stable_attributes.mjs").is_file():
        return read_package(path)
    if (path / "model/manifest.yaml").is_file():
        path = path / "model"
    if (path / "manifest.yaml").is_file():
        return read_model(path)
    raise Fault(f"{given} is neither a model folder nor the package {PACKAGE}")


def check_committed():
    """Sentences about what does not fit together, without any input."""
    faults = []
    said = dict(reversed(line.split("  ")) for line in SUMS.read_text(encoding="utf-8").splitlines())
    there = {path.relative_to(ROOT).as_posix() for path in [PART, *OUT.glob("*.hpp")]
             if "Generated by tools/semconv" in path.read_text(encoding="utf-8")}
    for name in sorted(there ^ set(said)):
        faults.append(f"{name} is in {SUMS.name} or on disk, but not in both; generate anew")
    for name in sorted(there & set(said)):
        text = (ROOT / name).read_text(encoding="utf-8")
        if hashlib.sha256(text.encode()).hexdigest() != said[name]:
            faults.append(f"{name} is not what was generated; change the generator and run it")
        if f"semantic conventions {VERSION}:" not in text:
            faults.append(f"{name} is not of version {VERSION}, which {Path(__file__).name} states; generate anew")
        if text.count("\n") > LONGEST:
            faults.append(f"{name} has {text.count(chr(10))} lines; {LONGEST} is the house limit: divide its namespaces in HEADERS")
    return faults


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("input", nargs="?")
    arguments = parser.parse_args()
    if not arguments.check and not arguments.input:
        parser.error("name the model folder or the package to generate from")

    faults = check_committed() if arguments.check else []
    try:
        if arguments.input:
            version, attributes, metrics = read(arguments.input)
            if version != VERSION:
                raise CannotSay(f"{arguments.input} is of version {version}, and what is committed is made from {VERSION}")
            chosen, wanted_metrics = choose(attributes, metrics)
            files = generate(chosen, wanted_metrics)
            sums = sums_of(files)
            if arguments.check:
                faults += [f"{path.relative_to(ROOT)} is stale; run {Path(__file__).relative_to(ROOT)} {arguments.input}"
                           for path, text in files.items() if not path.is_file() or path.read_text(encoding="utf-8") != text]
            else:
                for path in OUT.glob("*.hpp"):
                    if path not in files and "Generated by tools/semconv" in path.read_text(encoding="utf-8"):
                        path.unlink()
                for path, text in files.items():
                    path.write_text(text, encoding="utf-8")
                SUMS.write_text(sums, encoding="utf-8")
                if not isinstance(attributes, PackageAttributes):
                    TYPES.write_text(types_text(chosen), encoding="utf-8")
                print(f"{len(chosen)} keys and {len(wanted_metrics)} metric names in {len(files)} files")
    except CannotSay as why:
        print(f"error: {why}", file=sys.stderr)
        return 1 if faults else 77
    except Fault as fault:
        faults.append(str(fault))
    for fault in faults:
        print(f"error: {fault}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
