"""The stages that see spanwise from outside: as an installed package, and as its README shows it."""

import configparser
import os
import re
import shutil
import sys

import units
from checks import BUILD, GXX, ROOT, SINGLE_HEADER, compile_object, optional_libraries, package_flags, run, write

CONSUMER = ROOT / "tests/install/consumer"


def judge_wraps(stage):
    """Meson can fetch every library that the build names, from a release and by its hash."""
    build = (ROOT / "meson.build").read_text(encoding="utf-8")
    provided = {}
    for path in (ROOT / "subprojects").glob("*.wrap"):
        wrap = configparser.ConfigParser(interpolation=None)
        wrap.read(path, encoding="utf-8")
        of = wrap["wrap-file"]
        parts = [part for part in ("source", "patch") if f"{part}_url" in of]
        good = "source" in parts and all(re.fullmatch("[0-9a-f]{64}", of.get(f"{part}_hash", "")) and f"{part}_filename" in of
                                         and of[f"{part}_url"].startswith("https://") for part in parts)
        stage.check(f"subprojects/{path.name} names a release and its hash", good)
        provided |= dict(wrap["provide"])
    for name in sorted(set(re.findall(r"\bdependency\(\s*'([^']+)'", build)) - {"threads"}):
        stage.check(f"a wrap provides {name}", name in provided)


def install(stage):
    """installed to a prefix, used with CMake, Meson, pkg-config and bare g++, inside other projects, and copied"""
    if not (ROOT / "include/spanwise/spanwise.hpp").is_file():
        return stage.leave_out("include/spanwise/spanwise.hpp is not there yet")
    judge_wraps(stage)
    work = BUILD / "install"
    shutil.rmtree(work, ignore_errors=True)
    prefix = work / "first"
    off = [f"-D{part}=disabled" for part in ("tests", "examples", "benchmarks", "fmt", "nlohmann_json", "httplib", "zlib", "openssl", "yaml_cpp")]
    made = run(["meson", "setup", work / "build", ROOT, f"--prefix={prefix}", *off])
    if made.code == 0:
        made = run(["meson", "install", "-C", work / "build"])
    if not stage.check("meson install", made.code == 0, made.text):
        return

    # What is installed works from wherever it is moved to; pkg-config and Meson are told where that is.
    moved = work / "moved"
    prefix.rename(moved)
    pkgconfig = {"PKG_CONFIG_PATH": str(moved / "share/pkgconfig")}
    relocated = {**pkgconfig, "PKG_CONFIG": str(write(work / "pkg-config", f'#!/bin/sh\nexec pkg-config --define-variable=prefix={moved} "$@"\n'))}
    os.chmod(work / "pkg-config", 0o755)
    text = (ROOT / "include/spanwise/version.hpp").read_text()
    version = re.search(r'^#define SPANWISE_VERSION "([^"]+)"', text, re.MULTILINE).group(1)
    series = version.rsplit(".", 1)[0]

    def prints_version(what, made, program):
        if made.code == 0:
            made = run([program], timeout=60)
        stage.check(what, made.code == 0 and f"spanwise {version}" in made.output, made.text)

    def cmake(what, options):
        folder = work / re.sub(r"\W+", "_", what)
        made = run(["cmake", "-G", "Ninja", "-S", CONSUMER, "-B", folder, f"-DCMAKE_CXX_COMPILER={GXX}", *options])
        if made.code == 0:
            made = run(["cmake", "--build", folder])
        prints_version(what, made, folder / "consumer")

    def meson(what, source, env):
        folder = work / re.sub(r"\W+", "_", what)
        made = run(["meson", "setup", folder, source], env=env)
        if made.code == 0:
            made = run(["ninja", "-C", folder])
        prints_version(what, made, folder / "consumer")

    def bare(what, flags):
        program = work / re.sub(r"\W+", "_", what)
        prints_version(what, run([GXX, "-std=c++20", CONSUMER / "main.cpp", *flags, "-o", program]), program)

    cmake("CMake, find_package", [f"-DCMAKE_PREFIX_PATH={moved}", f"-DWANTED={series}"])
    cmake("CMake, inside another project", [f"-DSPANWISE_SOURCE={ROOT}"])
    refused = run(["cmake", "-G", "Ninja", "-S", CONSUMER, "-B", work / "refused", f"-DCMAKE_PREFIX_PATH={moved}", "-DWANTED=99.1"])
    stage.check("CMake, a version that is not there is refused", refused.code != 0 and "99.1" in refused.text, refused.text)

    # The same through tools/packaging/cmake, as the vcpkg port installs it.
    other = work / "by-cmake"
    made = run(["cmake", "-G", "Ninja", "-S", ROOT / "tools/packaging/cmake", "-B", work / "build-by-cmake", f"-DCMAKE_INSTALL_PREFIX={other}",
                "-DSPANWISE_CMAKE_DIR=share/spanwise"])
    if made.code == 0:
        made = run(["cmake", "--install", work / "build-by-cmake"])
    if stage.check("tools/packaging/cmake installs", made.code == 0, made.text):
        cmake("CMake, installed by CMake", [f"-DCMAKE_PREFIX_PATH={other}", f"-DWANTED={version}"])

    meson("Meson, pkg-config", CONSUMER, relocated)
    inside = work / "inside"
    shutil.copytree(CONSUMER, inside)
    (inside / "subprojects").mkdir()
    (inside / "subprojects/spanwise").symlink_to(ROOT)
    meson("Meson, subproject", inside, {})

    flags = run([work / "pkg-config", "--cflags", "--libs", "spanwise"], env=pkgconfig).output.split()
    stage.check("pkg-config gives flags", f"-I{moved}/include" in flags, " ".join(flags))
    bare("bare compiler, pkg-config", flags)
    bare("bare compiler, -I", [f"-I{moved}/include"])

    if SINGLE_HEADER.is_file():
        copied = work / "copied/spanwise/spanwise.hpp"
        copied.parent.mkdir(parents=True)
        shutil.copy(SINGLE_HEADER, copied)
        bare("the single header copied", [f"-I{work / 'copied'}"])
    ports = (ROOT / "tools/packaging/vcpkg/spanwise/vcpkg.json").read_text()
    stage.check("the vcpkg port has the version", f'"version": "{version}"' in ports, ports)


