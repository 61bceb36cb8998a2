"""Random inputs for every kind of test vector: mostly nearly right ones, since those tell parsers apart.

Left out is what the reference functions do not model: `allowed` says what, and why.
"""

import json
import math
import struct

import inputs_env
from inputs_text import choose, damaged, hex_digits, id_text, some_of, text, token, white_space

HEX = "0123456789abcdef"


def traceparent(chance):
    def one():
        version = choose(chance, {"00": 8, "01": 2, "cc": 1, "fe": 1, "ff": 1, "0": 1, "FF": 1})
        value = f"{version}-{id_text(chance, 32)}-{id_text(chance, 16)}-{hex_digits(chance, 2)}"
        value += choose(chance, {"": 8, "-": 1, "-x": 1, ".x": 1, "0": 1, "-" + text(chance, 20): 1})
        if chance.random() < 0.3:
            value = damaged(chance, value)
        return white_space(chance) + value + white_space(chance)

    return {"traceparent": [one() for _ in range(choose(chance, {1: 12, 0: 1, 2: 1}))]}


def state_key(chance):
    if chance.random() < 0.1:
        return choose(chance, {"": 1, "A": 1, "@a": 1, "a.b": 1, "k" * 256: 1, "k" * 257: 1, text(chance, 4): 2})
    return chance.choice("abcxyz019") + "".join(chance.choice("ab01_-*/@") for _ in range(chance.choice([0, 0, 1, 3, 8])))


def state_value(chance):
    if chance.random() < 0.15:
        return choose(chance, {"": 1, "v" * 256: 1, "v" * 257: 1, "a=b": 1, "a\tb": 1, " ": 1, "x ": 1, text(chance, 6): 3})
    return "".join(chance.choice("abcXYZ0189 !#$%&'()*+-./:;<>?@[]^_`{|}~\"\\") for _ in range(chance.choice([1, 1, 2, 5, 20]))).rstrip() or "v"


def state_header(chance, most):
    members = []
    for _ in range(chance.choice([0, 1, 1, 2, 3, 5, most])):
        member = f"{state_key(chance)}={state_value(chance)}"
        if chance.random() < 0.04:
            member = choose(chance, {"": 2, "a": 1, "=": 1, damaged(chance, member): 3})
        members.append(white_space(chance) + member + white_space(chance))
    return ",".join(members)


def good_state(chance, most=12):
    members = {}
    for _ in range(chance.randrange(most)):
        key = chance.choice("abcdefgh") + chance.choice(["", "", "1", "@x"])
        members[key] = "".join(chance.choice("abc019 :;.-") for _ in range(chance.randrange(1, 9))).strip() or "v"
    return [f"{key}={value}" for key, value in members.items()]


def tracestate(chance):
    if chance.random() < 0.6:
        return {"headers": [state_header(chance, 34) for _ in range(choose(chance, {1: 6, 0: 1, 2: 2, 3: 1}))]}
    members = good_state(chance) if chance.random() < 0.8 else [f"k{number}={number}" for number in range(chance.choice([30, 31, 32]))]
    keys = [member.split("=")[0] for member in members]
    key = chance.choice(keys) if keys and chance.random() < 0.6 else state_key(chance)
    operation = chance.choice(["get", "set", "set", "delete"])
    given = {"state": ",".join(members), "op": operation, "key": key}
    return {**given, "value": state_value(chance)} if operation == "set" else given


