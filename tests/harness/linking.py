"""The stages about linking: one program of differently compiled parts, and tracing that is off."""

import itertools
import re

from checks import (BUILD, CLANGXX, GXX, NO_RUNTIME, ROOT, SINGLE_HEADER, WARNINGS, compile_object, optional_libraries,
                    package_flags, run, write)

SOURCES = ROOT / "tests/odr"
WORK = BUILD / "odr"
TREE = SINGLE_HEADER.parent.parent
OTHER = WORK / "other_version"

# Two parts of one program, each compiled in its way; all meet in main.cpp, which is compiled plainly.
MIXES = {
    "plain": ([], []),
    "-O0 with -O2": (["-O0"], ["-O2"]),
    "without exceptions and RTTI": (NO_RUNTIME, []),
    "NDEBUG": (["-DNDEBUG"], ["-UNDEBUG"]),
    "C++20 with C++23": (["-std=c++20"], ["-std=c++2b"]),
    "hidden visibility": (["-fvisibility=hidden", "-fvisibility-inlines-hidden"], []),
    "-march": (["-O2", "-mssse3"], ["-O2"]),
}


def build(stage, what, parts, compiler, link=()):
    """Compiles parts (source, compiler, flags), links them and runs the program; counts one check."""
    folder = WORK / re.sub(r"\W+", "_", what)
    objects = []
    for source, part_compiler, flags in parts:
        path = SOURCES / source
        tree = [] if any(flag.startswith("-I") for flag in flags) else [f"-I{TREE}"]
        target = folder / f"{path.stem}.o"
        outcome = compile_object(part_compiler, ["-std=c++20", *WARNINGS, *tree, *flags], path, target)
        if outcome.code:
            return stage.check(what, False, outcome.text)
        objects.append(target)
    program = folder / "program"
    outcome = run([compiler, *objects, "-o", program, "-pthread", *link])
    if outcome.code == 0:
        outcome = run([program], timeout=60)
    return stage.check(what, outcome.code == 0, outcome.text)


def shared_library(stage, library_compiler, main_compiler):
    """A library with hidden visibility and a program, by one compiler each."""
    what = f"shared library by {library_compiler}, program by {main_compiler}"
    folder = WORK / re.sub(r"\W+", "_", what)
    hidden = ["-std=c++20", "-O1", "-fPIC", "-fvisibility=hidden", "-fvisibility-inlines-hidden", *WARNINGS, f"-I{TREE}"]
    made = compile_object(library_compiler, hidden, SOURCES / "library.cpp", folder / "library.o")
    if made.code == 0:
        made = run([library_compiler, "-shared", folder / "library.o", "-o", folder / "libwork.so"])
    if made.code == 0:
        made = compile_object(main_compiler, hidden, SOURCES / "library_main.cpp", folder / "main.o")
    if made.code == 0:
        made = run([main_compiler, folder / "main.o", "-o", folder / "program", f"-L{folder}", "-lwork", f"-Wl,-rpath,{folder}", "-pthread"])
    if made.code == 0:
        made = run([folder / "program"], timeout=60)
    stage.check(what, made.code == 0, made.text)


def other_version():
    """A copy of the single header that says it is another version."""
    text = SINGLE_HEADER.read_text(encoding="utf-8")
    token = re.search(r"#define SPANWISE_ABI (v\w+?)(?:_off)?\n", text).group(1)
    version = re.search(r'#define SPANWISE_VERSION "([^"]+)"', text).group(1)
    text = text.replace(token, "v0_0_9").replace(f'"{version}"', '"0.0.9"')
    write(OTHER / "spanwise/spanwise.hpp", text)
    return [f"-I{OTHER}"]


