#!/usr/bin/env python3
"""Tests a service as the W3C's trace-context harness does, with cases of our own (rows WT, TS and SP-08 of the specification).

    w3c_requests.py PROGRAM     starts PROGRAM with a free port

Each case sends POST /test with headers as they stand in the case, receives the calls that the service makes, and judges their
headers. Ends with "N passed, N failed".
"""

import http.server
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time

TRACE, PARENT = "8c1f5e02b7d94a63f0a2c4e681357b9d", "61f0c93ae72b58d4"
TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")


class Receiver(http.server.BaseHTTPRequestHandler):
    """Answers the service's calls, and keeps their headers under the last part of the path."""

    calls = {}
    lock = threading.Lock()

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        with self.lock:
            self.calls.setdefault(self.path.rsplit("/", 1)[1], []).append((self.headers, body))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


class Service:
    def __init__(self, program):
        with socket.socket() as any_port:
            any_port.bind(("127.0.0.1", 0))
            self.port = any_port.getsockname()[1]
        plain = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
        self.process = subprocess.Popen([program, str(self.port)], env=plain)
        self.receiver = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
        threading.Thread(target=self.receiver.serve_forever, daemon=True).start()
        self.number = 0
        self.wait_until_it_listens()

    def wait_until_it_listens(self):
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.05)
        raise SystemExit(f"the service does not listen at {self.port} (exit code {self.process.poll()})")

    def ask(self, headers, calls=1, body=None):
        """Sends header lines as they are; gives the status, and what each call carried by the time of the answer."""
        self.number += 1
        name = f"case{self.number}"
        url = f"http://127.0.0.1:{self.receiver.server_address[1]}/{name}"
        if body is None:
            body = json.dumps([{"url": url, "arguments": [number]} for number in range(calls)])
        lines = ["POST /test HTTP/1.1", f"Host: 127.0.0.1:{self.port}", "Content-Type: application/json",
                 f"Content-Length: {len(body)}", "Connection: close", *(f"{key}:{value}" for key, value in headers)]
        with socket.create_connection(("127.0.0.1", self.port), 10) as connection:
            connection.settimeout(10)
            connection.sendall(("\r\n".join(lines) + "\r\n\r\n" + body).encode())
            answer = b""
            while piece := connection.recv(65536):
                answer += piece
        with Receiver.lock:
            carried = Receiver.calls.pop(name, [])
        match = re.match(rb"HTTP/1\.[01] (\d+)", answer)
        return int(match.group(1)) if match else 0, carried


class Seen:
    """The trace headers of one call."""

    def __init__(self, headers):
        self.parents = headers.get_all("traceparent") or []
        self.states = headers.get_all("tracestate") or []
        match = TRACEPARENT.fullmatch(self.parents[0]) if len(self.parents) == 1 else None
        self.trace, self.span, self.flags = match.groups() if match else (None, None, None)

    def well_formed(self):
        return bool(self.trace) and set(self.trace) != {"0"} and set(self.span) != {"0"} and self.flags in ("00", "01", "02", "03") \
            and all(state.strip() == state and state for state in self.states)

    def members(self):
        return [member for state in self.states for member in state.split(",")]


failures = passed = 0


def check(what, good, detail=""):
    global failures, passed
    passed += bool(good)
    failures += not good
    if not good:
        print(f"FAILED: {what}{': ' if detail else ''}{detail}")


def parent(version="00", trace=TRACE, span=PARENT, flags="01", rest=""):
    return f"{version}-{trace}-{span}-{flags}{rest}"


def one_call(service, what, headers):
    status, carried = service.ask(headers)
    check(f"{what}: answered with 200 after one call", status == 200 and len(carried) == 1, f"{status}, {len(carried)} calls")
    seen = Seen(carried[0][0] if carried else {})
    check(f"{what}: the call has one well-formed traceparent", carried and seen.well_formed(), f"{seen.parents} {seen.states}")
    return seen


def continued(service, what, headers, flags="01", state=None):
    """The trace goes on, under a parent of the service's own; `state` is what its tracestate holds."""
    seen = one_call(service, what, headers)
    check(f"{what}: the trace goes on", seen.trace == TRACE and seen.span != PARENT, f"{seen.parents}")
    if flags:
        check(f"{what}: flags {flags}", seen.flags == flags, f"{seen.flags}")
    if state is not None:
        check(f"{what}: tracestate {state}", seen.members() == state, f"{seen.states}")


def restarted(service, what, headers):
    """A new trace, whose state is empty and which says that its id is random."""
    seen = one_call(service, what, headers)
    check(f"{what}: a new trace", seen.trace not in (None, TRACE, "0" * 32), f"{seen.parents}")
    check(f"{what}: nothing of the old state", seen.states == [], f"{seen.states}")
    check(f"{what}: sampled, and random (SP-08)", seen.flags == "03", f"{seen.flags}")


