#!/usr/bin/env python3
"""Compares the library with the reference functions on random inputs of every kind of test vector.

    differential.py PROGRAM [--seed N] [--seconds S] [--count N] [--only FILE,...] [--vectors FOLDER]

First N inputs of each kind from seed 1, the same each time, then others for S seconds from a seed that is printed; --seed names
that one. A mismatch is shrunk, and printed as it was and as it is then. Lines that are no requests must be lived through. With
--vectors, the reference is held against the vectors too. Ends with "N passed, N failed".
"""

import argparse
import json
import os
import random
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import inputs
import reference
from run import matches

FIXED_SEED = 1
MOST_SHOWN = 5


class Program:
    def __init__(self, path):
        self.path = os.path.abspath(path)

    def answers(self, cases):
        """What it answers to (file, input) pairs; None for a case without an answer of its own."""
        lines = "".join(json.dumps({"file": file, "id": number, "input": given}) + "\n" for number, (file, given) in enumerate(cases))
        done = subprocess.run([self.path], input=lines, capture_output=True, text=True, timeout=300)
        found = [None] * len(cases)
        for line in done.stdout.splitlines():
            answer = json.loads(line)
            found[answer["id"]] = answer
        if done.returncode:
            print(f"the program ended with status {done.returncode}\n{done.stderr[-3000:]}")
        return found


def wrong(case, answer):
    """True if the answer is not what the reference has."""
    file, given = case
    expected = reference.expected(file, given)
    if not isinstance(answer, dict) or not isinstance(answer.get("actual"), dict):
        return True
    return not matches(file, given, expected, answer["actual"])


def smaller(value):
    """Values that are one step simpler than `value`, the largest steps first."""
    if isinstance(value, dict):
        for key in value:
            yield {other: held for other, held in value.items() if other != key}
        for key, held in value.items():
            for less in smaller(held):
                yield {**value, key: less}
    elif isinstance(value, (list, str)):
        half = len(value) // 2
        if half > 1:
            yield value[:half]
            yield value[half:]
        for at in range(min(len(value), 60)):
            yield value[:at] + value[at + 1:]
        if isinstance(value, list):
            for at, held in enumerate(value[:60]):
                for less in smaller(held):
                    yield [*value[:at], less, *value[at + 1:]]


def shrunk(program, case, answer):
    """The simplest mismatch that is found from this one within ten seconds."""
    best = case, answer
    until = time.monotonic() + 10
    while time.monotonic() < until:
        candidates = []
        for given in smaller(best[0][1]):
            try:
                reference.expected(case[0], given)
            except Exception:  # what the reference cannot take says nothing
                continue
            if inputs.allowed(case[0], given):
                candidates.append((case[0], given))
            if len(candidates) == 300:
                break
        found = zip(candidates, program.answers(candidates))
        next_one = next(((less, got) for less, got in found if got and "actual" in got and wrong(less, got)), None)
        if next_one is None:
            break
        best = next_one
    return best


def show(program, case, answer):
    def told(what, one, got):
        print(f"{what}: {json.dumps({'file': one[0], 'input': one[1]})}\n  expected {json.dumps(reference.expected(*one))}\n  got      {json.dumps(got)}")

    told("MISMATCH", case, answer)
    simplest = shrunk(program, case, answer)
    if simplest[0] != case:
        told("  simplest", *simplest)


class Tally:
    def __init__(self, program):
        self.program, self.counts, self.shown = program, {}, {}

    def judge(self, cases):
        for case, answer in zip(cases, self.program.answers(cases)):
            bad = wrong(case, answer)
            passed, failed = self.counts.get(case[0], (0, 0))
            self.counts[case[0]] = (passed + (not bad), failed + bad)
            if bad:
                self.shown[case[0]] = self.shown.get(case[0], 0) + 1
                if self.shown[case[0]] <= MOST_SHOWN:
                    show(self.program, case, answer)


def lives_through(program, chance, count):
    """Lines that are no requests, or requests of a wrong shape: each must get one answer, in order."""
    lines = [inputs.broken_line(chance) for _ in range(count)]
    done = subprocess.run([program.path], input="".join(line + "\n" for line in lines).encode(errors="surrogatepass"), capture_output=True, timeout=300)
    answers = done.stdout.decode(errors="replace").splitlines()
    good = done.returncode == 0 and len(answers) == len(lines)
    for answer in answers:
        read = json.loads(answer)
        good = good and "id" in read and ("actual" in read) != ("unsupported" in read)
    if not good:
        print(f"FAILED: of {len(lines)} lines {len(answers)} were answered, status {done.returncode}\n{done.stderr[-3000:].decode(errors='replace')}")
    return good


def takes_brackets_for_text(program):
    """A text of many brackets nests nothing: it is judged like any other."""
    request = {"file": "traceparent", "id": "brackets", "input": {"traceparent": ["[{" * 5000]}}
    done = subprocess.run([program.path], input=json.dumps(request) + "\n", capture_output=True, text=True, timeout=60)
    good = json.loads(done.stdout) == {"id": "brackets", "actual": {"valid": False}}
    if not good:
        print(f"FAILED: a text of brackets was answered {done.stdout[:300]}")
    return good


def agree(folder):
    """True if each vector expects what the reference does; descriptions of samplers have none."""
    good = True
    for name in sorted(os.listdir(folder)):
        if not name.endswith(".json"):
            continue
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            document = json.load(file)
        for vector in document["vectors"]:
            if vector["input"].get("kind") == "description":
                continue
            expected = reference.expected(document["file"], vector["input"])
            if "contains" in expected:  # all of a span, of which a vector names some
                expected = {"span": expected["contains"]}
            if not matches(document["file"], vector["input"], vector["expected"], expected):
                print(f"FAILED: {vector['id']} expects {vector['expected']}, the reference {expected}")
                good = False
    return good


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(4), "big"))
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--only", default=",".join(inputs.MAKERS))
    parser.add_argument("--vectors")
    arguments = parser.parse_args()
    program, files = Program(arguments.program), arguments.only.split(",")
    tally = Tally(program)

    def some(chance, count):
        return [(file, inputs.make(chance, file)) for file in files for _ in range(count)]

    fixed = random.Random(FIXED_SEED)
    tally.judge(some(fixed, arguments.count))
    survived = [lives_through(program, fixed, 500), takes_brackets_for_text(program)]
    agreed = agree(arguments.vectors) if arguments.vectors else True
    print(f"seed {arguments.seed} for {arguments.seconds:g} s")
    chance = random.Random(arguments.seed)
    until = time.monotonic() + arguments.seconds
    while time.monotonic() < until:
        tally.judge(some(chance, 60))
        survived.append(lives_through(program, chance, 100))

    for file, (passed, failed) in tally.counts.items():
        print(f"{file:22} {passed:6} alike {failed:4} not")
    print(f"{'broken lines':22} {sum(survived):6} runs lived through, {len(survived) - sum(survived)} not")
    passed = sum(passed for passed, _ in tally.counts.values()) + sum(survived)
    failed = sum(failed for _, failed in tally.counts.values()) + len(survived) - sum(survived) + (not agreed)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
