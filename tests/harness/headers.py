"""The stages about headers by themselves: include rules, compiling alone, and what must not compile."""

import os
import re
import sys

import units
from checks import (BUILD, CLANGXX, GXX, NO_RUNTIME, ROOT, SINGLE_HEADER, WARNINGS, compile_object, optional_libraries,
                    package_flags, run, write)

INCLUDE = ROOT / "include"
COMPILERS = (GXX, CLANGXX)
# What some projects ask of all headers they include.
STRICTER = {CLANGXX: ["-Wcast-align", "-Wconditional-uninitialized", "-Wreserved-identifier", "-Wzero-as-null-pointer-constant"]}


def headers(stage):
    """include rules, and that single_include/ and semconv/ are fresh"""
    outcome = run([sys.executable, ROOT / "tools/single_header.py", "--check"])
    stage.check("tools/single_header.py --check", outcome.code == 0, outcome.text)
    for line in outcome.text.splitlines():
        if line.startswith("warning: "):
            print("  " + line)

    text = (INCLUDE / "spanwise/version.hpp").read_text(encoding="utf-8")
    version = re.search(r'SPANWISE_VERSION "([^"]+)"', text).group(1)
    tokens = re.findall(r"SPANWISE_ABI (\w+)", text)
    wanted = "v" + version.replace(".", "_")
    stage.check(f"the inline namespace is named after version {version}", sorted(tokens) == [wanted, wanted + "_off", wanted + "_portable"], " ".join(tokens))

    semconv(stage)

    untested = [name.removeprefix("spanwise/") for name in all_headers() if name.count("/") > 1
                and not (ROOT / "tests/unit" / name.removeprefix("spanwise/")).with_suffix(".cpp").is_file()]
    if untested:
        print(f"  without a test at the same path: {', '.join(untested)}")


def semconv(stage):
    """The generated keys: unchanged and of one version; fresh, where what they are made from is at hand."""
    script = ROOT / "tools/semconv/generate.py"
    outcome = run([sys.executable, script, "--check"])
    stage.check("tools/semconv/generate.py --check", outcome.code == 0, outcome.text)

    given = os.environ.get("SPANWISE_SEMCONV", "")
    if given:
        outcome = run([sys.executable, script, "--check", given])
    if not given or outcome.code == 77:
        why = outcome.text.strip().removeprefix("error: ") if given else ("SPANWISE_SEMCONV names no model folder and no package (a folder of "
                                                  "open-telemetry/semantic-conventions, an npm package, or the word npm)")
        stage.leave_out(f"whether semconv/ is stale: skipped: {why}")
    else:
        stage.check(f"semconv/ is what {given} gives", outcome.code == 0, outcome.text)

    # Instrumentation writes keys out, since the single header has none of these; unit/semconv/instrumentation.cpp looks at the types.
    folder = INCLUDE / "spanwise"
    known = set(re.findall(r'\{\s*"([a-z0-9_.]+)"\};', "".join(path.read_text(encoding="utf-8") for path in folder.glob("semconv/*.hpp"))))
    for path in sorted(folder.glob("instrument/*.hpp")):
        written = set(re.findall(r'(?:\{|set\(|_absent\()"([a-z_]+(?:\.[a-z_]+)+)",', path.read_text(encoding="utf-8"))) - {"spanwise.httplib"}
        if written:
            stage.check(f"the attributes of {path.name} are of the semantic conventions", written <= known, " ".join(sorted(written - known)))


def all_headers():
    return sorted(path.relative_to(INCLUDE).as_posix() for path in INCLUDE.rglob("*.hpp"))


def can_compile(stage, name, told):
    needed, missing = optional_libraries(INCLUDE / name)
    if missing and name not in told:
        told.add(name)
        stage.leave_out(f"{name} (needs {', '.join(sorted(missing))})")
    return needed, not missing


def compile_alone(stage, tree, variants):
    """Compiles each header of a tree alone and twice included, in each variant (name, compiler, flags)."""
    told, jobs = set(), []
    for name in sorted(path.relative_to(ROOT / tree).as_posix() for path in (ROOT / tree).rglob("*.hpp")):
        needed, possible = can_compile(stage, name, told)
        if possible:
            source = write(BUILD / "alone" / tree / (name.replace("/", ".") + ".cpp"), f"#include <{name}>\n#include <{name}>\n")
            jobs += [(name, needed, source, variant) for variant in variants]

    def one(job):
        name, needed, source, (variant, compiler, flags) = job
        if "-fno-exceptions" in flags and needed - {"fmt"}:
            flags = [flag for flag in flags if flag not in NO_RUNTIME]  # the libraries themselves throw
        if "-stdlib=libc++" in flags and needed - {"fmt", "nlohmann_json"}:
            return
        target = source.with_suffix(f".{variant}.o")
        outcome = compile_object(compiler, ["-std=c++20", "-O0", *WARNINGS, *flags, f"-I{ROOT / tree}", *package_flags(needed)[0]],
                                 source, target)
        stage.check(f"{tree}/{name} alone, {variant}", outcome.code == 0, outcome.text)

    stage.each(jobs, one)