def baggage(chance):
    if chance.random() < 0.55:
        def member():
            key = token(chance) if chance.random() < 0.9 else text(chance, 3)
            value = "".join(chance.choice(["a", "B", "7", "=", "+", "%20", "%C3%A9", "%ff", "%e2%82", "%", "%4", "%zz", "!", "~", "/", "\"", "\\", " ", "é"]
                                          if chance.random() < 0.6 else "abc") for _ in range(chance.randrange(6)))
            metadata = chance.choice(["", "", "", ";p", "; p1 ;p2=x", ";", ";;", "; " + text(chance, 5).replace(",", "")])
            whole = f"{white_space(chance)}{key}{white_space(chance)}={white_space(chance)}{value}{metadata}"
            return damaged(chance, whole) if chance.random() < 0.1 else whole

        return {"headers": [",".join(some_of(chance, member, 8)) for _ in range(choose(chance, {1: 8, 0: 1, 2: 2}))]}
    keys, entries = set(), []
    large = chance.random() < 0.1
    for _ in range(chance.choice([1, 2, 5, 60, 190]) if large else chance.randrange(6)):
        key = token(chance) + str(len(keys)) if chance.random() < 0.9 else text(chance, 3)
        if key == "" or key in keys:
            continue
        keys.add(key)
        entry = [key, text(chance, 400 if large else 8)]
        if chance.random() < 0.3:
            entry.append("".join(chance.choice("abc =;%.\"") for _ in range(chance.randrange(1, 6))).strip() or "m")
        entries.append(entry)
    return {"entries": entries}


def b3_jaeger_xray(chance):
    trace, span = id_text(chance, 32), id_text(chance, 16)
    if chance.random() < 0.15:
        context = {"trace_id": hex_digits(chance, 31) + "1", "span_id": hex_digits(chance, 15) + "1", "sampled": chance.random() < 0.5}
        inject = chance.choice(["single", "multi", "jaeger", "xray"])
        if inject in ("single", "multi") and chance.random() < 0.3:
            context.update(debug=True, sampled=True)
        return {"inject": inject, "context": context}
    spoil = (lambda value: damaged(chance, value)) if chance.random() < 0.3 else (lambda value: value)
    if chance.random() < 0.2:
        trace = chance.choice([trace[:16], trace[:15], "0" * 16 + trace[16:], trace.lstrip("0")[:chance.randrange(1, 32)]])
    format_ = chance.choice(["b3", "b3", "jaeger", "xray"])
    if format_ == "jaeger":
        flags = choose(chance, {"0": 2, "1": 3, "2": 1, "3": 1, "01": 1, "ff": 1, "F": 1, "": 1, "g": 1, "001": 1})
        value = spoil(f"{trace}:{chance.choice([span, span, span.lstrip('0')])}:{chance.choice(['0', span, ''])}:{flags}")
        return {"format": "jaeger", "headers": {"uber-trace-id": value.replace(":", "%3A") if chance.random() < 0.2 else value}}
    if format_ == "xray":
        items = [f"Root={choose(chance, {'1': 9, '2': 1})}-{trace[:8]}-{trace[8:]}", f"Parent={span}",
                 f"Sampled={choose(chance, {'1': 4, '0': 3, '?': 1, '': 1, 'x': 1})}"]
        chance.shuffle(items)
        items = [white_space(chance) + item for item in items if chance.random() < 0.95]
        if chance.random() < 0.2:
            items.insert(chance.randrange(len(items) + 1), chance.choice(["Lineage=a:1|b:2", "Self=1-2-3", "", "x", "Parent=" + span]))
        return {"format": "xray", "headers": {"X-Amzn-Trace-Id": spoil(";".join(items))}}
    headers = {}
    if chance.random() < 0.6:
        state = choose(chance, {"": 1, "-0": 2, "-1": 3, "-d": 1, "-x": 1, "-": 1})
        rest = choose(chance, {"": 5, "-" + id_text(chance, 16): 2, "-": 1, "-1": 1})
        headers[chance.choice(["b3", "B3"])] = spoil(f"{trace}-{span}{state}{rest}")
    if chance.random() < 0.5 or not headers:
        headers["X-B3-TraceId"], headers["X-B3-SpanId"] = trace, spoil(span)
        if chance.random() < 0.8:
            headers["X-B3-Sampled"] = choose(chance, {"0": 3, "1": 3, "true": 1, "False": 1, "TRUE": 1, "2": 1, "": 1, "d": 1})
        if chance.random() < 0.2:
            headers["X-B3-Flags"] = choose(chance, {"1": 3, "0": 1, "": 1, "2": 1})
        if chance.random() < 0.1:
            del headers[chance.choice(["X-B3-TraceId", "X-B3-SpanId"])]
    return {"format": "b3", "headers": headers}


