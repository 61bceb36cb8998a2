"""The stages that build with Meson: unit tests, examples and integration tests, in one build a configuration."""

import hashlib
import json
import os
import re
import shlex
import sys

from checks import BUILD, CLANGXX, COUNTS, GXX, JOBS, ROOT, SINGLE_HEADER, compile_object, have, optional_libraries, package_flags, run, run_told, write

FRONT = "detail,core,context,trace,async"
SUMMARY = re.compile(r"^test cases:\s*(\d+)\s*\|(.*)$", re.MULTILINE)
ALL_PASSED = re.compile(r"^All tests passed \(.*?in (\d+) test cases?\)", re.MULTILINE)
ELLIPSIS = "..."


def single_file_example(name):
    return name.startswith("examples.") and (ROOT / "examples" / f"{name.split('.', 1)[1]}.cpp").is_file()


# What a configuration can be asked for. The example services are not among the programs of integration tests: examples/run
# builds its own, as whoever follows the README has it, and `services` sees whether they build in other ways too.
KINDS = {
    "unit": lambda name: name.startswith("unit."),
    "examples": single_file_example,
    "integration": lambda name: name.startswith("integration."),
    "conformance": lambda name: name.startswith("conformance."),
    "benchmarks": lambda name: name.startswith("benchmarks."),
    "services": lambda name: name.startswith("examples.") and not single_file_example(name),
}

SANITIZER_ENV = {
    "ASAN_OPTIONS": "detect_stack_use_after_return=1:strict_string_checks=1:check_initialization_order=1:detect_leaks=1",
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
    "TSAN_OPTIONS": f"halt_on_error=1:second_deadlock_stack=1:suppressions={ROOT / 'tests/harness/tsan.supp'}",
}
CROSS_FILE = """[binaries]
cpp = {cpp}
ar = 'aarch64-linux-gnu-ar'
strip = 'aarch64-linux-gnu-strip'
pkgconfig = 'pkg-config'
exe_wrapper = ['qemu-aarch64', '-L', '/usr/aarch64-linux-gnu']

[host_machine]
system = 'linux'
cpu_family = 'aarch64'
cpu = 'aarch64'
endian = 'little'
"""


