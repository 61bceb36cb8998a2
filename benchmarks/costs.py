#!/usr/bin/env python3
"""The figures in README.md, all of them from the result file: what stands there between two comments is written here.

    benchmarks/costs.py           writes it from benchmarks/results/RESULT.json
    benchmarks/costs.py --check   fails where README.md says something else
"""

import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
RESULT = ROOT / "benchmarks/results/RESULT.json"
BLOCK = re.compile(r"(<!-- figures: benchmarks/costs\.py -->\n).*?(<!-- end of figures -->\n)", re.DOTALL)

SPANS = {
    "without attributes": "span/child-0",
    "with four attributes": "span/child-4",
    "with four attributes and an event": "span/child-4-event",
    "with four attributes, whose trace is not sampled": "span/unsampled-4",
    "that begins a trace, with four attributes": "span/root-4",
}
BESIDE = {
    "child span, no attributes": "span/child-0",
    "child span, 4 attributes": "span/child-4",
    "child span, 4 attributes, all literal texts": "span/child-4-literals",
    "child span, not sampled": "span/unsampled",
    "child span, not sampled, 4 attributes": "span/unsampled-4",
    "to OTLP/HTTP protobuf, processor time": "e2e/otlp-http-protobuf",
    "to OTLP/HTTP JSON, processor time": "e2e/otlp-http-json",
}
NEEDED = [name for case in SPANS.values() for name in (case, case + "-tsc")] + [
    "floor/tsc", "floor/clock", "encode/otlp-json-512", "encode/otlp-protobuf-512", "memory/queued-span-4", "propagate/extract",
    "propagate/inject", "span/child-4-tsc-exporter-other-core", "sustained/2-threads", "sustained/paced-1M"]
# What including spanwise costs, where it misses its goal.
MISSED = {
    "compile/whole-header-g++": "all of it takes {value} to include",
    "compile/exporter-unit-g++": "the file that calls `start` with `otlp_http` takes {value} more to compile than with cpp-httplib alone",
    "size/program-growth-g++": "a program that has cpp-httplib in it grows by {value}",
}


def missing(result):
    """The cases that README.md shows and that the result does not have."""
    return [case for case in NEEDED if case not in result["spanwise"]]


def ours(result, case):
    """Ours with the time-stamp counter where there is one: what `clock_source::automatic` takes on such machines."""
    cases = result["spanwise"]
    return cases.get(case + "-tsc", cases.get(case)) if result["machine"]["clocksource"] == "tsc" else cases.get(case)


def clocks(result):
    """Which clock the figures beside those of peers are of."""
    if result["machine"]["clocksource"] != "tsc":
        return "Spans are timed with CLOCK_MONOTONIC here."
    return "Ours are timed with the time-stamp counter, their default on this machine, as fastrace's are; the SDKs read the system's clocks."


def shown(nanoseconds):
    if nanoseconds >= 1000:
        return f"{nanoseconds / 1000:.1f} µs"
    return f"{nanoseconds:.0f} ns" if nanoseconds >= 0.5 else "0 ns"


def both(one):
    """The fastest round, and the middle one in brackets, in the unit of the fastest."""
    middle = f"{one['ns'] / 1000:.1f}" if one["min_ns"] >= 1000 else f"{one['ns']:.0f}"
    return f"{shown(one['min_ns'])} ({middle})"


def beside_rows(result):
    """Our figure beside those of the peers that were measured in the same run, and of those measured elsewhere (with a star)."""
    here = list(result["peers"])
    elsewhere = [peer for peer in result["elsewhere"] if peer not in here]
    rows = [["", "spanwise", *here, *(f"{peer} *" for peer in elsewhere)]]
    for label, case in BESIDE.items():
        measured = [ours(result, case), *(result["peers"][peer].get(case) for peer in here)]
        known = [result["elsewhere"][peer]["ns"].get(case) for peer in elsewhere]
        if measured[0] and any([*measured[1:], *known]):
            rows.append([label, *(both(one) if one else "–" for one in measured),
                         *(shown(one) if one else "–" for one in known)])
    return rows


def table(rows):
    head, *rest = rows
    lines = ["| " + " | ".join(head) + " |", "| --- " * len(head) + "|"]
    return lines + ["| " + " | ".join(row) + " |" for row in rest]


def under_load(cases):
    """What another core and much load make of it."""
    paced, full, traces, fewer = (cases.get(f"sustained/{name}") for name in
                                  ("paced-1M", "2-threads", "traces-2-threads", "traces-2-threads-queue-2048"))
    lines = [f"A thread that discards spans looks at little of them. Where one on another core reads them whole, as one that sends them does, "
             f"a span with four attributes takes {both(cases['span/child-4-tsc-exporter-other-core'])}. Of a million spans a second from two threads, "
             f"for seconds, {paced['dropped'] and round(paced['dropped']) or 'none'} are lost. Of as many as two threads can make ({full['ns']:.0f} ns a span in "
             f"each, in the middle) {full['dropped_percent']:.0f} % find no room in 16 MiB, though they are only discarded; one that sends takes longer."]
    if traces and fewer:
        lines.append(f"Where traces of five spans begin all the while at such a speed, for an exporter that only notes their ids, {traces['whole_percent']:.0f} % of "
                     f"{traces['traces']:,.0f} arrive whole and {traces['shreds']:,.0f} in shreds ({fewer['whole_percent']:.0f} % and "
                     f"{fewer['shreds']:,.0f} with a queue of 2048 spans); the others are left out from their first span on.")
    return " ".join(lines)


