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
    "whose trace is not sampled": "span/unsampled",
    "that begins a trace, with four attributes": "span/root-4",
}
BESIDE = {
    "child span, no attributes": "span/child-0",
    "child span, 4 attributes": "span/child-4",
    "child span, not sampled": "span/unsampled",
    "to OTLP/HTTP protobuf, processor time": "e2e/otlp-http-protobuf",
    "to OTLP/HTTP JSON, processor time": "e2e/otlp-http-json",
}


def ours(result, case):
    """Ours with the time-stamp counter where there is one: what `clock_source::automatic` takes on such machines."""
    cases = result["spanwise"]
    return cases.get(case + "-tsc", cases.get(case)) if result["machine"]["clocksource"] == "tsc" else cases.get(case)


def shown(nanoseconds):
    if nanoseconds >= 1000:
        return f"{nanoseconds / 1000:.1f} µs"
    return f"{nanoseconds:.0f} ns" if nanoseconds >= 0.5 else "0 ns"


def beside_rows(result):
    """Our figure beside those of the peers that were measured in the same run, and of those measured elsewhere (with a star)."""
    here = list(result["peers"])
    elsewhere = [peer for peer in result["elsewhere"] if peer not in here]
    rows = [["", "spanwise", *here, *(f"{peer} *" for peer in elsewhere)]]
    for label, case in BESIDE.items():
        own = ours(result, case)
        cells = [own and own["min_ns"], *(result["peers"][peer].get(case, {}).get("min_ns") for peer in here),
                 *(result["elsewhere"][peer]["ns"].get(case) for peer in elsewhere)]
        if any(cells[1:]):
            rows.append([label, *(shown(cell) if cell else "–" for cell in cells)])
    return rows


def table(rows):
    head, *rest = rows
    lines = ["| " + " | ".join(head) + " |", "| --- " * len(head) + "|"]
    return lines + ["| " + " | ".join(row) + " |" for row in rest]


def block(result):
    cases, about = result["spanwise"], result["machine"]
    compile_costs = {one["name"]: one for one in result["compile"]}
    spans = [["a span", "with the time-stamp counter", "with `CLOCK_MONOTONIC`", "allocations"]]
    for label, case in SPANS.items():
        spans.append([label, shown(cases[case + "-tsc"]["min_ns"]), shown(cases[case]["min_ns"]), f"{cases[case]['allocs']:.0f}"])
    spans.append(["off at compile time", "no instruction", "no instruction", "0"])
    json_ns, protobuf_ns = (cases[f"encode/otlp-{kind}-512"]["min_ns"] for kind in ("json", "protobuf"))
    lines = [
        f"The fastest of many rounds on {about['processors']} processors of a {'virtual ' if about['virtual'] else ''}machine ({about['cpu']}, "
        f"g++ {about['versions']['g++']}), on {about['date']}, with the spans exported by a background thread meanwhile; "
        "[all figures](benchmarks/results/RESULT.md), and `benchmarks/run` measures them anew.",
        "", *table(spans), "",
        f"Reading either clock twice is {shown(2 * cases['floor/tsc']['min_ns'])} and {shown(2 * cases['floor/clock']['min_ns'])} of that. "
        f"Encoding a span of four attributes and an event as OTLP takes the background thread {shown(json_ns)} for JSON and "
        f"{shown(protobuf_ns)} for protobuf. A span that waits takes {cases['memory/queued-span-4']['bytes']:.0f} bytes. Reading a "
        f"`traceparent` takes {shown(cases['propagate/extract']['min_ns'])}, writing one {shown(cases['propagate/inject']['min_ns'])}.",
        "", "![What a span costs the thread that makes it](benchmarks/results/span.svg)", "",
        *table(beside_rows(result)), ""]
    if any(peer not in result["peers"] for peer in result["elsewhere"]):
        where = "; ".join(known["where"] for peer, known in result["elsewhere"].items() if peer not in result["peers"])
        lines += [f"\\* measured elsewhere: {where}.", ""]
    whole, front = (compile_costs.get(f"compile/{what}-g++") for what in ("whole-header", "front-half"))
    if whole and front:
        lines += [f"To include it costs {whole['value']:.2f} s of g++ -O2, the part that makes spans alone (`spanwise/trace.hpp`) "
                  f"{front['value']:.2f} s.", ""]
    return "\n".join(lines)


def texts():
    """README.md as it is and as it should be."""
    text = README.read_text(encoding="utf-8")
    if not RESULT.is_file() or not BLOCK.search(text):
        sys.exit("benchmarks/costs.py: there is no result file, or README.md has no place for figures")
    result = json.loads(RESULT.read_text(encoding="utf-8"))
    return text, BLOCK.sub(lambda found: found.group(1) + "\n" + block(result) + found.group(2), text)


def write():
    README.write_text(texts()[1], encoding="utf-8")


def main():
    if "--check" not in sys.argv[1:]:
        write()
    elif texts()[0] != texts()[1]:
        sys.exit("README.md has other figures than benchmarks/results/RESULT.json: run benchmarks/costs.py")
    return 0


if __name__ == "__main__":
    sys.exit(main())
