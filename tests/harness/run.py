#!/usr/bin/env python3
"""Runs the stages of the tests, tells how each went, and closes with the line 'N passed, N failed'."""

import os
import resource
import signal
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import compliance
import conformance
import fuzzing
import headers
import linking
import outside
import units
from checks import BUILD, ROOT, Stage, end_all

STAGES = {
    "headers": headers.headers,
    "compliance": compliance.compliance,
    "unit": units.unit,
    "must_not_compile": headers.must_not_compile,
    "alone": headers.alone,
    "odr": linking.odr,
    "zero_cost": linking.zero_cost,
    "examples": units.examples,
    "integration": units.integration,
    "conformance": conformance.conformance,
    "instructions": units.instructions,
    "readme": outside.readme,
    "install": outside.install,
    "san": units.san,
    "tsan": units.tsan,
    "fuzz": fuzzing.fuzz,
    "clang": units.clang,
    "libcxx": headers.libcxx,
    "aarch64": units.aarch64,
    "budget": units.budget,
}
# Its figures are times too, which a busy machine makes longer: run where it is named.
ON_REQUEST = {"budget"}
GROUPS = {"quick": ["headers", "compliance", "unit", "must_not_compile"]}


def processor_seconds():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main():
    wanted = [name for argument in sys.argv[1:] for name in GROUPS.get(argument, [argument])]
    if "--list" in wanted:
        for name, function in STAGES.items():
            print(f"{name:18}{function.__doc__.splitlines()[0]}" + (" (when named)" if name in ON_REQUEST else ""))
        return 0
    unknown = [name for name in wanted if name not in STAGES]
    if unknown:
        print(f"no such stage: {', '.join(unknown)}; there are {', '.join([*STAGES, *GROUPS])}", file=sys.stderr)
        return 2

    # A clone at another path finds what an earlier one compiled.
    os.environ.setdefault("CCACHE_BASEDIR", str(ROOT))
    os.environ.setdefault("CCACHE_NOHASHDIR", "1")
    os.environ.setdefault("CCACHE_SLOPPINESS", "pch_defines,time_macros")  # what it asks for to work with precompiled headers
    BUILD.mkdir(parents=True, exist_ok=True)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end_all)

    started = time.monotonic()
    rows = []
    names = [name for name in STAGES if (name in wanted if wanted else name not in ON_REQUEST)]
    for number, name in enumerate(names, 1):
        print(f"[{number}/{len(names)}] {name}: {STAGES[name].__doc__.splitlines()[0]}", flush=True)
        stage, began, spent = Stage(name), time.monotonic(), processor_seconds()
        try:
            STAGES[name](stage)
        except Exception as error:  # a broken stage is a failed one, and the others still run
            stage.check(f"the stage itself: {type(error).__name__}: {error}", False)
        rows.append((stage, time.monotonic() - began, processor_seconds() - spent))
        print(f"\r  {name}: {stage.passed} passed, {stage.failed} failed, {rows[-1][1]:.1f} s\033[K"
              if sys.stdout.isatty() else f"  {name}: {stage.passed} passed, {stage.failed} failed, {rows[-1][1]:.1f} s", flush=True)

    print(f"\n{'stage':18}{'passed':>8}{'failed':>8}{'seconds':>9}{'of cpu':>9}")
    for stage, seconds, spent in rows:
        note = f"  left out: {'; '.join(stage.left_out)}" if stage.left_out else ""
        print(f"{stage.name:18}{stage.passed:8}{stage.failed:8}{seconds:9.1f}{spent:9.1f}{note}")
    print(f"{'in all':18}{'':16}{time.monotonic() - started:9.1f}{processor_seconds():9.1f}\n")
    passed, failed = (sum(getattr(stage, what) for stage, _, _ in rows) for what in ("passed", "failed"))
    print(f"{passed} passed, {failed} failed", flush=True)
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