def including(result):
    """What including spanwise costs, and which of it misses its goal."""
    costs = {one["name"]: one for one in result["compile"]}
    whole, front = (costs.get(f"compile/{what}-g++") for what in ("whole-header", "front-half"))
    if not whole or not front:
        return []
    theirs = "".join(f" ({peer} \\*: {known['seconds']['compile/front-half-g++']:.1f} s)" for peer, known in result["elsewhere"].items()
                     if peer not in result["peers"] and "compile/front-half-g++" in known.get("seconds", {}))
    lines = [f"To include it costs {whole['value']:.2f} s of g++ -O2, the part that makes spans alone (`spanwise/trace.hpp`) "
             f"{front['value']:.2f} s{theirs}."]
    missed = [text.format(value=f"{costs[name]['value']:.{2 if costs[name]['unit'] == 's' else 0}f} {costs[name]['unit']}") +
              f" (the goal is {costs[name]['goal']} {costs[name]['unit']})" for name, text in MISSED.items()
              if name in costs and costs[name]["value"] > costs[name]["goal"]]
    if missed:
        lines.append(f"Not where it should be yet: {'; '.join(missed)}.")
    return [" ".join(lines), "", "![What including it costs the compiler](benchmarks/results/compile.svg)", ""]


def block(result):
    cases, about = result["spanwise"], result["machine"]
    spans = [["a span", "with the time-stamp counter", "with `CLOCK_MONOTONIC`", "allocations"]]
    for label, case in SPANS.items():
        spans.append([label, both(cases[case + "-tsc"]), both(cases[case]), f"{cases[case]['allocs']:.0f}"])
    spans.append(["off at compile time", "no instruction", "no instruction", "0"])
    lines = [
        f"The fastest of many rounds, and in brackets the middle one, on {about['processors']} processors of a "
        f"{'virtual ' if about['virtual'] else ''}machine ({about['cpu']}, g++ {about['versions'].get('g++', '?')}), on {about['date']}. A round is "
        "2000 spans; between rounds, untimed, a background thread takes them out and discards them. "
        "[All figures](benchmarks/results/RESULT.md); `benchmarks/run` measures them anew.",
        "", *table(spans), "",
        f"Reading either clock twice is {shown(2 * cases['floor/tsc']['min_ns'])} and {shown(2 * cases['floor/clock']['min_ns'])} of that. "
        f"Encoding a span of four attributes and an event as OTLP takes the background thread {both(cases['encode/otlp-json-512'])} for JSON "
        f"and {both(cases['encode/otlp-protobuf-512'])} for protobuf. A span that waits takes {cases['memory/queued-span-4']['bytes']:.0f} "
        f"bytes. Reading a `traceparent` takes {both(cases['propagate/extract'])}, writing one {both(cases['propagate/inject'])}.",
        "", under_load(cases),
        "", "![What a span costs the thread that makes it](benchmarks/results/span.svg)", ""]
    beside = beside_rows(result)
    if len(beside) > 1:
        lines += ["Beside its peers, in turns on the same machine; the processor time is that of the whole process, from the span to "
                  f"the receiver. {clocks(result)}", "", *table(beside), ""]
    if "fastrace" in result["peers"]:
        lines += ["fastrace has texts as attributes: it formats values that are known at run time, such as these numbers, and copies others; "
                  "literals are its best case.", ""]
    if any(peer not in result["peers"] for peer in result["elsewhere"]):
        where = "; ".join(known["where"] for peer, known in result["elsewhere"].items() if peer not in result["peers"])
        lines += [f"\\* measured elsewhere: {where}.", ""]
    lines += ["![From span to receiver](benchmarks/results/end_to_end.svg)", "", *including(result)]
    return "\n".join(lines)


def texts():
    """README.md as it is and as it should be."""
    text = README.read_text(encoding="utf-8")
    if not RESULT.is_file() or not BLOCK.search(text):
        sys.exit("benchmarks/costs.py: there is no result file, or README.md has no place for figures")
    result = json.loads(RESULT.read_text(encoding="utf-8"))
    if missing(result):
        sys.exit(f"benchmarks/costs.py: the result file has no figures of {', '.join(missing(result))}")
    return text, BLOCK.sub(lambda found: found.group(1) + "\n" + block(result) + found.group(2), text)


def write():
    README.write_text(texts()[1], encoding="utf-8")


def main():
    if "--check" not in sys.argv[1:]:
        write()
        return 0
    now, wanted = texts()
    if now != wanted:
        sys.exit("README.md has other figures than benchmarks/results/RESULT.json: run benchmarks/costs.py")
    return 0


if __name__ == "__main__":
    sys.exit(main())