FENCE = re.compile(r"^(?P<before>(?:<!--.*?-->\n+)*)```(?P<language>\w*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)


def readme(stage):
    """every C++ block of README.md compiles, programs run and print what the README says

    A block with main is a program; a text block right after it is what it prints (... stands for anything). Other C++
    blocks stand in a function, or at namespace scope after <!-- test: namespace -->. <!-- given: code --> goes before a
    block unseen; with <!-- then: code --> behind it too, a block is a program that must end with 0. <!-- test: compile --> does not run a program; <!-- test: skip --> is for code of other libraries.
    """
    path = ROOT / "README.md"
    if not path.is_file():
        return stage.leave_out("README.md is not there yet")
    text = path.read_text(encoding="utf-8")
    blocks = list(FENCE.finditer(text))
    jobs = []
    for number, block in enumerate(blocks):
        line = text.count("\n", 0, block.start("body"))
        where = f"README.md:{line}"
        if block["language"] in ("sh", "bash", "console"):
            for command in re.findall(r"^(?:\$ )?((?:\./)?(?:examples|tests|tools)/[\w/]+)", block["body"], re.MULTILINE):
                stage.check(f"{where}: {command} can be run", os.access(ROOT / command, os.X_OK))
        if block["language"] not in ("cpp", "c++") or re.search(r"<!-- test: skip\b", block["before"]):
            continue
        following = blocks[number + 1] if number + 1 < len(blocks) else None
        printed = following["body"] if following and following["language"] == "text" else None
        jobs.append((where, block["before"], block["body"], printed))

    def one(job):
        where, before, body, printed = job
        given, then = ("\n".join(re.findall(rf"<!-- {what}:(.*?)-->", before, re.DOTALL)) for what in ("given", "then"))
        program = then or re.search(r"^(int|auto) main\(", body, re.MULTILINE)
        lines = (given + "\n" + body).splitlines()
        head = "\n".join(line for line in lines if line.startswith("#include"))
        rest = "\n".join(line for line in lines if not line.startswith("#include"))
        code = f"{head}\n#include <spanwise/spanwise.hpp>\n"
        if then:
            code += f"int main() {{\n{rest}\n{then}\n}}\n"
        else:
            code += rest if program or "test: namespace" in before else f"void readme_block() {{\n{rest}\n}}\n"
        source = write(BUILD / "readme" / f"{where.replace(':', '-')}.cpp", code)
        needed, missing = optional_libraries(source)
        if missing:
            return stage.leave_out(f"{where} (needs {', '.join(sorted(missing))})")
        compiling, linking = package_flags(needed)
        flags = ["-std=c++20", "-Wall", "-Wextra", "-Werror", "-Wno-unused", f"-I{ROOT / 'single_include'}", *compiling]
        outcome = compile_object(GXX, flags, source, source.with_suffix(".o"))
        if not stage.check(f"{where} compiles", outcome.code == 0, outcome.text):
            return
        if not program or "test: compile" in before:
            return
        outcome = run([GXX, source.with_suffix(".o"), "-o", source.with_suffix(""), "-pthread", *linking])
        if outcome.code == 0:
            outcome = run([source.with_suffix("")], timeout=60, cwd=BUILD / "readme", apart=True)
        wrong = units.compare(printed, outcome.output) if printed is not None else ""
        stage.check(f"{where} runs and prints what is shown", outcome.code == 0 and not wrong, f"exit code {outcome.code}\n{wrong}\n{outcome.errors}")

    figures = run([sys.executable, ROOT / "benchmarks/costs.py", "--check"])
    stage.check("README.md has the figures of the result file", figures.code == 0, figures.text)
    if not jobs:
        stage.check("README.md has C++ blocks", False)
    stage.each(jobs, one)
