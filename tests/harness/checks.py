"""What the stages share: commands with time limits, compilers, and the count of what passed and failed."""

import concurrent.futures
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
BUILD = Path(os.environ.get("SPANWISE_TEST_BUILD", ROOT / "build" / "tests")).resolve()
JOBS = os.cpu_count() or 1

GXX = os.environ.get("SPANWISE_GXX", "g++")
CLANGXX = os.environ.get("SPANWISE_CLANGXX", "clang++")
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror"]
NO_RUNTIME = ["-fno-exceptions", "-fno-rtti"]
COUNTS = re.compile(r"^(\d+) passed, (\d+) failed\b", re.MULTILINE)


class Outcome:
    def __init__(self, code, output, errors=""):
        self.code, self.output, self.errors = code, output, errors

    @property
    def text(self):
        return self.output + self.errors


running = set()


def end_all(number, _frame):
    """Ends what the stages have started when the run itself is ended."""
    for process in list(running):
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    sys.stdout.flush()
    os._exit(128 + number)


def start(command, **how):
    """Starts a command in a process group of its own."""
    process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               start_new_session=True, **how)
    running.add(process)
    return process


def run(command, timeout=300, env=None, cwd=None, apart=False):
    """Runs a command in a process group of its own and ends the whole group when its time is up.

    With `apart`, standard error is kept apart in `errors`; otherwise it is part of `output`.
    """
    environment = {**os.environ, **(env or {})}
    try:
        process = start(command, stderr=subprocess.PIPE if apart else subprocess.STDOUT, env=environment, cwd=cwd)
    except OSError as error:
        return Outcome(127, "", f"{command[0]}: {error}\n")
    try:
        output, errors = process.communicate(timeout=timeout)
        code = process.returncode
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output, errors = process.communicate()
        errors = (errors or b"") + f"\nnot finished after {timeout} s\n".encode()
        code = 124
    running.discard(process)
    return Outcome(code, output.decode(errors="replace"), (errors or b"").decode(errors="replace"))


def run_told(command, tell, timeout=1800):
    """Runs a command and gives each line it prints to `tell` as it comes."""
    process = start(command, stderr=subprocess.STDOUT, text=True, errors="replace")
    alarm = threading.Timer(timeout, lambda: os.killpg(process.pid, signal.SIGKILL))
    alarm.start()
    lines = []
    for line in process.stdout:
        lines.append(line)
        tell(line)
    code = process.wait()
    alarm.cancel()
    running.discard(process)
    return Outcome(code, "".join(lines))


def have(tool):
    return shutil.which(tool) is not None


def compile_object(compiler, flags, source, target):
    """Compiles one file, through ccache where it is."""
    target.parent.mkdir(parents=True, exist_ok=True)
    cached = ["ccache"] if have("ccache") else []
    return run([*cached, compiler, *flags, "-c", source, "-o", target])


def write(path, text):
    """Writes a generated file, but leaves an equal one as it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")
    return path


class Stage:
    """Counts the checks of one stage and tells what happens while it does."""

    def __init__(self, name):
        self.name = name
        self.passed = self.failed = 0
        self.left_out = []
        self.lock = threading.Lock()
        self.last_told = time.monotonic()

    def check(self, what, good, output=""):
        """Counts one check; a failed one is printed with the end of its output."""
        self.count(what, int(bool(good)), int(not good), output)
        return good

    def count(self, what, passed, failed, output=""):
        with self.lock:
            self.passed += passed
            self.failed += failed
            if failed:
                lines = output.rstrip().splitlines()
                shown = lines if len(lines) <= 80 else lines[:40] + [f"... {len(lines) - 80} lines ..."] + lines[-40:]
                print(f"\n--- {self.name}: FAILED: {what}", *shown, "---", sep="\n", flush=True)

    def leave_out(self, reason):
        self.left_out.append(reason)
        print(f"  {self.name}: left out: {reason}", flush=True)

    def each(self, items, function, jobs=JOBS):
        """Calls function(item) for all items, `jobs` at a time; a raised exception is a failed check."""
        items = list(items)
        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            futures = {pool.submit(function, item): item for item in items}
            for done, future in enumerate(concurrent.futures.as_completed(futures), 1):
                error = future.exception()
                if error:
                    self.check(str(futures[future]), False, f"{type(error).__name__}: {error}")
                self.progress(f"{done}/{len(items)}")

    def progress(self, text):
        if sys.stdout.isatty():
            print(f"\r  {self.name}: {text} \033[K", end="\r", flush=True)
        elif time.monotonic() - self.last_told > 10:
            self.last_told = time.monotonic()
            print(f"  {self.name}: {text}", flush=True)


def optional_libraries(path):
    """The optional libraries that a source names, as the build sees it, and those of them that are missing here."""
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        import list_sources
    finally:
        sys.path.pop(0)
    needed = list_sources.needs(path)
    places = {"fmt": "fmt/core.h", "nlohmann_json": "nlohmann/json.hpp", "httplib": "httplib.h", "zlib": "zlib.h",
              "openssl": "openssl/ssl.h", "yaml_cpp": "yaml-cpp/yaml.h"}
    roots = [Path("/usr/include"), Path("/usr/local/include")]
    missing = {name for name in needed if not any((root / places[name]).is_file() for root in roots)}
    return needed, missing


def package_flags(needed):
    """Compile and link flags of optional libraries, from pkg-config."""
    names = {"fmt": "fmt", "nlohmann_json": "nlohmann_json", "httplib": "cpp-httplib", "zlib": "zlib", "openssl": "openssl",
             "yaml_cpp": "yaml-cpp"}
    compiling, linking = [], []
    for name in sorted(needed):
        compiling += run(["pkg-config", "--cflags", names[name]]).output.split()
        linking += run(["pkg-config", "--libs", names[name]]).output.split()
    return compiling, linking


SINGLE_HEADER = ROOT / "single_include" / "spanwise" / "spanwise.hpp"