def ratio(chance):
    return choose(chance, {chance.random(): 4, chance.random() * 2.0 ** -chance.randrange(60): 4, 2.0 ** -chance.randrange(60): 2,
                           1 - 2.0 ** -chance.randrange(1, 54): 2, chance.randrange(101) / 100: 2, 0.0: 1, 1.0: 1})


def ot_member(chance):
    pairs = []
    for _ in range(chance.randrange(4)):
        pairs.append(choose(chance, {"th:" + hex_digits(chance, chance.randrange(1, 15)): 4, "rv:" + hex_digits(chance, 14): 3,
                                     "th:" + chance.choice(["", "0", "C", "123456789abcdef", "g"]): 1, "rv:" + hex_digits(chance, 13): 1,
                                     "p:8": 1, "k1:a_b-c.D": 1, "x:": 1, "X:1": 1, "nothing": 1}))
    names = set()
    pairs = [pair for pair in pairs if pair.split(":")[0] not in names and not names.add(pair.split(":")[0])]
    return ["ot=" + ";".join(pairs)] if pairs else []


def samplers(chance):
    trace = hex_digits(chance, 18) + choose(chance, {hex_digits(chance, 14): 3, "8" + "0" * 13: 1, "f" * 14: 1, "0" * 13 + "1": 1})
    members = ot_member(chance) + good_state(chance, 4)
    chance.shuffle(members)
    state = ",".join(members)
    threshold = hex_digits(chance, chance.randrange(1, 15))
    kind = chance.choice(["th_from_ratio", "th_parse", "th_format", "rv_parse", "ratio_from_th", "probability", "probability",
                          "parent_threshold", "parent_threshold", "traceidratio", "parent_based", "always_record"])
    given = {
        "th_from_ratio": lambda: {"ratio": ratio(chance), "precision": chance.randrange(1, 15)},
        "th_parse": lambda: {"text": choose(chance, {threshold: 4, damaged(chance, threshold): 3, "": 1, hex_digits(chance, 15): 1})},
        "th_format": lambda: {"threshold_hex": hex_digits(chance, chance.randrange(15)).ljust(14, "0")},
        "rv_parse": lambda: {"text": choose(chance, {hex_digits(chance, 14): 3, damaged(chance, hex_digits(chance, 14)): 3, hex_digits(chance, 13): 1})},
        "ratio_from_th": lambda: {"th": threshold},
        "probability": lambda: {"trace_id": trace, "tracestate": state, "ratio": ratio(chance), "precision": chance.choice([4, 4, 1, 3, 14])},
        "parent_threshold": lambda: {"trace_id": trace, "tracestate": state, "parent_sampled": chance.random() < 0.5},
        "traceidratio": lambda: {"trace_id": trace, "ratio": ratio(chance)},
        "parent_based": lambda: {"has_parent": chance.random() < 0.8, "remote": chance.random() < 0.5, "sampled": chance.random() < 0.5},
        "always_record": lambda: {"wrapped": chance.choice(["DROP", "RECORD_ONLY", "RECORD_AND_SAMPLE"])},
    }[kind]()
    return {"kind": kind, **given}