def odr(stage):
    """the single header in several translation units: mixed flags, compilers, httplib, a shared library, two versions"""
    if not SINGLE_HEADER.is_file():
        return stage.leave_out("single_include/ is not made yet")
    jobs = []
    for (what, (first, second)), compiler in itertools.product(MIXES.items(), (GXX, CLANGXX)):
        parts = [("main.cpp", compiler, []), ("one.cpp", compiler, first), ("two.cpp", compiler, second)]
        jobs.append((f"{what}, {compiler}", parts, compiler))
    for compiler, other in ((GXX, CLANGXX), (CLANGXX, GXX)):
        parts = [("main.cpp", compiler, []), ("one.cpp", other, ["-O2"]), ("two.cpp", compiler, ["-O1"])]
        jobs.append((f"{compiler} with {other}", parts, compiler))
        parts = [("version_main.cpp", compiler, []), ("other_version.cpp", other, other_version())]
        jobs.append((f"two versions, {compiler} and {other}", parts, compiler))
        jobs.append((f"off with on, {compiler}", [("off_main.cpp", compiler, []), ("off.cpp", compiler, ["-DSPANWISE_OFF"])], compiler))
    lto = ["-O2", "-flto", "-Wodr", "-Wlto-type-mismatch"]
    jobs.append(("link-time optimisation", [(name, GXX, lto) for name in ("main.cpp", "one.cpp", "two.cpp")], GXX, [*lto, "-Werror"]))
    if optional_libraries(SOURCES / "after_httplib.cpp")[1]:
        stage.leave_out("httplib before and after (needs cpp-httplib)")
    else:
        compiling, linking = package_flags({"httplib"})
        for compiler in (GXX, CLANGXX):
            parts = [(name, compiler, [f"-I{TREE}", *compiling]) for name in ("httplib_main.cpp", "after_httplib.cpp", "before_httplib.cpp")]
            jobs.append((f"httplib before and after, {compiler}", parts, compiler, linking))
    stage.each(jobs, lambda job: build(stage, *job))
    stage.each(itertools.product((GXX, CLANGXX), repeat=2), lambda pair: shared_library(stage, *pair))


def disassembly(code):
    """The instructions of process_order with what they refer to, without addresses."""
    listing = run(["objdump", "-dr", "--no-show-raw-insn", "--disassemble=_Z13process_orderSt17basic_string_viewIcSt11char_traitsIcEE", code]).output
    lines = [re.sub(r"^\s*[0-9a-f]+:\s*", "", line) for line in listing.splitlines() if re.match(r"^\s+[0-9a-f]+:", line)]
    return [re.sub(r"\b[0-9a-f]+ <", "<", line) for line in lines]


def zero_cost(stage):
    """off leaves no instruction: disassembly with and without, g++ and clang++, -O2"""
    if not SINGLE_HEADER.is_file():
        return stage.leave_out("single_include/ is not made yet")
    forms = {"without": ["-DFORM=0"], "on": ["-DFORM=2"],
             "basic_tracer<off>": ["-DFORM=1"], "SPANWISE_OFF": ["-DFORM=2", "-DSPANWISE_OFF"]}

    def one(compiler):
        code = {}
        for form, flags in forms.items():
            target = BUILD / "zero_cost" / f"{re.sub(r'[^a-zA-Z_]', '_', form)}.{compiler}.o"
            outcome = compile_object(compiler, ["-std=c++20", "-O2", *WARNINGS, f"-I{TREE}", *flags],
                                     ROOT / "tests/zero_cost/process_order.cpp", target)
            if outcome.code:
                return stage.check(f"{form}, {compiler}", False, outcome.text)
            code[form] = disassembly(target)
        stage.check(f"the comparison tells on from off, {compiler}", len(code["on"]) > len(code["without"]) > 5)
        for form in ("basic_tracer<off>", "SPANWISE_OFF"):
            shown = "\n".join(["without:", *code["without"], f"{form}:", *code[form]])
            stage.check(f"{form} leaves no instruction, {compiler}", code[form] == code["without"], shown)

    stage.each((GXX, CLANGXX), one)
