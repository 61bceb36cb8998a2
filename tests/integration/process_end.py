#!/usr/bin/env python3
"""How processes end: by return, exception, exit, signals, in forked children, with exporters that hang. Looks at what the
exporter wrote (a line "<process id> <span>" each), at the exit code and at the time, and at stderr for what was lost."""

import collections
import os
import pathlib
import subprocess
import sys
import time

PROGRAM = pathlib.Path(os.environ["SPANWISE_BUILD"]) / "integration.process_end"
QUICK = 4.0  # seconds; machines that run tests are busy, and what hangs takes 5 s or 30 s

# way: exit code, the spans that must have come (None: any number), what stderr must tell, how often it is run
WAYS = {
    "return": (0, {"queued": 3}),
    "exception": (5, {"queued": 3, "open": 1}),
    "exit": (3, {"queued": 3}),
    "exit_on_another_thread": (3, {"queued": 3}),
    "exit_amid_threads": (3, {"queued": 3, "busy": None}, None, 10),
    "exit_in_an_exporter": (3, {}),
    "exit_in_an_immediate_exporter": (3, {}),
    "quick_exit": (4, {}),
    "terminate": (-6, {}),
    "abort_in_an_exporter": (-6, {}),
    "hanging_at_return": (0, {}, "3 unfinished or unsent"),
    "hanging_at_exit": (3, {}, "3 unfinished or unsent"),
    "hanging_at_exit_on_two_threads": (3, {}, "3 unfinished or unsent"),
    "static_at_return": (0, {"queued": 3}),  # spans that statics make at the end do nothing
    "destroyed_during_exit": (3, {"queued": 3}, None, 100),
    "leaked_handle": (0, {"queued": 3}),
    "main_leaves_first": (3, {"queued": 6}),
    "thread_local_last_words": (0, {"queued": 3}),  # nor do those of thread_locals
    "child_exits": (0, {"queued": 3}),
    "child_returns": (0, {"queued": 3}),
    "child_traces": (0, {"queued": 3, "child": 1}),
    "child_of_a_busy_parent": (0, {"queued": 60, "busy": None}),
    "runs_programs": (0, {"program": 5}),
    "becomes_a_daemon": (0, {"queued": 3}),
    "signal": (-15, {"queued": 3}),
}
# LeakSanitizer follows what running threads hold. It takes for lost what belongs to a main thread that has left, and what
# belongs to the parent's other threads in the child of a fork.
LEAKS_CANNOT_BE_TOLD = {"main_leaves_first", "child_exits", "child_returns", "child_traces", "child_of_a_busy_parent", "becomes_a_daemon"}
# The lock of AddressSanitizer's allocator, held by another thread at the fork, stays locked in the child.
# So children that start threads of their own hang there now and then.
ALLOCATOR_HANGS = {"child_traces", "child_of_a_busy_parent", "becomes_a_daemon"} if b"__asan_init" in PROGRAM.read_bytes() else set()
passed = failed = 0


def check(what, good, detail=""):
    global passed, failed
    passed, failed = passed + bool(good), failed + (not good)
    if not good:
        print(f"FAILED: {what}\n{detail}")


def run(way, code, spans, told=None, times=1):
    slowest = 0.0
    env = dict(os.environ)
    if way in LEAKS_CANNOT_BE_TOLD:
        env["ASAN_OPTIONS"] = f"{env.get('ASAN_OPTIONS', '')}:detect_leaks=0".lstrip(":")
    for _ in range(times):
        began = time.monotonic()
        try:
            outcome = subprocess.run([PROGRAM, way], capture_output=True, text=True, timeout=20, env=env)
        except subprocess.TimeoutExpired as hung:
            return check(f"{way}: hangs", False, str(hung))
        slowest = max(slowest, time.monotonic() - began)
        came = collections.Counter(line.split(" ", 1)[1] for line in outcome.stdout.splitlines())
        wanted = {name: came[name] if count is None else count for name, count in spans.items()}
        detail = f"exit code {outcome.returncode}, spans {dict(came)}\n{outcome.stderr[:2000]}"
        if outcome.returncode != code or came != collections.Counter(wanted) or (told and told not in outcome.stderr):
            return check(f"{way}: exit code {code}, spans {spans}, {told}", False, detail)
    check(way, True)
    check(f"{way}: took {slowest:.1f} s, {QUICK:.0f} s at most", slowest < QUICK)


def main():
    known = subprocess.run([PROGRAM], capture_output=True, text=True).stdout.split()
    check("each way to end is tried", sorted(known) == sorted(WAYS), f"{sorted(set(known) ^ set(WAYS))}")
    for way, expected in WAYS.items():
        if way not in ALLOCATOR_HANGS:
            run(way, *expected)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