class Configuration:
    """One Meson build: a compiler, its options, and what of the project it builds."""

    def __init__(self, name, compiler, options=(), flags=(), runner=(), cross=False, parts=("tests",)):
        self.name, self.compiler, self.options, self.flags = name, compiler, list(options), list(flags)
        self.runner, self.cross, self.parts = list(runner), cross, parts
        self.folder = BUILD / name
        # Each unit test takes half a second less with what most include compiled before. By g++ it stands beside a header.
        self.precompiled = self.folder / "precompiled.hpp"

    def setup_command(self):
        off = [f"-D{part}=disabled" for part in ("tests", "examples", "benchmarks") if part not in self.parts]
        command = ["meson", "setup", self.folder, ROOT, "-Doptimization=1", "-Ddebug=false", "-Dwerror=true", *off, *self.options]
        # A check that fails tells its values in the build by g++; the others say which it was, and compile in less time.
        plain = [] if self.name == "gcc" else ["-DSPANWISE_PLAIN_CHECKS"]
        command += [f"-Dprecompiled={self.precompiled}", f"-Dcpp_args={' '.join([*self.flags, *plain])}", f"-Dcpp_link_args={' '.join(self.flags)}"]
        if self.cross:
            compiler = ["ccache", self.compiler] if have("ccache") else [self.compiler]
            command += ["--cross-file", write(BUILD / f"{self.name}.ini", CROSS_FILE.format(cpp=compiler))]
        return command

    def listing(self):
        """What decides the set of programs; when it changes, Meson must look again."""
        lists = [run([sys.executable, ROOT / "tools/list_sources.py", *what]).output for what in
                 (["tests/unit"], ["tests/integration", "--mains"], ["tests/conformance", "--mains"], ["examples", "--mains"], ["benchmarks", "--mains"])]
        tagged = run([sys.executable, ROOT / "tools/list_sources.py", "tests/unit", "--tag", "[threads]"]).output
        return "\n".join([*lists, tagged, " ".join(map(str, self.setup_command()))])

    def configure(self, stage):
        stamp = self.folder / "configured-for"
        wanted = self.listing()
        if "single_include" in " ".join(self.options):
            forward = run([sys.executable, ROOT / "tools/single_header.py", "--forward", self.folder / "forward"])
            if forward.code:
                return stage.check("single_include/ stand-ins", False, forward.text)
        if stamp.is_file() and stamp.read_text() == wanted and (self.folder / "build.ninja").is_file():
            return True
        command = self.setup_command()
        if (self.folder / "build.ninja").is_file():
            command.append("--wipe")
        env = {"CXX": f"ccache {self.compiler}" if have("ccache") else self.compiler}
        if self.compiler == CLANGXX and have("ld.lld"):
            env["CXX_LD"] = "lld"  # links the sanitizers' run-time libraries in a third of the time
        outcome = run(command, env=env)
        for line in outcome.output.splitlines():
            if "left out:" in line:
                print("  " + line.replace("Message: ", ""))
        if outcome.code:
            return stage.check("meson setup", False, outcome.text)
        stamp.write_text(wanted)
        return True

    def precompile(self, stage):
        """Makes the header that unit tests start with, with their flags; with the single header this is in it."""
        commands = json.loads((self.folder / "compile_commands.json").read_text())
        words = next((shlex.split(one["command"]) for one in commands if self.precompiled.name in one["command"]), None)
        if words is None:
            return True
        flags = [word for word in words if re.match(r"-(std|stdlib|O|f|g|m|D|W|I|isystem|pthread)", word)]
        flags = [flag for flag in flags if not flag.startswith(("-DSPANWISE_TEST_VECTORS", "-fcolor", "-fdiag")) and not flag.endswith(".p")]
        if self.compiler == CLANGXX:
            flags += ["-Xclang", "-fno-pch-timestamp"]
        text = (ROOT / "tests/precompiled.hpp").read_text(encoding="utf-8")
        held = [(ROOT / "tests/catch.hpp").read_text(encoding="utf-8")]
        if "single_include" in " ".join(self.options):
            text += "\n#include <spanwise/spanwise.hpp>\n"
            held.append(SINGLE_HEADER.read_text(encoding="utf-8"))
        # Not by way of ccache: what is in it names its files by their paths, and another clone has others.
        target = self.folder / f"{self.precompiled.name}.{'pch' if self.compiler == CLANGXX else 'gch'}"
        command = [self.compiler, *flags, "-x", "c++-header", self.precompiled.name, "-o", target.name]
        version = run([self.compiler, "--version"]).output
        made_of = hashlib.sha256("\0".join([text, *held, version, *map(str, command)]).encode()).hexdigest()
        stamp = self.folder / "precompiled-of"
        if target.is_file() and stamp.is_file() and stamp.read_text() == made_of:
            return True
        write(self.precompiled, text)
        outcome = run(command, cwd=self.folder)
        if outcome.code:
            return stage.check("tests/precompiled.hpp", False, outcome.text)
        stamp.write_text(made_of)
        return True

    def build(self, stage, *kinds):
        """Builds the programs of these kinds; gives the names of those that do not build."""
        if not self.configure(stage) or not self.precompile(stage):
            return None
        wanted = {name for kind in kinds for name in self.programs(kind)}
        if not wanted:
            return set()

        def tell(line):
            step = re.match(r"\[(\d+/\d+)\]", line)
            if step:
                stage.progress(f"building {step.group(1)}")

        outcome = run_told(["ninja", "-C", self.folder, "-k", "0", "-j", JOBS, *wanted], tell)
        if outcome.code == 0:
            return set()
        failed = set(re.findall(r"^FAILED: (?:lib)?([\w.]+?)(?:\.p/| |\n|$)", outcome.output, re.MULTILINE))
        chunks = re.split(r"^(?=\[\d+/\d+\] |FAILED: )", outcome.output, flags=re.MULTILINE)
        errors = "".join(chunk for chunk in chunks if chunk.startswith("FAILED: "))
        stage.count(f"does not build: {', '.join(sorted(failed)) or 'ninja'}", 0, max(1, len(failed)), errors or outcome.text)
        return failed

    def programs(self, kind):
        """The names of the programs of a kind."""
        targets = json.loads(run(["meson", "introspect", self.folder, "--targets"], apart=True).output)
        return [target["name"] for target in targets if target["type"] == "executable" and KINDS[kind](target["name"])]

    def command(self, program):
        return [*self.runner, self.folder / program]


GCC = Configuration("gcc", GXX, parts=("tests", "examples", "benchmarks"))
CLANG = Configuration("clang", CLANGXX, ["-Dheader_tree=single_include", "-Doptimization=0"], parts=("tests", "examples"))
SAN = Configuration("san", CLANGXX, ["-Doptimization=0", "-Db_sanitize=address,undefined", "-Db_lundef=false"],
                    ["-gline-tables-only", "-fno-omit-frame-pointer", "-fsanitize=float-cast-overflow", "-fno-sanitize-recover=all"])
TSAN = Configuration("tsan", CLANGXX, ["-Doptimization=0", "-Db_sanitize=thread", "-Db_lundef=false", "-Dunit_tag=[threads]"], ["-gline-tables-only"],
                     runner=["setarch", "-R"])
