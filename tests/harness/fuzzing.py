#!/usr/bin/env python3
"""The stage that runs the fuzzers of tests/fuzz for some seconds each, and the script that lets one grow its corpus."""

import os
import re
import shutil
import sys
import time

from checks import BUILD, CLANGXX, JOBS, ROOT, compile_object, have, optional_libraries, package_flags, run, write

FOLDER = ROOT / "tests/fuzz"
FLAGS = ["-std=c++20", "-O1", "-gline-tables-only", "-fno-omit-frame-pointer", "-fno-sanitize-recover=all", "-D_GLIBCXX_ASSERTIONS",
         "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror", "-pthread", f"-I{ROOT / 'include'}", f"-I{ROOT / 'tests'}"]
SANITIZERS = "-fsanitize=fuzzer,address,undefined,float-cast-overflow"
ENVIRONMENT = {"ASAN_OPTIONS": "detect_stack_use_after_return=1:strict_string_checks=1:allocator_may_return_null=1",
               "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1"}
WHOLE = 40  # seconds that all of them may run, beside what compiling takes
LONGEST = 4096


def targets():
    return sorted(FOLDER.glob("*.cpp"))


def has_runtime():
    """Whether clang++ is here with its fuzzer's run-time library."""
    probe = BUILD / "fuzz/probe.cpp"
    write(probe, 'extern "C" int LLVMFuzzerTestOneInput(unsigned char const*, unsigned long) { return 0; }\n')
    return have(CLANGXX) and run([CLANGXX, SANITIZERS, probe, "-o", probe.with_suffix("")]).code == 0


def build(source):
    """Compiles one fuzzer; gives its path, or nothing and what went wrong."""
    needed, _ = optional_libraries(source)
    compiling, linking = package_flags(needed)
    program = BUILD / "fuzz" / source.stem
    compiled = compile_object(CLANGXX, [*FLAGS, SANITIZERS, *compiling], source, program.with_suffix(".o"))
    if compiled.code == 0:
        linker = ["-fuse-ld=lld"] if have("ld.lld") else []
        compiled = run([CLANGXX, SANITIZERS, *linker, program.with_suffix(".o"), *linking, "-pthread", "-o", program])
    return (program, "") if compiled.code == 0 else (None, compiled.text)


def command(program, seconds, fresh):
    """Runs a fuzzer on its corpus, and from there on; what it finds new goes to the folder `fresh`."""
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    findings = BUILD / "fuzz/findings"
    findings.mkdir(parents=True, exist_ok=True)
    words = [program, f"-max_total_time={seconds}", f"-max_len={LONGEST}", "-timeout=10", "-rss_limit_mb=1024", "-malloc_limit_mb=512",
             "-print_final_stats=1", "-verbosity=1", f"-artifact_prefix={findings}/{program.name}-"]
    dictionary = FOLDER / f"{program.name}.dict"
    if dictionary.is_file():
        words.append(f"-dict={dictionary}")
    corpus = FOLDER / "corpus" / program.name
    return [*words, fresh, *([corpus] if corpus.is_dir() else [])]


def how_to_repeat(output):
    """The command that runs the input again which a fuzzer has stopped at."""
    found = re.search(r"Test unit written to (\S+)", output)
    if not found:
        return ""
    program = BUILD / "fuzz" / os.path.basename(found.group(1)).split("-", 1)[0]
    return f"\nTo see it again: {program} {found.group(1)}\n"


def fuzz(stage):
    """fuzzers of all that reads bytes from outside, some seconds each under ASan and UBSan"""
    if not has_runtime():
        return stage.leave_out("needs clang++ and its fuzzer's run-time library (libclang-rt-14-dev)")
    sources = []
    for source in targets():
        missing = optional_libraries(source)[1]
        if missing:
            stage.leave_out(f"{source.stem} (needs {', '.join(sorted(missing))})")
        else:
            sources.append(source)
    built = {}

    def make(source):
        program, errors = build(source)
        if stage.check(f"{source.stem} compiles", program, errors):
            built[source.stem] = program

    def one(name):
        outcome = run(command(built[name], seconds, BUILD / "fuzz/fresh" / name), timeout=seconds + 60, env=ENVIRONMENT)
        stage.check(f"fuzz/{name} (exit code {outcome.code})", outcome.code == 0, shortened(outcome.text) + how_to_repeat(outcome.text))

    stage.each(sources, make)
    seconds = max(1, WHOLE * JOBS // max(1, len(built)))
    stage.each(sorted(built), one)


def shortened(output):
    """Without the lines in which a fuzzer tells how it goes."""
    return "\n".join(line for line in output.splitlines() if not re.match(r'#\d+\s|INFO:|\s*NEW_FUNC|stat::|######|".*# Uses:', line))


def grow(name, seconds):
    """Fuzzes one target for long and takes into its corpus what reached something new, as few and small inputs as do."""
    program, errors = build(FOLDER / f"{name}.cpp")
    if program is None:
        print(errors)
        return 1
    fresh, corpus, merged = (BUILD / "fuzz" / part / name for part in ("fresh", "grown", "merged"))
    print(f"{name}: {seconds} s", flush=True)
    outcome = run(command(program, seconds, fresh), timeout=seconds + 120, env=ENVIRONMENT)
    print(shortened(outcome.text)[-6000:] + how_to_repeat(outcome.text), flush=True)
    runs = re.search(r"stat::number_of_executed_units: (\d+)", outcome.text)
    print(f"{name}: {runs.group(1) if runs else '?'} inputs, {len(list(fresh.iterdir()))} of them new, exit code {outcome.code}", flush=True)
    if outcome.code:
        return 1
    for folder in (corpus, merged):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    kept = FOLDER / "corpus" / name
    kept.mkdir(parents=True, exist_ok=True)
    # Each file stands for a feature that no smaller one reaches; the hand-made seeds stay whatever they reach.
    run([program, "-merge=1", "-max_len=512", merged, kept, fresh], timeout=600, env=ENVIRONMENT)
    known = {file.read_bytes() for file in kept.iterdir()}
    new = sorted((file for file in merged.iterdir() if file.read_bytes() not in known), key=lambda file: file.stat().st_size)
    room = max(0, MOST_FILES - len(known))
    step = max(1, len(new) // max(1, room))
    for file in new[::step][:room]:
        shutil.copy(file, kept / f"found_{file.name[:10]}")
    print(f"{name}: {len(list(kept.iterdir()))} files in {kept.relative_to(ROOT)}", flush=True)
    return 0


MOST_FILES = 40

if __name__ == "__main__":
    began = time.monotonic()
    if len(sys.argv) < 2 or sys.argv[1] not in [source.stem for source in targets()]:
        print(f"usage: {sys.argv[0]} TARGET [SECONDS]\ntargets: {', '.join(source.stem for source in targets())}", file=sys.stderr)
        sys.exit(2)
    sys.exit(grow(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 120))
