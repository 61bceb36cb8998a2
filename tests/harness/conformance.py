"""The stage that compares the library with test vectors, with reference functions, and with the W3C's trace-context harness."""

import os
import re
import shutil
import socket
import sys
import time

import units
from checks import BUILD, ROOT, run, running, start

FOLDER = ROOT / "tests/conformance"
VECTORS = ROOT / "tests/vectors"
# What each program is called where others look for it: build/tests/spanwise-conformance, build/tests/w3c-service.
PROGRAMS = {"conformance.vector_program": "spanwise-conformance", "conformance.w3c_service": "w3c-service"}
HARNESS = "SPANWISE_W3C_HARNESS"
HARNESS_CASES = 41


def put_in_place(stage):
    """Builds the two programs and copies them to their places; False if one does not build."""
    if units.GCC.build(stage, "conformance") != set():
        return False
    missing = set(PROGRAMS) - set(units.GCC.programs("conformance"))
    if missing:
        stage.leave_out("the conformance programs (need cpp-httplib and nlohmann_json)")
        return False
    for built, name in PROGRAMS.items():
        fresh = BUILD / f"{name}.new"
        shutil.copy2(units.GCC.folder / built, fresh)
        fresh.replace(BUILD / name)  # in one step: somebody may be running the old one
    return True


def conformance(stage):
    """test vectors, the reference functions on random inputs, and the W3C trace-context cases, through programs in build/tests"""
    if not put_in_place(stage):
        return
    program = BUILD / PROGRAMS["conformance.vector_program"]
    stage.progress("vectors")
    units.count_script(stage, [sys.executable, FOLDER / "run.py", program, VECTORS, "--verbose"], 120)
    stage.progress("random inputs")
    units.count_script(stage, [sys.executable, FOLDER / "differential.py", program, "--vectors", VECTORS], 300)
    service = BUILD / PROGRAMS["conformance.w3c_service"]
    stage.progress("trace context")
    units.count_script(stage, [sys.executable, FOLDER / "w3c_requests.py", service], 120)
    w3c_harness(stage, service)


def free_port():
    with socket.socket() as any_port:
        any_port.bind(("127.0.0.1", 0))
        return any_port.getsockname()[1]


def w3c_harness(stage, service):
    """The W3C's own harness, where the environment names the folder of its test.py."""
    folder = os.environ.get(HARNESS)
    if not folder:
        return stage.leave_out(f"the W3C's own harness ({HARNESS} names the folder of its test.py)")
    python = os.environ.get("SPANWISE_W3C_PYTHON", sys.executable)
    if run([python, "-c", "import aiohttp"]).code:
        return stage.leave_out("the W3C's own harness (needs aiohttp; SPANWISE_W3C_PYTHON names a python that has it)")
    port = free_port()
    process = start([service, port], env={name: value for name, value in os.environ.items() if not name.startswith("OTEL_")})
    try:
        for _ in range(100):
            if process.poll() is not None:
                break
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.05)
        levels = {"SPEC_LEVEL": "2", "STRICT_LEVEL": "2", "HARNESS_PORT": str(free_port())}
        outcome = run([python, "test.py", f"http://127.0.0.1:{port}/test"], timeout=300, cwd=folder, env=levels)
    finally:
        process.kill()
        process.wait()
        running.discard(process)
    ran = re.search(r"^Ran (\d+) tests", outcome.text, re.MULTILINE)
    ran = int(ran.group(1)) if ran else 0
    bad = sum(map(int, re.findall(r"(?:failures|errors)=(\d+)", outcome.text)))
    good = outcome.code == 0 and ran >= HARNESS_CASES
    stage.count(f"the W3C's own harness, {ran} cases (exit code {outcome.code})", ran - bad, bad or int(not good), outcome.text)