LIBCXX = Configuration("libcxx", CLANGXX, ["-Doptimization=0", f"-Dunit_folders={FRONT}", "-Dhttplib=disabled", "-Dfmt=disabled"], ["-stdlib=libc++"])
AARCH64 = Configuration("aarch64", "aarch64-linux-gnu-g++",
                        [f"-Dunit_folders={FRONT}", "-Dhttplib=disabled", "-Dfmt=disabled", "-Dzlib=disabled", "-Dopenssl=disabled", "-Dyaml_cpp=disabled"],
                        runner=["prlimit", "--as=4294967296", "qemu-aarch64", "-L", "/usr/aarch64-linux-gnu"], cross=True)

# Test cases that a configuration runs, where it is not all of them. qemu-user fails in the child of a fork when that starts
# threads or its parent has them: it ends on an assertion of its own, or hangs.
SELECTED = {"tsan": ["[threads]"], "aarch64": ["~[threads_and_fork]"]}


def run_unit_tests(stage, configuration, broken):
    """Runs each program of unit tests and counts its test cases."""
    arguments = SELECTED.get(configuration.name, [])

    def one(name):
        if name in broken:
            return
        outcome = run([*configuration.command(name), *arguments], timeout=300, env=SANITIZER_ENV, cwd=ROOT)
        whole, parts = ALL_PASSED.search(outcome.text), SUMMARY.search(outcome.text)
        if outcome.code == 0 and whole:
            stage.count(name, int(whole.group(1)), 0)
        elif parts:
            passed = re.search(r"(\d+) passed", parts.group(2))
            passed = int(passed.group(1)) if passed else 0
            stage.count(name, passed, max(int(outcome.code != 0), int(parts.group(1)) - passed), outcome.text)
        else:
            stage.check(f"{name} (exit code {outcome.code})", False, outcome.text)

    programs = configuration.programs("unit")
    if not programs:
        stage.leave_out("no unit tests for this configuration")
    stage.each(programs, one)


def matches(expected, printed):
    """Compares printed lines with expected ones, where ... stands for anything within a line, or alone for any lines."""
    if not expected:
        return not printed
    if expected[0].strip() == ELLIPSIS:
        return any(matches(expected[1:], printed[skip:]) for skip in range(len(printed) + 1))
    if not printed:
        return False
    pattern = ".*".join(re.escape(piece) for piece in expected[0].rstrip().split(ELLIPSIS))
    return bool(re.fullmatch(pattern, printed[0].rstrip())) and matches(expected[1:], printed[1:])


def compare(expected, printed):
    """Nothing if the printed text is as expected, else both texts."""
    trimmed = [text.strip("\n").splitlines() for text in (expected, printed)]
    return "" if matches(*trimmed) else f"expected:\n{expected}\nprinted:\n{printed}"


def expected_output(source):
    """The trailing comment of an example: what stands after the line '// Prints:' to the end of the file."""
    _, found, after = source.partition("\n// Prints:\n")
    if not found:
        return None
    return "\n".join(re.sub(r"^// ?", "", line) for line in after.rstrip("\n").splitlines())


def compiles_off(name):
    """An example where tracing is off at compile time: nothing of it has to change."""
    source = ROOT / "examples" / name
    flags = ["-std=c++20", "-Wall", "-Wextra", "-Werror", "-DSPANWISE_OFF", f"-I{ROOT / 'include'}", *package_flags(optional_libraries(source)[0])[0]]
    return compile_object(GXX, flags, source, BUILD / "off" / f"{source.stem}.o")


def run_examples(stage, configuration, broken):
    """Runs each single-file example and compares what it prints with its trailing comment."""

    def one(name):
        text = (ROOT / "examples" / f"{name.split('.')[1]}.cpp").read_text(encoding="utf-8")
        expected = expected_output(text)
        lines = len(text.splitlines())
        stage.check(f"{name}: {lines} lines, 40 at most", lines <= 40)
        off = compiles_off(f"{name.split('.')[1]}.cpp")
        stage.check(f"{name} compiles with -DSPANWISE_OFF", off.code == 0, off.text)
        if expected is None:
            stage.check(f"{name}: no '// Prints:' at its end", False)
        elif name not in broken:
            outcome = run(configuration.command(name), timeout=60, env=SANITIZER_ENV, apart=True)
            wrong = compare(expected, outcome.output)
            stage.check(name, outcome.code == 0 and not wrong, f"exit code {outcome.code}\n{wrong}\n{outcome.errors}")

    stage.each(configuration.programs("examples"), one)

    # From another directory, by a relative path: what --help prints is read from the script itself.
    for option, code in (("--help", 0), ("--no-such-option", 1)):
        outcome = run([os.path.relpath(ROOT / "examples/run", "/usr/bin"), option], cwd="/usr/bin")
        stage.check(f"examples/run {option}, from elsewhere", outcome.code == code and "--keep" in outcome.text, outcome.text)