def typed(chance, depth=0, nested=0.3):
    if chance.random() < nested and depth < 6:
        if chance.random() < 0.6:
            return {"type": "array", "value": [typed(chance, depth + 1) for _ in range(chance.randrange(4))]}
        return {"type": "map", "value": [[f"{text(chance, 4)}{number}", typed(chance, depth + 1)] for number in range(chance.randrange(4))]}
    number = struct.unpack("<d", chance.randbytes(8))[0]
    if not math.isfinite(number):
        number = "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"
    number = chance.choice([number, chance.random(), float(chance.randrange(100)), "NaN", "Infinity", "-Infinity", 5e-324, 1.7976931348623157e308])
    whole = chance.choice([chance.randrange(100), chance.randrange(-2 ** 63, 2 ** 63), 2 ** 63 - 1, -2 ** 63, 0])
    return choose(chance, {json.dumps({"type": "string", "value": text(chance, 12)}): 3, json.dumps({"type": "int", "value": str(whole)}): 3,
                           json.dumps({"type": "double", "value": number}): 2, json.dumps({"type": "bool", "value": chance.random() < 0.5}): 1,
                           json.dumps({"type": "bytes", "value": list(chance.randbytes(chance.randrange(8)))}): 1, '{"type": "empty"}': 1}, json.loads)


def attribute_limits(chance):
    given = {"set": [[chance.choice(["a", "b", "c", "d.e", "É", ""]) + chance.choice(["", "", "2"]), typed(chance)] for _ in range(chance.randrange(8))]}
    for limit, most in (("count", 6), ("length", 10), ("depth", 5)):
        if chance.random() < 0.5:
            given[limit] = chance.randrange(most)
    if chance.random() < 0.05:
        value = {"type": "int", "value": "1"}
        for _ in range(chance.randrange(60, 70)):
            value = {"type": "array", "value": [value]}
        given["set"].append(["deep", value])
    return given


def moment(chance):
    return str(chance.choice([1_700_000_000_000_000_000 + chance.randrange(10 ** 15), chance.randrange(1, 2 ** 63)]))


def span(chance):
    start = int(moment(chance))
    given = {"trace_id": hex_digits(chance, 31) + "1", "span_id": hex_digits(chance, 15) + "1", "name": text(chance, 12) or "x",
             "kind": chance.choice(["INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"]), "start": str(start),
             "end": str(min(start + chance.randrange(10 ** 12), 2 ** 63 - 1))}
    if chance.random() < 0.6:
        given.update(flags=chance.choice([0, 1, 2, 3]))
    if chance.random() < 0.5:
        given.update(parent_span_id=hex_digits(chance, 15) + "2", parent_remote=chance.random() < 0.5)
    if chance.random() < 0.3:
        given["trace_state"] = ",".join(good_state(chance)) or "a=1"
    if chance.random() < 0.5:
        given["status"] = [chance.choice(["Unset", "Ok", "Error"]), text(chance, 10)]
    for name in ("dropped_attributes", "dropped_events", "dropped_links"):
        if chance.random() < 0.2:
            given[name] = chance.choice([1, chance.randrange(100), 2 ** 32 - 1])
    if chance.random() < 0.3:
        given["links"] = [{"trace_id": hex_digits(chance, 31) + "3", "span_id": hex_digits(chance, 15) + "3", "flags": chance.randrange(4),
                           "remote": chance.random() < 0.5, **({"trace_state": "x=1"} if chance.random() < 0.3 else {})} for _ in range(chance.randrange(1, 4))]
    if chance.random() < 0.3:
        given["events"] = [{"name": text(chance, 6) or "e", "time": moment(chance),
                            **({"dropped_attributes": chance.choice([1, 3, 4, 5, 10 ** 6])} if chance.random() < 0.2 else {})} for _ in range(chance.randrange(1, 4))]
    return given