def traceparents(service):
    restarted(service, "no headers", [])
    for flags, sent in (("00", "00"), ("01", "01"), ("02", "02"), ("03", "03"), ("04", "00"), ("fe", "02"), ("ff", "03"), ("09", "01")):
        continued(service, f"flags {flags} (WT-07, WT-08, SP-08)", [("traceparent", " " + parent(flags=flags))], flags=sent)
    for version in ("01", "7a", "cc", "fe"):
        continued(service, f"version {version} (WT-05, WT-06)", [("traceparent", " " + parent(version))])
        for rest in ("-", "-x", "-what-the-future-will-be-like", "-" + "9" * 5000):
            continued(service, f"version {version} with {rest[:12]} (WT-05, WT-13)", [("traceparent", " " + parent(version, rest=rest))])
        for rest in (".x", "0", "x-"):
            restarted(service, f"version {version} with {rest} (WT-05)", [("traceparent", " " + parent(version, rest=rest))])
        restarted(service, f"version {version}, too short (WT-05)", [("traceparent", " " + parent(version)[:-1])])
    for bad in ("ff", "FF", "0", "000", "0x", "X0", "-0", "C0"):
        restarted(service, f"version {bad} (WT-03)", [("traceparent", " " + parent(bad))])
    for bad in ("0" * 32, TRACE.upper(), TRACE[:-1], TRACE + "1", TRACE[:-1] + "g", "." + TRACE[1:], ""):
        restarted(service, f"trace id {bad} (WT-01, WT-02, WT-04)", [("traceparent", " " + parent(trace=bad))])
    for bad in ("0" * 16, PARENT.upper(), PARENT[:-1], PARENT + "1", PARENT[:-1] + "!", ""):
        restarted(service, f"parent id {bad} (WT-01, WT-02, WT-04)", [("traceparent", " " + parent(span=bad))])
    for bad in ("", "1", "001", "0g", ".0", "0A", "FF"):
        restarted(service, f"flags {bad} (WT-01, WT-02)", [("traceparent", " " + parent(flags=bad))])
    for rest in ("-", ".", "-x", "0"):
        restarted(service, f"version 00 with {rest} (WT-01)", [("traceparent", " " + parent(rest=rest))])
    for before, after in (("", ""), ("  \t ", ""), ("", " \t  "), ("\t", "\t")):
        continued(service, f"white space {before!r}, {after!r} (WT-10)", [("traceparent", before + parent() + after)])
    restarted(service, "white space within (WT-10)", [("traceparent", " " + parent().replace("-", " -", 1))])
    for name in ("Traceparent", "TRACEPARENT", "TraceParent"):
        continued(service, f"named {name} (WT-11)", [(name, " " + parent())])
    for name in ("trace-parent", "trace.parent", "traceparent-x"):
        restarted(service, f"named {name} (WT-11)", [(name, " " + parent())])
    other = parent(trace="1" * 32)
    for first, second in ((parent(), parent()), (parent(), other), (other, parent()), (parent(), "nonsense"), ("nonsense", parent())):
        restarted(service, f"twice: {first[:9]}, {second[:9]} (WT-09)", [("traceparent", " " + first), ("traceparent", " " + second)])
    restarted(service, "twice in one (WT-09)", [("traceparent", f" {parent()},{parent()}")])


def with_state(*values):
    return [("traceparent", " " + parent()), *(("tracestate", value) for value in values)]


