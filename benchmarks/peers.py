"""The libraries that spanwise is compared with: how their programs are run, and which of their figures stand for which of ours.

The programs are not part of the project: a folder given to benchmarks/run has go.sh, rust.sh and otelcpp.sh, which build
with the language's own tools and print `name ns` lines.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path

# Their cases to be run in the minute of each group of ours; then our case, and the lines of theirs that give its fastest and its
# middle round. One that measures less is not compared.
GO = "go.ballast256mb."
PEERS = {
    "fastrace": {
        "script": "rust.sh", "needs": "cargo", "filters": {"span/": ["fastrace.local_"], "propagate/": ["fastrace.traceparent"]},
        "figures": {
            "span/child-0": "rust.fastrace.local_0props.trace100.t1.wall",
            # Its attributes are texts: values known at run time are formatted first, its best setting is literals.
            "span/child-4": "rust.fastrace.local_4props_fmt.trace100.t1.wall",
            "span/child-4-literals": "rust.fastrace.local_4props_static.trace100.t1.wall",
            "span/unsampled-4": "rust.fastrace.local_unsampled_4props.t1.wall",
            "span/threads-2-child-4": "rust.fastrace.local_4props_fmt.trace100.t2.wall",
            "propagate/both": "rust.fastrace.traceparent_decode_encode.t1.wall",
        },
    },
    "Rust SDK": {
        "script": "rust.sh", "needs": "cargo", "filters": {"span/": ["otel.batch", "otel.never_sample"]},
        "figures": {
            "span/child-0": "rust.otel.batch.0attr.t1.wall",
            "span/child-4": "rust.otel.batch.4attr_builder.t1.wall",
            "span/child-4-set": "rust.otel.batch.4attr.t1.wall",
            "span/child-4-event": "rust.otel.batch.4attr_1event.t1.wall",
            "span/unsampled": "rust.otel.never_sample.0attr.t1.wall",
            "span/unsampled-4": "rust.otel.never_sample.4attr.t1.wall",
            "span/threads-2-child-4": "rust.otel.batch.4attr.t2.wall",
        },
    },
    "Go SDK": {
        "script": "go.sh", "needs": "go", "env": {"REPS": "5", "BENCHTIME": "100ms"},
        "filters": {"span/": ["batch_paced", "never_sample.0attr", "never_sample.4attr"], "propagate/": ["traceparent"],
                    "encode/": ["transform_marshal"], "e2e/": ["end_to_end_blocking_none"]},
        "figures": {
            "span/child-0": GO + "batch_paced.0attr",
            "span/child-4": GO + "batch_paced.4attr",
            "span/child-4-event": GO + "batch_paced.4attr_1event",
            "span/unsampled": GO + "never_sample.0attr",
            "span/unsampled-4": GO + "never_sample.4attr",
            "propagate/extract-map": GO + "extract_traceparent_mapcarrier",
            "propagate/inject-map": GO + "inject_traceparent_mapcarrier",
            "encode/otlp-protobuf-512": GO + "otlp_transform_marshal_512.per_span",
            "e2e/otlp-http-protobuf": GO + "otlphttp_end_to_end_blocking_none.process_cpu_per_span",
        },
    },
    "opentelemetry-cpp": {
        "script": "otelcpp.sh", "needs": None, "filters": {"span/": ["--scale=25"]}, "columns": True,
        "figures": {
            "span/child-0": "d_bsp_burst_otlprec_child_0attr_t1",
            "span/child-4": "d_bsp_burst_otlprec_child_4attr_t1",
            "span/child-4-event": "d_bsp_burst_otlprec_child_4attr_1event_t1",
            "span/unsampled": "b_alwaysoff_child_start_scope_end_t1",
            "span/unsampled-4": "b_alwaysoff_child_start_scope_4attr_end_t1",
            "span/threads-2-child-4": "d_bsp_burst_otlprec_child_4attr_t2",
            "propagate/extract-map": "e_extract_mapcarrier_t1",
            "propagate/inject-map": "e_inject_mapcarrier_t1",
            "encode/otlp-protobuf-512": "f_total_fill_populate_serialize_protobuf",
            "encode/otlp-json-512": "f_total_fill_export_json_nullhttp",
            "e2e/otlp-http-protobuf": "g_e2e_otlp_http_protobuf_exporter_cpu",
            "e2e/otlp-http-json": "g_e2e_otlp_http_json_exporter_cpu",
        },
    },
}
COLUMNS = re.compile(r"^(\w+)\s+([\d.]+)\s+min\s+([\d.]+)", re.MULTILINE)
PRODUCER = re.compile(r"^(g_e2e_\w+).*producer CPU ([\d.]+) ns", re.MULTILINE)
PLAIN = re.compile(r"^(\S+)\.(min|median) ([\d.]+)$", re.MULTILINE)


def installed(peer, folder):
    """An empty text if the peer can be run, else why it can't."""
    how = PEERS[peer]
    if folder is None:
        return "name the folder of the peers' programs with --peers or $SPANWISE_PEERS"
    if not (Path(folder) / how["script"]).is_file():
        return f"{how['script']} is not in the folder of peers"
    if how["needs"] and not (shutil.which(how["needs"]) or how["needs"] == "go" and Path("/usr/local/go/bin/go").is_file()):
        return f"needs {how['needs']}"
    if peer == "opentelemetry-cpp" and not os.environ.get("OTELCPP_PREFIX"):
        return "needs an installation named by $OTELCPP_PREFIX"
    return ""


def read(text, columns):
    """The fastest and the middle round of each of their cases."""
    found = {}
    if columns:
        for name, middle, fastest in COLUMNS.findall(text):
            found[name] = {"ns": float(middle), "min_ns": float(fastest)}
        for name, producer in PRODUCER.findall(text):  # their column is the exporter's share alone
            found[name] = {key: value + float(producer) for key, value in found[name].items()}
    else:
        for name, which, value in PLAIN.findall(text):
            found.setdefault(name, {})["min_ns" if which == "min" else "ns"] = float(value)
    return found


def run(peer, folder, quick, group):
    """One round of a peer's cases that stand for a group of ours: our case's name to its figures. Raises RuntimeError where the program fails."""
    how = PEERS[peer]
    env = {**os.environ, **how.get("env", {}), **({"REPS": "3" if how["needs"] == "go" else "15"} if quick else {})}
    found = {}
    for part in how["filters"].get(group, ()):
        outcome = subprocess.run(["bash", str(Path(folder) / how["script"]), part], capture_output=True, text=True, env=env)
        if outcome.returncode:
            raise RuntimeError(outcome.stderr.strip().splitlines()[-1] if outcome.stderr.strip() else f"exit code {outcome.returncode}")
        found |= read(outcome.stdout, how.get("columns", False))
    return {ours: found[theirs] for ours, theirs in how["figures"].items() if theirs in found}