def otlp_json(chance):
    kind = chance.random()
    if kind < 0.5:
        if chance.random() < 0.1:
            return {"value": {"type": "uint64", "value": str(chance.choice([2 ** 63, 2 ** 64 - 1, chance.randrange(2 ** 64)]))}}
        return {"value": typed(chance, nested=0.5)}
    if kind < 0.8:
        return {"span": span(chance)}
    partial = {}
    if chance.random() < 0.8:
        count = chance.choice([0, 1, 3, chance.randrange(2 ** 31), 2 ** 53])
        partial["rejectedSpans"] = chance.choice([count, str(count)])
    if chance.random() < 0.5:
        partial["errorMessage"] = text(chance, 30, plain=True)
    for _ in range(chance.randrange(2)):
        partial[chance.choice(["new", "rejected_spans", "error_message", "código"])] = unknown(chance)
    answer = {"partialSuccess": choose(chance, {"null": 1, json.dumps(partial): 8}, json.loads)} if chance.random() < 0.85 else {}
    for _ in range(chance.randrange(2)):
        answer[chance.choice(["futureField", "partial_success"])] = unknown(chance)
    items = list(answer.items())
    chance.shuffle(items)
    return {"decode": json.dumps(dict(items), ensure_ascii=chance.random() < 0.5, indent=chance.choice([None, 1])), "as": "response"}


def unknown(chance, depth=0):
    if depth < 3 and chance.random() < 0.4:
        return {text(chance, 3): unknown(chance, depth + 1) for _ in range(2)} if chance.random() < 0.5 else [unknown(chance, depth + 1) for _ in range(2)]
    return chance.choice([None, True, 7, -1.5e10, text(chance, 5), "3"])


def otlp_http(chance):
    status = choose(chance, {chance.choice([200, 202, 204, 299]): 3, chance.choice([429, 502, 503, 504]): 5, chance.randrange(300, 600): 3,
                             "connect_error": 1, "reset": 1})
    body = choose(chance, {"": 3, "{}": 1, "not json": 1, "<html>503</html>": 1, otlp_json_answer(chance): 4})
    given = {"status": status, "headers": {}, "body": body, "remaining_ms": chance.choice([0, 100, 10000, 60000, 10 ** 7])}
    if chance.random() < 0.6:
        second = chance.randrange(60)
        date = f"{chance.choice(['Mon', 'Wed'])}, {chance.randrange(1, 29):02} {chance.choice(['Jan', 'Feb', 'Oct', 'Dec'])} {chance.choice([2026, 2026, 2027, 1999])} 07:28:{second:02} GMT"
        given["headers"]["Retry-After"] = choose(chance, {str(chance.randrange(20)): 4, "3600": 1, "9" * 25: 1, "-1": 1, "soon": 1, "1.5": 1, "": 1, " 7 ": 1,
                                                          f"Wed, 21 Oct 2026 07:{chance.choice([27, 28])}:{second:02} GMT": 4, date: 2, "Wed, 31 Feb 2026 07:28:00 GMT": 1})
        given["now"] = f"Wed, 21 Oct 2026 07:28:{chance.choice([0, 30]):02} GMT"
    return given


def otlp_json_answer(chance):
    return json.dumps({"partialSuccess": {"rejectedSpans": chance.choice([0, "0", "2", 9]), "errorMessage": "x"}})


def resource_status(chance):
    def resource():
        return {"attributes": {chance.choice(["service.name", "x", "y", "É", "k v"]): text(chance, 5) for _ in range(chance.randrange(4))},
                "schema_url": chance.choice(["", "", "u1", "u2"])}

    kind = chance.random()
    if kind < 0.3:
        return {"merge": {"old": resource(), "updating": resource()}}
    if kind < 0.7:
        return {"status": [[chance.choice(["Unset", "Ok", "Error"]), *([text(chance, 5)] if chance.random() < 0.7 else [])] for _ in range(chance.randrange(6))]}
    return {"env_key": chance.choice(["", "9", "x-"]) + text(chance, 8)}


