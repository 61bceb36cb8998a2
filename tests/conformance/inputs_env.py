"""Random environments, and the settings that are asked of them."""

from inputs_text import choose, text, token

COUNTS = ["0", "1", "7", "100", "512", "2048", "4096", "2147483647", "007"]
BAD_COUNTS = ["-1", "5s", "1.5", "1e3", "0x10", "abc", "+5", "1 0", "99999999999999999999", "1,000", "-0"]
URLS = ["http://collector:4318", "http://collector:4318/", "https://example.org/otlp", "https://example.org/otlp/", "http://a", "https://a:8443/x?k=v",
        "http://[::1]:4318", "http://127.0.0.1/v1/traces", "http://c:9/a//"]
LIMITS = {"limits.span.attribute_count": ["OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "OTEL_ATTRIBUTE_COUNT_LIMIT"],
          "limits.span.attribute_value_length": ["OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT"],
          "limits.span.event_count": ["OTEL_SPAN_EVENT_COUNT_LIMIT"], "limits.span.link_count": ["OTEL_SPAN_LINK_COUNT_LIMIT"],
          "limits.event.attribute_count": ["OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", "OTEL_ATTRIBUTE_COUNT_LIMIT"],
          "limits.link.attribute_count": ["OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", "OTEL_ATTRIBUTE_COUNT_LIMIT"]}


def number(chance):
    return choose(chance, {chance.choice(COUNTS): 5, chance.choice(BAD_COUNTS): 3, "": 1, " ": 1, f" {chance.choice(COUNTS)}\t": 1})


def words(known):
    """A maker of one known word, in whatever letters, or of something else."""
    def make(chance):
        word = chance.choice(known)
        return choose(chance, {word: 5, word.upper(): 1, word.title(): 1, f" {word} ": 1, "": 1, text(chance, 5): 1, "unknown": 1, "none": 1})
    return make


def word_list(known):
    def make(chance):
        one = words(known)
        return ",".join(one(chance) for _ in range(choose(chance, {1: 4, 2: 3, 3: 2, 0: 1})))
    return make


def pairs(chance, value_pieces):
    made = []
    for at in range(chance.randrange(1, 4)):
        key = choose(chance, {token(chance).replace("=", "") + str(at): 6, f"k{at}%2C": 1, f"É{at}": 1, "": 1, f"a b{at}": 1})
        value = "".join(chance.choice(value_pieces) for _ in range(chance.randrange(5)))
        made.append(choose(chance, {f"{key}={value}": 8, f" {key} = {value} ": 1, key: 1, "": 1}))
    return ",".join(made)


def header_list(chance):
    return pairs(chance, ["a", "7", "=", "%20", "%C3%A9", " ", "+", ";", "É"] + (["%", "%zz", "%ff", "%0A", "%00"] if chance.random() < 0.3 else []))


def resource_list(chance):
    return pairs(chance, ["a", "7", "%20", "%3D", "%C3%A9", " ", "+", ";", "É"] + (["%", "%zz", "%ff", "="] if chance.random() < 0.2 else []))


def ratio(chance):
    return choose(chance, {chance.choice(["0", "1", "0.1", ".5", "5e-1", "1.", "0.25", "1E-3", "+0.5", f"{chance.random():.6f}"]): 5,
                           chance.choice(["1.5", "-0.1", "abc", "0,5", "NaN", "inf", "0.5x", "0x1p-1", "1e", "-0", ". 5"]): 3, "": 1, " 0.5 ": 1})


SAMPLERS = ["always_on", "always_off", "traceidratio", "parentbased_always_on", "parentbased_always_off", "parentbased_traceidratio"]
OTLP = "OTEL_EXPORTER_OTLP_"
QUERIES = {
    "sdk.disabled": {"OTEL_SDK_DISABLED": lambda chance: choose(chance, {"true": 3, "TRUE": 1, "false": 2, "1": 1, "yes": 1, "": 1, " true ": 1, text(chance, 4): 1})},
    "bsp.schedule_delay_ms": {"OTEL_BSP_SCHEDULE_DELAY": number},
    "bsp.export_timeout_ms": {"OTEL_BSP_EXPORT_TIMEOUT": number},
    "bsp.max_queue_size": {"OTEL_BSP_MAX_QUEUE_SIZE": number},
    "bsp.max_export_batch_size": {"OTEL_BSP_MAX_QUEUE_SIZE": number, "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": number},
    **{query: {name: number for name in names} for query, names in LIMITS.items()},
    "sampler": {"OTEL_TRACES_SAMPLER": words(SAMPLERS), "OTEL_TRACES_SAMPLER_ARG": ratio},
    "propagators": {"OTEL_PROPAGATORS": word_list(["tracecontext", "baggage", "b3", "b3multi", "jaeger", "xray"])},
    "traces_exporters": {"OTEL_TRACES_EXPORTER": word_list(["otlp", "console"])},
    "otlp.traces.url": {OTLP + "ENDPOINT": lambda chance: chance.choice(URLS), OTLP + "TRACES_ENDPOINT": lambda chance: chance.choice(URLS)},
    "otlp.traces.protocol": {OTLP + name: words(["grpc", "http/protobuf", "http/json"]) for name in ("PROTOCOL", "TRACES_PROTOCOL")},
    "otlp.traces.compression": {OTLP + name: words(["gzip", "none"]) for name in ("COMPRESSION", "TRACES_COMPRESSION")},
    "otlp.traces.timeout_ms": {OTLP + name: number for name in ("TIMEOUT", "TRACES_TIMEOUT")},
    "otlp.traces.headers": {OTLP + name: header_list for name in ("HEADERS", "TRACES_HEADERS")},
    "resource.env": {"OTEL_RESOURCE_ATTRIBUTES": resource_list, "OTEL_SERVICE_NAME": lambda chance: choose(chance, {"": 1, "front": 1, "a%20b": 1, " É ": 1})},
}
ALL = {name: make for variables in QUERIES.values() for name, make in variables.items()}


def env(chance):
    query = chance.choice(list(QUERIES))
    variables = {name: make(chance) for name, make in QUERIES[query].items() if chance.random() < 0.8}
    for name in chance.sample(sorted(ALL), chance.choice([0, 0, 0, 1, 3])):  # what has no say in it
        if name not in QUERIES[query]:
            variables[name] = ALL[name](chance)
    return {"env": variables, "query": query}


def allowed(given):
    """False where the reference is silent: names that come twice, URLs that are none, white space that no shell keeps."""
    variables = given["env"]
    if any(value != value.strip() and value.strip(" \t") != value.strip() for value in variables.values()):
        return False
    if given["query"] == "otlp.traces.url":
        return all(variables.get(OTLP + name, "http://x").startswith(("http://", "https://")) for name in ("ENDPOINT", "TRACES_ENDPOINT"))
    if given["query"] in ("otlp.traces.headers", "resource.env"):
        for name in QUERIES[given["query"]]:
            keys = [pair.partition("=")[0].strip().lower() for pair in variables.get(name, "").split(",")]
            if len(keys) != len(set(keys)):
                return False
    return True