def alone(stage):
    """each header alone, twice included, all warnings, g++ and clang++, also without exceptions and RTTI"""
    # One by one without exceptions; with them and by clang++ they are in the stage libcxx. The single header is compiled every way.
    compile_alone(stage, "include", [("g++-bare", GXX, NO_RUNTIME)])
    whole = [("g++", GXX, []), ("clang++", CLANGXX, [])]
    bare = [("g++-bare", GXX, NO_RUNTIME), ("clang++-bare", CLANGXX, NO_RUNTIME)]
    compile_alone(stage, "single_include", [*whole, *bare, ("g++-23", GXX, ["-std=c++23"]), ("clang++-2b", CLANGXX, ["-std=c++2b"])])

    # What must hold for the whole: no name of one header stands in the way of another's.
    names = [name for name in all_headers() if not optional_libraries(INCLUDE / name)[1]]
    everything = write(BUILD / "alone" / "everything.cpp", "".join(f"#include <{name}>\n" for name in reversed(names)))
    needed = set().union(*(optional_libraries(INCLUDE / name)[0] for name in names)) if names else set()

    def together(variant):
        flags = ["-std=c++20", *WARNINGS, *STRICTER.get(variant, []), f"-I{INCLUDE}", *package_flags(needed)[0]]
        outcome = compile_object(variant, flags, everything, everything.with_suffix(f".{variant}.o"))
        stage.check(f"every header in one file, {variant}", outcome.code == 0, outcome.text)

    stage.each(COMPILERS, together)
    system_only(stage)
    older_standard(stage)


def system_only(stage):
    """The single header names nothing that a bare compiler does not bring."""
    if not SINGLE_HEADER.is_file():
        return
    source = write(BUILD / "alone" / "single.cpp", "#include <spanwise/spanwise.hpp>\n")
    for compiler in COMPILERS:
        outcome = run([compiler, "-std=c++20", "-M", f"-I{SINGLE_HEADER.parent.parent}", source])
        files = outcome.output.replace("\\\n", " ").split()[2:]
        toolchain = re.compile(r"/(c\+\+|lib/gcc|lib/llvm[^/]*|lib/clang)/|^/usr/include/(?!(fmt|nlohmann|openssl|yaml-cpp|catch2|gtest|zlib\.h|httplib\.h))")
        foreign = [file for file in files if not toolchain.search(file) and not file.endswith("spanwise/spanwise.hpp")]
        stage.check(f"the single header needs only the compiler, {compiler}", outcome.code == 0 and not foreign, "\n".join(foreign) or outcome.text)


def older_standard(stage):
    """Whoever forgets -std=c++20 reads that first, and little else."""
    source = write(BUILD / "alone" / "older.cpp", "#include <spanwise/trace.hpp>\nvoid f() { spanwise::span span{\"x\"}; }\n")
    for compiler in COMPILERS:
        for tree in ("include", "single_include"):
            outcome = run([compiler, "-std=c++17", "-fsyntax-only", f"-I{ROOT / tree}", source])
            errors = [line for line in outcome.text.splitlines() if "error: " in line]
            told = len(errors) in (1, 2) and "spanwise needs C++20: compile with -std=c++20" in errors[0]
            stage.check(f"{tree}/ compiled as C++17 says what it needs, {compiler}", outcome.code != 0 and told, outcome.text)


def must_not_compile(stage):
    """wrong use fails with its sentence, right use compiles, g++ and clang++"""
    jobs = [(source, compiler) for source in sorted((ROOT / "tests/must_not_compile").rglob("*.cpp")) for compiler in COMPILERS]

    def one(job):
        source, compiler = job
        name = f"{source.relative_to(ROOT / 'tests/must_not_compile')}, {compiler}"
        first = source.read_text(encoding="utf-8").splitlines()[0]
        if optional_libraries(source)[1]:
            return
        flags = ["-std=c++20", *WARNINGS, "-I" + str(INCLUDE), "-I" + str(ROOT / "tests")]
        outcome = compile_object(compiler, flags, source, BUILD / "must_not_compile" / f"{source.stem}.{compiler}.o")
        if first == "// compiles":
            stage.check(f"{name}: must compile", outcome.code == 0, outcome.text)
        elif first.startswith("// error: "):
            wanted = first.removeprefix("// error: ")
            stage.check(f"{name}: compiles, but must not", outcome.code != 0)
            if outcome.code:
                stage.check(f"{name}: fails without saying: {wanted}", wanted in outcome.text, outcome.text)
        else:
            stage.check(f"{name}: its first line must be '// error: text' or '// compiles'", False)

    if not jobs:
        stage.leave_out("nothing in tests/must_not_compile")
    stage.each(jobs, one)


def libcxx(stage):
    """each header alone and the front half's unit tests, clang++ with libc++"""
    probe = write(BUILD / "libcxx-probe.cpp", "#include <version>\nint main() {}\n")
    if run([CLANGXX, "-stdlib=libc++", probe, "-o", probe.with_suffix("")]).code:
        return stage.leave_out("needs libc++-dev and libc++abi-dev")
    compile_alone(stage, "include", [("libc++", CLANGXX, ["-stdlib=libc++"])])
    compile_alone(stage, "single_include", [("libc++-bare", CLANGXX, ["-stdlib=libc++", *NO_RUNTIME])])
    units.whole(stage, units.LIBCXX, "unit")