def config_substitution(chance):
    env = {"NAME": "spanwise", "N": "7", "EMPTY": "", "REF": "${NAME}", "DOLLAR": "a$$b", "MULTI": "x\ny: z", "_a1": "É"}
    names = [*env, "MISSING", "1A", "A-B", ""]
    pieces = [lambda: "${%s}" % chance.choice(names), lambda: "${env:%s}" % chance.choice(names), lambda: "${%s:-%s}" % (chance.choice(names), chance.choice(
        ["", "d", "a b", "x:y", "$", "${", "\"", "É", "-", ":-"])), lambda: "$$", lambda: "$", lambda: "{", lambda: "}", lambda: text(chance, 4),
        lambda: "${%s:?%s}" % (chance.choice(names), "e"), lambda: "${file:%s}" % chance.choice(names), lambda: "a $ b"]
    made = "".join(chance.choice(pieces)() for _ in range(chance.randrange(1, 6)))
    return {"text": damaged(chance, made) if made and chance.random() < 0.2 else made, "env": env}


MAKERS = {"traceparent": traceparent, "tracestate": tracestate, "baggage": baggage, "b3_jaeger_xray": b3_jaeger_xray, "samplers": samplers,
          "attribute_limits": attribute_limits, "otlp_json": otlp_json, "otlp_http": otlp_http, "resource_status": resource_status,
          "config_substitution": config_substitution, "env": inputs_env.env}


def allowed(file, given):
    """False for inputs about which the reference is silent, or otherwise by choice."""
    if file == "tracestate" and "headers" in given:
        # Above 8192 characters of members the library drops long ones (TS-10); blanks count towards 32768.
        return sum(map(len, given["headers"])) < 8000
    if file == "tracestate":
        return all(part.count("=") == 1 for part in given["state"].split(",")) if given["state"] else True
    if file == "baggage" and "entries" in given:
        # Without a name there is no entry; of equal ones only the last is in the set, and its place is free.
        names = [entry[0] for entry in given["entries"]]
        return "" not in names and len(set(names)) == len(names) and all(
            len(entry) < 3 or entry[2] and not set(entry[2]) - set(map(chr, range(32, 127))) and "," not in entry[2] for entry in given["entries"])
    if file == "otlp_json" and "value" not in given and "span" not in given:
        return given.get("as") == "response"
    if file == "config_substitution":
        # The specification's grammar makes ${} an invalid reference, and control characters no part of a default.
        return "${}" not in given["text"] and all(letter >= " " and letter != "\x7f" or letter == "\t" for letter in given["text"])
    if file == "env":
        return inputs_env.allowed(given)
    return True


def make(chance, file):
    """One input that is allowed."""
    while True:
        given = MAKERS[file](chance)
        if allowed(file, given):
            return given


def spoiled(chance, value):
    """The value with something of it replaced by something of another type, or left out."""
    other = chance.choice([None, True, -1, 2 ** 70, 1.5, "", "x", [], {}, [[]], {"type": "int"}])
    if isinstance(value, dict) and value and chance.random() < 0.8:
        key = chance.choice(list(value))
        if chance.random() < 0.3:
            return {name: held for name, held in value.items() if name != key}
        return {**value, key: spoiled(chance, value[key])}
    if isinstance(value, list) and value and chance.random() < 0.8:
        at = chance.randrange(len(value))
        return [*value[:at], spoiled(chance, value[at]), *value[at + 1:]]
    return other


def broken_line(chance):
    file = chance.choice(list(MAKERS))
    request = {"file": file, "id": "x", "input": make(chance, file)}
    line = json.dumps(spoiled(chance, request), ensure_ascii=chance.random() < 0.8)
    kind = chance.random()
    if kind < 0.15:
        line = line[:chance.randrange(len(line))]
    elif kind < 0.3:
        line = damaged(chance, line)
    elif kind < 0.35:
        line = chance.choice(["", " ", "null", "7", "[]", "{}", '"x"', "{\"id\":", "\x00", "[" * 100000, "{\"a\":" * 5000, "\ufeff{}"])
    return line.replace("\n", " ").replace("\r", " ")