def run_order_system(stage):
    """examples/run, the first command of the README: it judges what it sees itself."""
    stage.progress("examples/run")
    env = {name: "" for name in os.environ if name.startswith("OTEL_")}
    outcome = run([ROOT / "examples/run", "--no-install"], timeout=1200, env=env)
    stage.check(f"examples/run (exit code {outcome.code})", outcome.code == 0, outcome.text)


def run_integration(stage, configuration):
    """Runs the scripts of tests/integration, one after the other: they start services and measure time."""
    env = {**SANITIZER_ENV, "SPANWISE_BUILD": str(configuration.folder), "SPANWISE_SOURCE": str(ROOT)}
    for script in sorted((ROOT / "tests/integration").glob("*.py")):
        if script.name.startswith("_") or "__main__" not in script.read_text(encoding="utf-8"):
            continue
        stage.progress(script.stem)
        outcome = run([sys.executable, script], timeout=600, env=env)
        counts = COUNTS.findall(outcome.text)
        passed, failed = map(int, counts[-1]) if counts else (int(outcome.code == 0), int(outcome.code != 0))
        if outcome.code and not failed:
            failed = 1
        stage.count(f"integration/{script.name} (exit code {outcome.code})", passed, failed, outcome.text)


def whole(stage, configuration, *kinds):
    """Builds and runs what a configuration is there for: unit tests, single-file examples, integration tests."""
    broken = configuration.build(stage, *kinds)
    if broken is None:
        return
    if "unit" in kinds:
        run_unit_tests(stage, configuration, broken)
    if "examples" in kinds:
        run_examples(stage, configuration, broken)
    if "integration" in kinds:
        run_integration(stage, configuration)


def unit(stage):
    """unit tests of every header, g++, include/"""
    whole(stage, GCC, "unit")


def examples(stage):
    """each example's output, g++"""
    whole(stage, GCC, "examples")


def integration(stage):
    """services as processes, what the receiver got, and examples/run"""
    whole(stage, GCC, "integration")
    run_order_system(stage)


def count_script(stage, command, timeout):
    """Runs a script that closes with the line 'N passed, N failed', or leaves itself out with 'skipped: why'."""
    outcome = run(command, timeout=timeout, apart=True)
    skipped, counts = re.search(r"^skipped: (.*)$", outcome.output, re.MULTILINE), COUNTS.findall(outcome.output)
    if outcome.code == 0 and skipped:
        return stage.leave_out(skipped.group(1))
    passed, failed = map(int, counts[-1]) if counts else (0, 1)
    stage.count(f"{os.path.basename(str(command[1]))} (exit code {outcome.code})", passed, failed or int(outcome.code != 0), outcome.text)


def instructions(stage):
    """benchmarks build (g++), the hot paths run no more instructions than recorded, and a span takes no more code, g++ and clang++"""
    script = ROOT / "benchmarks/instruction_counts.py"
    count_script(stage, [sys.executable, ROOT / "benchmarks/compile_cost", "--check", "--only", "size/span"], 300)
    if GCC.build(stage, "benchmarks") == set():
        stage.progress("counting")
        count_script(stage, [sys.executable, script, "--check", GCC.folder / "benchmarks.hot_cases"], 900)
    if not have(CLANGXX):
        return stage.leave_out("instruction counts of clang++ (needs clang++)")
    # Its own program alone, compiled as the build by g++ compiles it.
    program, source = BUILD / "clang-hot-cases/hot_cases", ROOT / "benchmarks/hot_cases.cpp"
    outcome = compile_object(CLANGXX, ["-std=c++20", "-O2", "-DNDEBUG", "-pthread", f"-I{ROOT / 'include'}"], source, program.with_suffix(".o"))
    if outcome.code == 0:
        outcome = run([CLANGXX, program.with_suffix(".o"), "-pthread", "-o", program])
    if stage.check("hot_cases compiles with clang++", outcome.code == 0, outcome.text):
        count_script(stage, [sys.executable, script, "--check", program], 900)


def budget(stage):
    """what including spanwise costs in time and size is within its goals"""
    script = ROOT / "benchmarks/compile_cost"
    if not script.is_file():
        return stage.leave_out("benchmarks/compile_cost is not there yet")
    count_script(stage, [sys.executable, script, "--check"], 1800)


def clang(stage):
    """the whole again: clang++, single_include/"""
    whole(stage, CLANG, "unit", "examples", "integration", "services")


def san(stage):
    """unit and integration tests under ASan and UBSan"""
    whole(stage, SAN, "unit", "integration")


def tsan(stage):
    """test cases tagged [threads] under TSan"""
    whole(stage, TSAN, "unit")


def aarch64(stage):
    """front half cross-built, under qemu-user"""
    if not have(AARCH64.compiler) or not have("qemu-aarch64"):
        return stage.leave_out("needs g++-aarch64-linux-gnu and qemu-user")
    whole(stage, AARCH64, "unit")