def tracestates(service):
    continued(service, "state goes along (WT-12)", with_state(" a=1,b=2"), state=["a=1", "b=2"])
    continued(service, "no state is sent where there is none (WT-12)", with_state(), state=[])
    restarted(service, "state alone (TS-09)", [("tracestate", " a=1")])
    restarted(service, "state beside a bad traceparent (TS-09, TS-11)", [("traceparent", " " + parent("ff")), ("tracestate", " a=1")])
    restarted(service, "state beside two traceparents (WT-09)", [*with_state(" a=1"), ("traceparent", " " + parent())])
    for name in ("Tracestate", "TRACESTATE", "TraceState"):
        continued(service, f"named {name} (WT-11)", [("traceparent", " " + parent()), (name, " a=1")], state=["a=1"])
    for name in ("trace-state", "trace.state"):
        continued(service, f"named {name} (WT-11)", [("traceparent", " " + parent()), (name, " a=1")], state=[])
    for good in ("a", "1a", "a-_*/b", "foo@", "foo@@bar", "t@v", "k" * 256, "0"):
        continued(service, f"key {good[:12]} (TS-02)", with_state(f" {good}=1,b=2"), state=[f"{good}=1", "b=2"])
    for bad in ("@foo", "FOO", "foo.bar", "foo ", "", "k" * 257, "_a", "a$", "a\tb"):
        continued(service, f"key {bad[:12]!r} (TS-02, TS-09)", with_state(f" b=2,{bad}=1"), state=[])
    visible = "".join(map(chr, range(0x21, 0x7f))).replace(",", "").replace("=", "")
    for good in (visible, "v" * 256, " x", "a b", "0"):
        continued(service, f"value {good[:12]!r} (TS-03)", with_state(f" a={good}"), state=[f"a={good}"])
    for bad in ("", "v" * 257, "a=b", "a\tb", "\tx"):
        continued(service, f"value {bad[:12]!r} (TS-03, TS-09)", with_state(f" a={bad},b=2"), state=[])
    continued(service, "a member without = (TS-09)", with_state(" a,b=2"), state=[])
    full = [f"k{number}={number}" for number in range(32)]
    continued(service, "32 members (TS-04)", with_state(" " + ",".join(full)), state=full)
    continued(service, "33 members (TS-04)", with_state(" " + ",".join([*full, "k32=32"])), state=[])
    continued(service, "33 members in two headers (TS-04, TS-08)", with_state(" " + ",".join(full), " k32=32"), state=[])
    continued(service, "32 members among empty ones (TS-04, TS-07)", with_state(" " + " , ,".join(full) + ",,"), state=full)
    continued(service, "600 characters (TS-10)", with_state(" " + ",".join(f"k{i}={'v' * 95}" for i in range(6))),
              state=[f"k{i}={'v' * 95}" for i in range(6)])
    seen = one_call(service, "a key twice (TS-06)", with_state(" a=1,b=2,a=3"))
    check("a key twice: one copy is left (TS-06)", seen.members() == ["a=1", "b=2"], f"{seen.states}")
    seen = one_call(service, "a key twice, in two headers (TS-06, TS-08)", with_state(" a=1", " a=2,b=3"))
    check("a key twice, in two headers: one copy is left", seen.members() == ["a=1", "b=3"], f"{seen.states}")
    continued(service, "several headers keep their order (TS-08)", with_state(" a=1,b=2", " c=3", " d=4"), state=["a=1", "b=2", "c=3", "d=4"])
    continued(service, "an empty one among them (TS-07, TS-08)", with_state(" a=1", "", " b=2"), state=["a=1", "b=2"])
    continued(service, "one bad among them (TS-08, TS-09)", with_state(" a=1", " b", " c=3"), state=[])
    for empty in ("", " ", " \t ", " ,", " , ,"):
        continued(service, f"state {empty!r} (TS-07)", with_state(empty), state=[])
    continued(service, "white space around members (TS-07)", with_state(" \ta=1 \t, b=2\t,\t c=3 "), state=["a=1", "b=2", "c=3"])


def several_calls(service):
    status, carried = service.ask([("traceparent", " " + parent()), ("tracestate", " a=1")], calls=3)
    seen = [Seen(headers) for headers, _ in carried]
    check("three calls: all done before the answer", status == 200 and len(seen) == 3, f"{status}, {len(seen)}")
    check("three calls: one trace", {each.trace for each in seen} == {TRACE}, f"{[each.parents for each in seen]}")
    check("three calls: each has a parent of its own (WT-12)", len({each.span for each in seen} | {PARENT}) == 4)
    check("three calls: each has the state", all(each.members() == ["a=1"] for each in seen))
    check("three calls: each has its arguments", sorted(json.loads(body) for _, body in carried) == [[0], [1], [2]])
    status, carried = service.ask([], calls=3)
    seen = [Seen(headers) for headers, _ in carried]
    check("three calls without a caller: one new trace", status == 200 and len(seen) == 3 and len({each.trace for each in seen}) == 1)
    _, carried = service.ask([], calls=1)
    check("and another request: another trace", Seen(carried[0][0]).trace != seen[0].trace)
    for body in ("[]", "null"):
        check(f"the body {body} asks for no call", service.ask([], body=body) == (200, []))
    for body in ("", "{", '[{"url":7}]', '["x"]'):
        check(f"the body {body!r} is no request", service.ask([], body=body) == (400, []))
    check("a body that nests deeper than a stack is no request", service.ask([], body="[" * 200000 + "]" * 200000) == (400, []))
    for url in ("", "x", "ftp://x/", "http://", "http://127.0.0.1:99999999999/", "http://127.0.0.1:1/"):
        status, carried = service.ask([], body=json.dumps([{"url": url}]))
        check(f"the url {url!r} answers nothing, and that is said", status == 502 and not carried, str(status))


def second_service(service, program):
    second = subprocess.run([program, str(service.port)], capture_output=True, timeout=10)
    check("a second service at the same port does not start", second.returncode == 1 and b"cannot be listened on" in second.stderr,
          f"{second.returncode} {second.stderr}")


def main():
    service = Service(sys.argv[1])
    try:
        traceparents(service)
        tracestates(service)
        several_calls(service)
        second_service(service, sys.argv[1])
        check("the service still runs", service.process.poll() is None)
    finally:
        service.process.terminate()
        service.process.wait(10)
    print(f"{passed} passed, {failures} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
