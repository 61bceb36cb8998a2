"""What the reference functions of refs.py expect for an input of a kind of test vector, in the shape that vectors have."""

import json

import refs

# Members of a span object that are at their default where the reference leaves them out.
SPAN_MEMBERS = ["parentSpanId", "traceState", "droppedAttributesCount", "droppedEventsCount", "droppedLinksCount", "status", "links",
                "events", "attributes"]


def tracestate(given):
    if "op" not in given:
        return refs.parse_tracestate(given["headers"])
    result = refs.tracestate_op(given["state"], given["op"], given["key"], given.get("value"))
    return {"value": result} if given["op"] == "get" else {"state": result}


def baggage(given):
    if "headers" in given:
        return {"entries": refs.parse_baggage(given["headers"])}
    return {"header": refs.inject_baggage(given["entries"])}


def b3_jaeger_xray(given):
    if "inject" in given:
        context, format_ = given["context"], given["inject"]
        trace, span, sampled = context["trace_id"], context["span_id"], int(context["sampled"])
        if format_ in ("single", "multi"):
            return {"headers": refs.inject_b3(format_, context)}
        if format_ == "jaeger":
            return {"headers": {"uber-trace-id": f"{trace}:{span}:0:0{sampled}"}}
        return {"headers": {"X-Amzn-Trace-Id": f"Root=1-{trace[:8]}-{trace[8:]};Parent={span};Sampled={sampled}"}}
    if given["format"] == "b3":
        return refs.parse_b3(given["headers"])
    (value,) = given["headers"].values()
    return refs.parse_jaeger(value) if given["format"] == "jaeger" else refs.parse_xray(value)


def samplers(given):
    kind = given["kind"]
    if kind == "th_from_ratio":
        threshold = refs.threshold_for(given["ratio"], given["precision"])
        return {"th": None if threshold is None else refs.th_text(threshold)}
    if kind == "th_parse":
        threshold = refs.parse_th(given["text"])
        return {"threshold_hex": None if threshold is None else "%014x" % threshold}
    if kind == "th_format":
        return {"th": refs.th_text(int(given["threshold_hex"], 16))}
    if kind == "rv_parse":
        return {"valid": refs.parse_rv(given["text"]) is not None}
    if kind == "ratio_from_th":
        kept = refs.M56 - refs.parse_th(given["th"])
        return {"probability": kept / refs.M56, "adjusted_count": refs.M56 / kept}
    if kind == "probability":
        return refs.probability_sample(given["trace_id"], given["tracestate"], given["ratio"], given["precision"])
    if kind == "parent_threshold":
        return refs.parent_threshold_sample(given["trace_id"], given["tracestate"], given["parent_sampled"])
    if kind == "traceidratio":
        return {"decision": refs.traceidratio_sample(given["trace_id"], given["ratio"])}
    if kind == "parent_based":
        return {"delegate": refs.parent_based(given["has_parent"], given["remote"], given["sampled"])}
    if kind == "always_record":
        return {"decision": "RECORD_ONLY" if given["wrapped"] == "DROP" else given["wrapped"]}
    raise ValueError(kind)


def attribute_limits(given):
    attributes, dropped = refs.apply_attribute_limits(given["set"], given.get("count", 128), given.get("length"), given.get("depth", 64))
    return {"attributes": attributes, "dropped": dropped}


def otlp_json(given):
    if "value" in given:
        return {"json": refs.any_value(given["value"])}
    if "span" in given:
        contains = refs.span_json(given["span"])
        return {"contains": contains, "absent": [name for name in SPAN_MEMBERS if name not in contains]}
    partial = json.loads(given["decode"]).get("partialSuccess") or {}
    return {"rejected": int(partial.get("rejectedSpans", 0)), "message": partial.get("errorMessage", "")}


def resource_status(given):
    if "merge" in given:
        return refs.merge_resources(given["merge"]["old"], given["merge"]["updating"])
    if "status" in given:
        return refs.status_machine(given["status"])
    return {"key": refs.env_key(given["env_key"])}


def config_substitution(given):
    text = refs.substitute(given["text"], given["env"])
    return {"error": True} if text is None else {"text": text}


def env(given):
    value, warn = refs.env_query(given["env"], given["query"])
    return {"value": value, "warn": warn}


EXPECTED = {"traceparent": lambda given: refs.parse_traceparent(given["traceparent"]), "tracestate": tracestate, "baggage": baggage,
            "b3_jaeger_xray": b3_jaeger_xray, "samplers": samplers, "attribute_limits": attribute_limits, "otlp_json": otlp_json,
            "otlp_http": refs.http_result, "resource_status": resource_status, "config_substitution": config_substitution, "env": env}


def expected(file, given):
    return EXPECTED[file](given)
