#!/usr/bin/env python3
"""Counts the instructions of the hot cases under callgrind and compares them with recorded ceilings.

    benchmarks/instruction_counts.py PROGRAM            prints the counts; PROGRAM is a built benchmarks.hot_cases
    benchmarks/instruction_counts.py --check PROGRAM    fails where one is above its ceiling in ceilings.json
    benchmarks/instruction_counts.py --record PROGRAM   records ceilings for the compiler of PROGRAM, 2 % above the counts

Ceilings belong to a compiler's version; with another one --check says so and succeeds. Counts are for one span, one header,
one span of a request.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

CEILINGS = Path(__file__).resolve().parent / "ceilings.json"
TIMES = 1000  # what a hot function repeats
SLACK = 1.02
LOOSE = 1.04  # a ceiling so far above what is counted no longer guards it
COLLECTED = re.compile(r"Collected : (\d+)")
# The C library's memcpy differs from processor to processor; the plain one is the same everywhere.
ENV = {**os.environ, "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX_Fast_Unaligned_Load,-AVX2,-AVX,-AVX512F,-AVX512VL,-ERMS,-FSRM"}


def output(command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split("\n")[:-1]


def count(program, case):
    """Instructions of one repetition."""
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", "--collect-atstart=no",
               f"--toggle-collect=hot_{case.replace('-', '_')}", program, case]
    outcome = subprocess.run(command, capture_output=True, text=True, env=ENV, timeout=300)
    collected = COLLECTED.search(outcome.stderr)
    if outcome.returncode or not collected or collected.group(1) == "0":
        sys.exit(f"{case}: could not be counted (exit code {outcome.returncode})\n{outcome.stderr}")
    return int(collected.group(1)) / TIMES


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--json", action="store_true", help="print the counts as JSON")
    parser.add_argument("program")
    arguments = parser.parse_args()
    if not os.access(arguments.program, os.X_OK):
        sys.exit(f"benchmarks/instruction_counts.py: there is no program {arguments.program}; tests/run instructions builds it, "
                 "or ninja with -Dbenchmarks=enabled")
    if not shutil.which("valgrind"):
        print("skipped: instruction counts (needs valgrind)")
        return 0

    program = str(Path(arguments.program).resolve())
    try:
        compiler, cases = output([program, "--compiler"])[0], output([program, "--list"])
    except (OSError, subprocess.CalledProcessError, IndexError):
        sys.exit(f"benchmarks/instruction_counts.py: {arguments.program} is not benchmarks.hot_cases")
    known = json.loads(CEILINGS.read_text(encoding="utf-8")) if CEILINGS.is_file() else {}
    if arguments.check and compiler not in known:
        print(f"skipped: instruction counts (ceilings are recorded for {', '.join(sorted(known)) or 'no compiler'}, this is {compiler})")
        return 0
    counts = {case: count(program, case) for case in cases}
    if arguments.json:
        print(json.dumps({"compiler": compiler, "instructions": counts}))
        return 0
    if arguments.record:
        known[compiler] = {case: round(each * SLACK) + 1 for case, each in counts.items()}
        CEILINGS.write_text(json.dumps(known, indent=2, sort_keys=True) + "\n", encoding="utf-8")

    ceilings, failed, loose = known.get(compiler, {}), 0, []
    print(compiler)
    for case, each in counts.items():
        ceiling = ceilings.get(case)
        above = arguments.check and (ceiling is None or each > ceiling)
        failed += above
        loose += [case] if ceiling and ceiling > round(each * LOOSE) + 1 else []
        print(f"{case:16} {each:9.1f} instructions, " + (f"ceiling {ceiling}" if ceiling else "no ceiling") + (": too many" if above else ""))
    if loose:
        print(f"more than {LOOSE - 1:.0%} above what is counted, to be recorded anew: {', '.join(loose)}")
    if arguments.check:
        print(f"{len(counts) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
