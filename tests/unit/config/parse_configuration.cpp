#include <spanwise/config/parse_configuration.hpp>

#include "catch.hpp"

#include <unistd.h>

#include <cstdlib>
#include <fstream>

using namespace spanwise;

namespace {

environment const variables{
    {"DELAY", "5s"}, {"SECRET", "hunter2"}, {"NAME", "x"}, {"RATIO", "0.25"}, {"COUNT", "0x10"}};

configuration parse(std::string const& text) {
  return parse_configuration(text, "f.yaml", variables);
}

/// The same of what stands below the first line that each file needs.
configuration parse_below(std::string const& text) {
  return parse("file_format: \"1.0\"\n" + text + "\n");
}

std::string faults_of(configuration const& from) {
  std::string all;
  for (config_fault const& fault : from.faults) all += (all.empty() ? "" : "\n") + fault.text();
  return all;
}

struct wrong_file {
  char const* text; ///< below `file_format: "1.0"`, or all of it behind a `!`
  char const* faults;
};

wrong_file const wrong_files[]{
    {R"(!)", R"(f.yaml: the file is empty; it needs at least file_format: "1.0")"},
    {R"(!# only a comment)", R"(f.yaml: the file is empty; it needs at least file_format: "1.0")"},
    {R"(!- file_format: "1.0")",
     R"(f.yaml:1:1: the file is no map of properties; it needs at least file_format: "1.0")"},
    {R"(!tracer_provider: {processors: [{simple: {exporter: {console: }}}]})",
     R"(f.yaml:1:1: file_format is missing; the file needs file_format: "1.0")"},
    {R"(!file_format:)", R"(f.yaml:1:1: file_format is empty; the file needs file_format: "1.0")"},
    {R"(!file_format: 1.0)", R"(f.yaml:1:14: file_format is a number; it must be text: put it in quotes)"},
    {R"(!file_format: "0.4")",
     R"(f.yaml:1:14: file_format is "0.4", but only major version 1 is understood here; rewrite the file by that version of the schema)"},
    {R"(!file_format: "2.0")",
     R"(f.yaml:1:14: file_format is "2.0", but only major version 1 is understood here; rewrite the file by that version of the schema)"},
    {R"(!file_format: "one")", R"(f.yaml:1:14: file_format is "one"; it must be a version, such as "1.0")"},
    {R"(!file_format: "1.0.0")", R"(f.yaml:1:14: file_format is "1.0.0"; it must be a version, such as "1.0")"},
    {R"(!file_format: "1.0"
file_format: "1.1")",
     R"(f.yaml:2:1: the name file_format stands here a second time in one map; keep one)"},
    {R"(disabled: yes)", R"(f.yaml:2:11: disabled is "yes"; it must be true or false)"},
    {R"(disabled: "true")", R"(f.yaml:2:11: disabled is "true"; it must be true or false, without quotes)"},
    {R"(log_level: verbose)",
     R"(f.yaml:2:12: log_level is "verbose"; it must be trace, debug, info, warn, error or fatal, perhaps with 2, 3 or 4 behind it)"},
    {R"(attribute_limits:)",
     R"(f.yaml:2:1: attribute_limits is empty; it must be a map of properties, or be left out)"},
    {R"(attribute_limits: {attribute_count_limit: -1})",
     R"(f.yaml:2:43: attribute_limits.attribute_count_limit is -1; it must be at least 0)"},
    {R"(attribute_limits: {attribute_value_depth_limit: 0})",
     R"(f.yaml:2:49: attribute_limits.attribute_value_depth_limit is 0; it must be at least 1)"},
    {R"(attribute_limits: {attribute_count_limit: 1.5})",
     R"(f.yaml:2:43: attribute_limits.attribute_count_limit is 1.5; it must be a whole number, such as 128)"},
    {R"(attribute_limits: {attribute_count_limit: 99999999999999999999})",
     R"(f.yaml:2:43: attribute_limits.attribute_count_limit is 99999999999999999999; it must be from 0 to 9223372036854775807)"},
    {R"(attribute_limits: {event_count_limit: 3})",
     R"(f.yaml:2:39: attribute_limits.event_count_limit is no property that is known here (known: attribute_value_length_limit, attribute_value_depth_limit, attribute_count_limit))"},
    {R"(resource: [])", R"(f.yaml:2:11: resource is an empty list; it must be a map of properties)"},
    {R"(resource: {attributes: []})",
     R"(f.yaml:2:24: resource.attributes is an empty list; it must have at least one entry, or be left out)"},
    {R"(resource: {attributes: {service.name: shop}})",
     R"(f.yaml:2:24: resource.attributes is a map; it must be a list of maps)"},
    {R"(resource: {attributes: [{name: a}]})",
     R"(f.yaml:2:25: resource.attributes[0] lacks value, the value of the attribute; null leaves the attribute out)"},
    {R"(resource: {attributes: [{value: a}]})",
     R"(f.yaml:2:25: resource.attributes[0] lacks name, the name of the attribute)"},
    {R"(resource: {attributes: [{name: a, value: 5}]})",
     R"(f.yaml:2:42: resource.attributes[0].value is not of the type string, which it is unless type says otherwise; it must be text (put numbers, true and false in quotes))"},
    {R"(resource: {attributes: [{name: a, value: "5", type: int}]})",
     R"(f.yaml:2:42: resource.attributes[0].value is not of the type int, which type says; it must be a whole number of 64 bits)"},
    {R"(resource: {attributes: [{name: a, value: 5.5, type: int}]})",
     R"(f.yaml:2:42: resource.attributes[0].value is not of the type int, which type says; it must be a whole number of 64 bits)"},
    {R"(resource: {attributes: [{name: a, value: [1, x], type: int_array}]})",
     R"(f.yaml:2:42: resource.attributes[0].value is not of the type int_array, which type says; it must be a list with at least one entry, each a whole number of 64 bits)"},
    {R"(resource: {attributes: [{name: a, value: b, type: text}]})",
     R"(f.yaml:2:51: resource.attributes[0].type is "text"; it must be one of string, bool, int, double, string_array, bool_array, int_array, double_array)"},
    {R"(resource: {attributes_list: "a=1,b"})",
     R"(f.yaml:2:29: resource.attributes_list is no list of name=value with percent-encoded values: entry 2 is something else)"},
    {R"(resource: {detection/development: {detectors: [{}]}})",
     R"(f.yaml:2:48: resource.detection/development.detectors[0] is empty; it must name a detector, such as host)"},
    {R"(resource: {detection/development: {detectors: [{host: {x: 1}}]}})",
     R"(f.yaml:2:59: resource.detection/development.detectors[0].host.x is no property that is known here; there are none)"},
    {R"(resource: {detection/development: {attributes: {included: process.*}}})",
     R"(f.yaml:2:59: resource.detection/development.attributes.included is "process.*"; it must be a list of texts)"},
    {R"(propagator:)", R"(f.yaml:2:1: propagator is empty; it must be a map of properties, or be left out)"},
    {R"(propagator: {composite: [tracecontext]})",
     R"(f.yaml:2:26: propagator.composite[0] is "tracecontext"; it must be a map of properties: write tracecontext: for one without any)"},
    {R"(propagator: {composite: [{tracecontext: , baggage: }]})",
     R"(f.yaml:2:26: propagator.composite[0] names tracecontext, baggage; it must name one alone: a propagator, such as tracecontext)"},
    {R"(propagator: {composite: []})",
     R"(f.yaml:2:25: propagator.composite is an empty list; it must have at least one entry, or be left out)"},
    {R"(propagators: {composite: [{b3: }]}
tracer_provider:)",
     R"(f.yaml:3:1: tracer_provider is empty; it must be a map of properties, or be left out)"},
    {R"(tracer_provider: {})", R"(f.yaml:2:18: tracer_provider lacks processors, which say where spans go)"},
    {R"(tracer_provider: {processors: []})",
     R"(f.yaml:2:31: tracer_provider.processors is an empty list; it must have at least one entry, or be left out)"},
    {R"(tracer_provider: {processors: {batch: {exporter: {console: }}}})",
     R"(f.yaml:2:31: tracer_provider.processors is a map; it must be a list of maps)"},
    {R"(tracer_provider: {processors: [{batch: }]})",
     R"(f.yaml:2:33: tracer_provider.processors[0].batch is empty; it must be a map of properties, or be left out)"},
    {R"(tracer_provider: {processors: [{batch: {}}]})",
     R"(f.yaml:2:40: tracer_provider.processors[0].batch lacks exporter, which says where spans go, such as otlp_http)"},
    {R"(tracer_provider: {processors: [{multi: {exporter: {console: }}}]})",
     R"(f.yaml:2:40: tracer_provider.processors[0].multi is no processor that is known here; write batch or simple)"},
    {R"(tracer_provider: {processors: [{batch: {exporter: console}}]})",
     R"(f.yaml:2:51: tracer_provider.processors[0].batch.exporter is "console"; it must be a map of properties: write console: for one without any)"},
    {R"(tracer_provider: {processors: [{batch: {exporter: {}}}]})",
     R"(f.yaml:2:51: tracer_provider.processors[0].batch.exporter is empty; it must name an exporter, such as otlp_http)"},
    {R"(tracer_provider: {processors: [{batch: {exporter: {console: , otlp_http: }}}]})",
     R"(f.yaml:2:51: tracer_provider.processors[0].batch.exporter names console, otlp_http; it must name one alone: an exporter, such as otlp_http)"},
    {R"(tracer_provider: {processors: [{batch: {exporter: {console: {colors: true}}}}]})",
     R"(f.yaml:2:70: tracer_provider.processors[0].batch.exporter.console.colors is no property that is known here; there are none)"},
    {R"(tracer_provider: {processors: [{batch: {schedule_delay: 5s, exporter: {console: }}}]})",
     R"(f.yaml:2:57: tracer_provider.processors[0].batch.schedule_delay is "5s"; it must be a whole number of milliseconds, such as 5000)"},
    {R"(tracer_provider: {processors: [{batch: {schedule_delay: -1, exporter: {console: }}}]})",
     R"(f.yaml:2:57: tracer_provider.processors[0].batch.schedule_delay is -1; it must be at least 0)"},
    {R"(tracer_provider: {processors: [{batch: {schedule_delay: "${DELAY}", exporter: {console: }}}]})",
     R"(f.yaml:2:57: tracer_provider.processors[0].batch.schedule_delay is ${DELAY}, filled in with something else (which is not shown); it must be a whole number of milliseconds, such as 5000)"},
    {R"(tracer_provider: {processors: [{batch: {max_queue_size: 0, exporter: {console: }}}]})",
     R"(f.yaml:2:57: tracer_provider.processors[0].batch.max_queue_size is 0; it must be from 1 to 2147483648)"},
    {R"(tracer_provider: {processors: [{batch: {max_export_batch_size: 5000000000, exporter: {console: }}}]})",
     R"(f.yaml:2:64: tracer_provider.processors[0].batch.max_export_batch_size is 5000000000; it must be from 1 to 2147483648)"},
    {R"(tracer_provider: {processors: [{simple: {schedule_delay: 1, exporter: {console: }}}]})",
     R"(f.yaml:2:58: tracer_provider.processors[0].simple.schedule_delay is no property that is known here (known: exporter))"},
    {R"(tracer_provider: {processors: [{batch: {exporter: {otlp_http: {endpoint: "ftp://x"}}}}]})",
     R"(f.yaml:2:74: tracer_provider.processors[0].batch.exporter.otlp_http.endpoint is "ftp://x", which has a scheme other than http and https)"},
    {R"(tracer_provider: {processors: [{batch: {exporter: {otlp_http: {endpoint: 4318}}}}]})",
     R"(f.yaml:2:74: tracer_provider.processors[0].batch.exporter.otlp_http.endpoint is a number; it must be text: put it in quotes)"},
    {R"(tracer_provider: {processors: [{batch: {exporter: {otlp_http: {endpoint: "http://u:${SECRET}@x:y/"}}}}]})",
     R"(f.yaml:2:74: tracer_provider.processors[0].batch.exporter.otlp_http.endpoint is "http://x:y/", which has a port that is not a number from 1 to 65535)"},
    {R"(tracer_provider: {processors: [{batch: {exporter: {otlp_http: {encoding: xml}}}}]})",
     R"(f.yaml:2:74: tracer_provider.processors[0].batch.exporter.otlp_http.encoding is "xml"; it must be one of protobuf, json)"},
    {R"(tracer_provider: {processors: [{batch: {exporter: {otlp_http: {compression: zstd}}}}]})",
     R"(f.yaml:2:77: tracer_provider.processors[0].batch.exporter.otlp_http.compression is "zstd"; it must be one of gzip, none)"},
    {R"(tracer_provider: {processors: [{batch: {exporter: {otlp_http: {headers: {api-key: x}}}}}]})",
     R"(f.yaml:2:73: tracer_provider.processors[0].batch.exporter.otlp_http.headers is a map; it must be a list of maps)"},
    {R"(tracer_provider: {processors: [{batch: {exporter: {otlp_http: {headers: [{name: api-key}]}}}}]})",
     R"(f.yaml:2:74: tracer_provider.processors[0].batch.exporter.otlp_http.headers[0] lacks value, the text of the header field; null leaves the field out)"},
    {R"(tracer_provider: {processors: [{batch: {exporter: {otlp_http: {headers: [{name: api-key, value: 12345}]}}}}]})",
     R"(f.yaml:2:97: tracer_provider.processors[0].batch.exporter.otlp_http.headers[0].value is a number; it must be text: put it in quotes)"},
    {R"(tracer_provider: {processors: [{batch: {exporter: {otlp_http: {headers: [{name: "a b", value: x}]}}}}]})",
     R"(f.yaml:2:81: tracer_provider.processors[0].batch.exporter.otlp_http.headers[0].name is no name of a header field)"},
    {R"(tracer_provider: {processors: [{batch: {exporter: {otlp_http: {headers: [{name: Host, value: x}]}}}}]})",
     R"(f.yaml:2:81: tracer_provider.processors[0].batch.exporter.otlp_http.headers[0].name is Host, which the exporter sets itself)"},
    {R"(tracer_provider: {processors: [{batch: {exporter: {otlp_http: {headers: [{name: a, value: "x\ny"}]}}}}]})",
     R"(f.yaml:2:91: tracer_provider.processors[0].batch.exporter.otlp_http.headers[0].value holds line breaks or control characters, which no header field may have)"},
    {R"(tracer_provider: {processors: [{batch: {exporter: {otlp_http: {headers_list: "a=%zz"}}}}]})",
     R"(f.yaml:2:78: tracer_provider.processors[0].batch.exporter.otlp_http.headers_list is no list of name=value with percent-encoded values: entry 1 is something else)"},
    {R"(tracer_provider: {processors: [{batch: {exporter: {otlp_http: {timeout: soon}}}}]})",
     R"(f.yaml:2:73: tracer_provider.processors[0].batch.exporter.otlp_http.timeout is "soon"; it must be a whole number of milliseconds, such as 10000)"},
    {R"(tracer_provider: {processors: [{batch: {exporter: {otlp_http: {tls: {ca_file: ca.pem}}}}}]})",
     R"(f.yaml:2:79: tracer_provider.processors[0].batch.exporter.otlp_http.tls.ca_file is a relative path; write it from the root on, such as /etc/ssl/ca.pem)"},
    {R"(tracer_provider: {processors: [{batch: {exporter: {otlp_http: {tls: {key_file: /k.pem}}}}}]})",
     R"(f.yaml:2:69: tracer_provider.processors[0].batch.exporter.otlp_http.tls has key_file but no cert_file; a client proves who it is with both)"},
    {R"(tracer_provider: {processors: [{batch: {exporter: {otlp_http: {tls: {insecure: true}}}}}]})",
     R"(f.yaml:2:80: tracer_provider.processors[0].batch.exporter.otlp_http.tls.insecure is no property that is known here (known: ca_file, cert_file, key_file))"},
    {R"(tracer_provider: {processors: [{batch: {exporter: {otlp_file/development: {output_stream: stderr}}}}]})",
     R"(f.yaml:2:91: tracer_provider.processors[0].batch.exporter.otlp_file/development.output_stream must be stdout, or a file with its whole path, such as file:///var/log/traces.jsonl)"},
    {R"(tracer_provider: {processors: [{batch: {exporter: {otlp_file/development: {output_stream: "file://x/y"}}}}]})",
     R"(f.yaml:2:91: tracer_provider.processors[0].batch.exporter.otlp_file/development.output_stream must be stdout, or a file with its whole path, such as file:///var/log/traces.jsonl)"},
    {R"(tracer_provider: {processors: [{simple: {exporter: {console: }}}], sampler: {}})",
     R"(f.yaml:2:77: tracer_provider.sampler is empty; it must name a sampler, such as parent_based)"},
    {R"(tracer_provider: {processors: [{simple: {exporter: {console: }}}], sampler: always_on})",
     R"(f.yaml:2:77: tracer_provider.sampler is "always_on"; it must be a map of properties: write always_on: for one without any)"},
    {R"(tracer_provider: {processors: [{simple: {exporter: {console: }}}], sampler: {always_on: , always_off: }})",
     R"(f.yaml:2:77: tracer_provider.sampler names always_on, always_off; it must name one alone: a sampler, such as parent_based)"},
    {R"(tracer_provider: {processors: [{simple: {exporter: {console: }}}], sampler: {always_on: 1}})",
     R"(f.yaml:2:89: tracer_provider.sampler.always_on is 1; it must be a map of properties: write 1: for one without any)"},
    {R"(tracer_provider: {processors: [{simple: {exporter: {console: }}}], sampler: {trace_id_ratio_based: {ratio: 2}}})",
     R"(f.yaml:2:108: tracer_provider.sampler.trace_id_ratio_based.ratio is 2; it must be from 0 to 1)"},
    {R"(tracer_provider: {processors: [{simple: {exporter: {console: }}}], sampler: {trace_id_ratio_based: {ratio: .nan}}})",
     R"(f.yaml:2:108: tracer_provider.sampler.trace_id_ratio_based.ratio is .nan; it must be from 0 to 1)"},
    {R"(tracer_provider: {processors: [{simple: {exporter: {console: }}}], sampler: {trace_id_ratio_based: {ratio: half}}})",
     R"(f.yaml:2:108: tracer_provider.sampler.trace_id_ratio_based.ratio is "half"; it must be a number from 0 to 1, such as 0.25)"},
    {R"(tracer_provider: {processors: [{simple: {exporter: {console: }}}], sampler: {parent_based: {roots: {always_on: }}}})",
     R"(f.yaml:2:100: tracer_provider.sampler.parent_based.roots is no property that is known here (known: root, remote_parent_sampled, remote_parent_not_sampled, local_parent_sampled, local_parent_not_sampled))"},
    {R"(tracer_provider: {processors: [{simple: {exporter: {console: }}}], sampler: {always_record: }})",
     R"(f.yaml:2:78: tracer_provider.sampler.always_record is empty; it must be a map of properties, or be left out)"},
    {R"(tracer_provider: {processors: [{simple: {exporter: {console: }}}], sampler: {always_record: {}}})",
     R"(f.yaml:2:93: tracer_provider.sampler.always_record lacks root, the sampler that it asks)"},
    {R"(tracer_provider: {processors: [{simple: {exporter: {console: }}}], sampler: {composite/development: {ratio: {}}}})",
     R"(f.yaml:2:109: tracer_provider.sampler.composite/development.ratio is no composable sampler that is known here (known: always_on, always_off, probability, parent_threshold, rule_based))"},
    {R"(tracer_provider: {processors: [{simple: {exporter: {console: }}}], sampler: {composite/development: {rule_based: {rules: [{}]}}}})",
     R"(f.yaml:2:123: tracer_provider.sampler.composite/development.rule_based.rules[0] lacks sampler, which decides about the spans that match)"},
    {R"(tracer_provider: {processors: [{simple: {exporter: {console: }}}], sampler: {composite/development: {rule_based: {rules: [{span_kinds: [remote], sampler: {always_on: }}]}}}})", R"(f.yaml:2:136: tracer_provider.sampler.composite/development.rule_based.rules[0].span_kinds has the entry "remote"; each must be one of internal, server, client, producer, consumer)"},
    {R"(tracer_provider: {processors: [{simple: {exporter: {console: }}}], sampler: {composite/development: {rule_based: {rules: [{attribute_values: {key: a}, sampler: {always_on: }}]}}}})",
     R"(f.yaml:2:142: tracer_provider.sampler.composite/development.rule_based.rules[0].attribute_values lacks values, a list of the values that match)"},
    {R"(tracer_provider: {processors: [{simple: {exporter: {console: }}}], id_generator: {random: {x: 1}}})",
     R"(f.yaml:2:95: tracer_provider.id_generator.random.x is no property that is known here; there are none)"},
    {R"(tracer_provider: {processors: [{simple: {exporter: {console: }}}], id_generator: random})",
     R"(f.yaml:2:82: tracer_provider.id_generator is "random"; it must be a map of properties: write random: for one without any)"},
    {R"(tracer_provider: {processors: [{simple: {exporter: {console: }}}], tracer_configurator/development: {tracers: [{name: x}]}})",
     R"(f.yaml:2:112: tracer_provider.tracer_configurator/development.tracers[0] lacks config, which says whether the tracer is enabled)"},
    {R"(tracer_provider: {processors: [{simple: {exporter: {console: }}}], limits: {link_count_limit: many}})",
     R"(f.yaml:2:95: tracer_provider.limits.link_count_limit is "many"; it must be a whole number, such as 128)"},
    {R"(disabled: ${1BAD})",
     R"(f.yaml:2:11: the reference ${1BAD} names a variable that does not begin with a letter or an underscore)"},
    {R"(log_level: ${SECRET})",
     R"(f.yaml:2:12: log_level is ${SECRET}, filled in with something else (which is not shown); it must be trace, debug, info, warn, error or fatal, perhaps with 2, 3 or 4 behind it)"},
    {R"(log_level: ${SECRET:?no})",
     R"(f.yaml:2:12: the reference ${SECRET:?no} has a prefix other than env:, or something else than :- before a default)"},
    {R"(disabled: ${NAME)", R"(f.yaml:2:11: disabled is "${NAME"; it must be true or false)"},
    {R"(disabled: &a {x: *a})", R"(f.yaml:2:18: an alias stands inside of what it repeats, which would never end)"},
    {R"(a: *b)", R"(f.yaml:2:4: this is no YAML: the referenced anchor is not defined)"},
    {R"(a: [1, 2)", R"(f.yaml:3:1: this is no YAML: end of sequence flow not found)"},
    {R"(	disabled: true)", R"(f.yaml:2:2: this is no YAML: end of map not found)"},
    {R"(? [a, b]
: c)",
     R"(f.yaml:2:3: a list or map stands where a name is expected)"},
    {R"(log_level: !secret info)", R"(f.yaml:2:12: the tag !secret has no meaning here)"},
    {R"(disabled: !!int true)", R"(f.yaml:2:11: the tag tag:yaml.org,2002:int has no meaning here)"},
    {R"(--- # another document
disabled: true)",
     R"(f.yaml: the file holds several YAML documents; keep one)"},
    {R"(tracer_provider:
  <<: {processors: [{simple: {exporter: {console: }}}]})",
     R"(f.yaml:3:3: tracer_provider lacks processors, which say where spans go
f.yaml:3:7: tracer_provider.<< is a merge key, which YAML 1.2 does not have (known: processors, limits, sampler, id_generator, tracer_configurator/development))"},
    {R"(tracer_provider: {processors: [{batch: {exporter: {otlp_http: {timeout: , headers: , shedule: 3}}, schedule_delay: -5}}], sampler: {always_onn: }})",
     R"(f.yaml:2:116: tracer_provider.processors[0].batch.schedule_delay is -5; it must be at least 0
f.yaml:2:75: tracer_provider.processors[0].batch.exporter.otlp_http.headers is empty; it must be a list of maps, or be left out
f.yaml:2:95: tracer_provider.processors[0].batch.exporter.otlp_http.shedule is no property that is known here (known: endpoint, tls, headers_list, headers, compression, max_request_size, max_response_size, timeout, encoding))"},
    {R"(resource: {attributes: [{name: a, value: 99999999999999999999, type: int}]})",
     R"(f.yaml:2:42: resource.attributes[0].value is not of the type int, which type says; it must be a whole number of 64 bits)"},
    {R"(tracer_provider: {processors: [{batch: {exporter: {otlp_http: {endpoint: ""}}}}]})",
     R"(f.yaml:2:74: tracer_provider.processors[0].batch.exporter.otlp_http.endpoint is "", which names no host)"},
    {R"(tracer_provider: {processors: [{batch: {exporter: {otlp_grpc: {tls: {insecure: maybe}}}}}]})",
     R"(f.yaml:2:80: tracer_provider.processors[0].batch.exporter.otlp_grpc.tls.insecure is "maybe"; it must be true or false)"},
    {R"(tracer_provider: {processors: [{batch: {schedule_delay: "5000", exporter: {console: }}}]})",
     R"(f.yaml:2:57: tracer_provider.processors[0].batch.schedule_delay is "5000"; it must be a whole number of milliseconds, such as 5000, without quotes)"},
};

} // namespace

TEST_CASE("each fault of a file is told with its line, its column, its path, and how to mend it") {
  for (wrong_file const& wrong : wrong_files) {
    INFO(wrong.text);
    configuration const found = wrong.text[0] == '!' ? parse(wrong.text + 1) : parse_below(wrong.text);
    CHECK(faults_of(found) == wrong.faults);
    CHECK_FALSE(found.usable());
  }
}

TEST_CASE("what variables hold is in no fault") {
  for (wrong_file const& wrong : wrong_files)
    CHECK(faults_of(parse_below(wrong.text)).find("hunter2") == std::string::npos);
}

TEST_CASE("what variables hold is in no fault, whatever it is in the place of") {
  std::string const exporter = "tracer_provider: {processors: [{batch: {exporter: {otlp_http: {";
  std::string const processors = "tracer_provider: {processors: [{simple: {exporter: {console: }}}], ";
  for (std::string const& text :
       {exporter + "endpoint: 'http://${SECRET}:99999/'}}}}]}", exporter + "endpoint: '${SECRET}://x'}}}}]}",
        processors + "sampler: {composite/development: {rule_based: {rules: [{span_kinds: ['${SECRET}'], sampler: "
                     "{always_on: }}]}}}}"}) {
    std::string const faults = faults_of(parse_below(text));
    INFO(faults);
    CHECK((faults.find("not shown") != std::string::npos || faults.find("${SECRET}") != std::string::npos));
    CHECK(faults.find("hunter2") == std::string::npos);
  }
  for (char const* text :
       {"file_format: '${SECRET}'", "file_format: '2.0-${SECRET}'", "file_format: '1.9-${SECRET}'"}) {
    configuration const found = parse(text);
    std::string const told = faults_of(found) + (found.remarks.empty() ? "" : found.remarks.front());
    CHECK(told.find("${SECRET}") != std::string::npos);
    CHECK(told.find("hunter2") == std::string::npos);
  }
}

TEST_CASE("headers that stand in another form than the schema's are not shown, as they hold credentials") {
  for (char const* headers :
       {"'api-key=hunter2'", "['api-key=hunter2']", "[hunter2]", "hunter2", "{api-key: hunter2}"}) {
    std::string const faults = faults_of(parse_below(
        "tracer_provider: {processors: [{batch: {exporter: {otlp_http: {headers: " + std::string{headers} + "}}}}]}"));
    INFO(faults);
    CHECK(faults.find("headers") != std::string::npos);
    CHECK(faults.find("hunter2") == std::string::npos);
  }
}

TEST_CASE("lists that are too long are refused, in YAML and as text") {
  std::string list;
  std::string text;
  for (int i = 0; i <= 2'000; ++i) {
    list += "{name: a" + std::to_string(i) + ", value: b}, ";
    text += "a" + std::to_string(i) + "=b,";
  }
  std::string const exporter = "tracer_provider: {processors: [{batch: {exporter: {otlp_http: {headers_list: '";
  for (std::string const& each :
       {"resource: {attributes: [" + list + "]}", "resource: {attributes_list: '" + text + "'}",
        "propagator: {composite_list: '" + text + "'}", exporter + text + "'}}}}]}"})
    CHECK(faults_of(parse_below(each)).ends_with("has more than 2000 entries, which are not read"));
}

TEST_CASE("the smallest file records nothing and propagates nothing") {
  configuration const found = parse("file_format: \"1.0\"\n");
  CHECK(found.usable());
  CHECK(found.file == "f.yaml");
  CHECK_FALSE(found.disabled);
  CHECK_FALSE(found.log_level);
  CHECK_FALSE(found.tracer_provider);
  CHECK(found.propagators.empty());
  CHECK(found.resource.attributes.empty());
  CHECK(found.resource.detectors.empty());
  CHECK(found.remarks.empty());
}

TEST_CASE("versions of the schema: every 1.x is read, a newer one with a remark") {
  for (auto const* const version : {"1.0", "1.1", "1.0-rc.2", "1.0-alpha"}) {
    INFO(version);
    auto const found = parse(std::string{"file_format: \""} + version + "\"");
    CHECK(found.usable());
    CHECK(found.remarks.empty());
  }
  auto const newer = parse("file_format: '1.7'\nfuture: {a: 1}\n");
  CHECK(newer.usable());
  CHECK(newer.remarks ==
        std::vector<std::string>{
            "f.yaml: file_format is \"1.7\", which is newer than 1.1; what it adds is not understood here",
            "f.yaml: future is no section that is known here; it is ignored"});
}

TEST_CASE("levels of the log are those of diagnostics") {
  auto const level = [](std::string const& text) { return parse_below("log_level: " + text).log_level; };
  CHECK(level("trace") == severity::debug);
  CHECK(level("debug4") == severity::debug);
  CHECK(level("info2") == severity::info);
  CHECK(level("warn") == severity::warning);
  CHECK(level("error3") == severity::error);
  CHECK(level("fatal") == severity::error);
  CHECK_FALSE(level(""));
  CHECK_FALSE(parse_below("log_level: info5").usable());
  CHECK_FALSE(parse_below("log_level: ''").usable());
}

TEST_CASE("what is not about tracing is passed over") {
  auto const found = parse_below(R"(
meter_provider: {readers: [{periodic: {exporter: {otlp_http: {whatever: [1, 2]}}}}]}
logger_provider:
instrumentation/development: {general: {http: 5}}
distribution: {acme: {colour: green}}
)");
  CHECK(found.usable());
  CHECK(found.ignored ==
        std::vector<std::string>{"meter_provider", "logger_provider", "instrumentation/development", "distribution"});
}

TEST_CASE("the defaults of a batch processor and of OTLP over HTTP are left open, those of null too") {
  auto const found = parse_below(R"(
tracer_provider:
  processors:
    - batch: {exporter: {otlp_http: }}
    - batch:
        schedule_delay:
        export_timeout: ~
        max_queue_size: null
        max_export_batch_size: NULL
        exporter: {otlp_http: {endpoint: , tls: , headers_list: , compression: , timeout: , encoding: , max_request_size: }}
)");
  REQUIRE(faults_of(found) == "");
  REQUIRE(found.tracer_provider->processors.size() == 2);
  for (processor_config const& one : found.tracer_provider->processors) {
    CHECK(one.batch);
    CHECK_FALSE(one.options.schedule_delay);
    CHECK_FALSE(one.options.export_timeout);
    CHECK_FALSE(one.options.max_queue_size);
    CHECK_FALSE(one.options.max_export_batch_size);
    CHECK(one.exporter.name == "otlp_http");
    CHECK(one.exporter.otlp.endpoint.empty());
    CHECK(one.exporter.otlp.encoding.empty());
    CHECK_FALSE(one.exporter.otlp.timeout);
    CHECK(one.exporter.otlp.headers.empty());
  }
  CHECK_FALSE(found.tracer_provider->sampler);
}

TEST_CASE("every setting of processors and exporters arrives") {
  auto const found = parse_below(R"(
tracer_provider:
  processors:
    - batch:
        schedule_delay: 0
        export_timeout: 0x10
        max_queue_size: ${COUNT}
        max_export_batch_size: 0o17
        exporter:
          otlp_http:
            endpoint: "https://u:${SECRET}@collector:4318/v1/traces?k=${SECRET}"
            tls: {ca_file: /ca.pem, cert_file: /c.pem, key_file: /k.pem}
            headers:
              - {name: api-key, value: "${SECRET}"}
              - {name: left-out, value: }
            headers_list: "Api-Key=overridden,other=a%20b"
            compression: gzip
            timeout: 250
            max_request_size: 1000
            max_response_size: 2000
            encoding: json
    - simple: {exporter: {otlp_grpc: {endpoint: "collector:4317", tls: {insecure: true}}}}
    - simple: {exporter: {otlp_file/development: {output_stream: "file:///var/log/a%20b.jsonl"}}}
    - simple: {exporter: {otlp_file/development: {output_stream: stdout}}}
    - simple: {exporter: {console: {}}}
    - simple: {exporter: {acme: {colour: green}}}
  limits: {event_count_limit: 7}
  id_generator: {random: }
attribute_limits: {attribute_count_limit: 5, attribute_value_length_limit: 99999999999}
)");
  REQUIRE(faults_of(found) == "");
  auto const& all = found.tracer_provider->processors;
  REQUIRE(all.size() == 6);
  CHECK(all[0].options.schedule_delay->ns == 0);
  CHECK(all[0].options.export_timeout->ns == 16'000'000);
  CHECK(all[0].options.max_queue_size == 16U);
  CHECK(all[0].options.max_export_batch_size == 15U);
  otlp_config const& otlp = all[0].exporter.otlp;
  CHECK(otlp.endpoint == "https://u:hunter2@collector:4318/v1/traces?k=hunter2");
  CHECK(otlp.ca_file == "/ca.pem");
  CHECK(otlp.cert_file == "/c.pem");
  CHECK(otlp.key_file == "/k.pem");
  CHECK(otlp.headers == key_values{{"api-key", "hunter2"}, {"other", "a b"}});
  CHECK(otlp.compression == "gzip");
  CHECK(otlp.timeout->ns == 250'000'000);
  CHECK(otlp.max_request_size == 1000);
  CHECK(otlp.max_response_size == 2000);
  CHECK(otlp.encoding == "json");
  CHECK_FALSE(all[1].batch);
  CHECK(all[1].exporter.otlp.endpoint == "collector:4317");
  CHECK(all[1].exporter.otlp.insecure == true);
  CHECK(all[2].exporter.file_path == "/var/log/a b.jsonl");
  CHECK(all[3].exporter.file_path.empty());
  CHECK(all[4].exporter.name == "console");
  CHECK(all[5].exporter.name == "acme");
  CHECK(all[5].exporter.properties.path() == "tracer_provider.processors[5].simple.exporter.acme");
  CHECK(found.limits.event_count == 7U);
  CHECK(found.limits.attribute_count == 5U);
  CHECK(found.limits.attribute_per_event_count == 5U);
  CHECK(found.limits.attribute_value_length == span_limits::unlimited);
  CHECK_FALSE(found.limits.link_count);
}

TEST_CASE("limits of spans win over those of all attributes") {
  auto const found = parse_below(R"(
attribute_limits: {attribute_count_limit: 5, attribute_value_depth_limit: 3}
tracer_provider:
  processors: [{simple: {exporter: {console: }}}]
  limits: {attribute_count_limit: 6, event_attribute_count_limit: 7, attribute_value_depth_limit: }
)");
  REQUIRE(faults_of(found) == "");
  CHECK(found.limits.attribute_count == 6U);
  CHECK(found.limits.attribute_per_event_count == 7U);
  CHECK(found.limits.attribute_per_link_count == 5U);
  CHECK(found.limits.attribute_value_depth == 3U);
}

TEST_CASE("attributes of the resource have their types, and win over the list") {
  auto const found = parse_below(R"(
resource:
  attributes_list: "a=list,b=%20x,c=1"
  schema_url: https://example.org/1
  attributes:
    - {name: a, value: own}
    - {name: t, value: "${NAME}${NAME}", type: string}
    - {name: y, value: true, type: bool}
    - {name: i, value: "${COUNT}", type: string}
    - name: j
      value: ${COUNT}
      type: int
    - {name: d, value: 1, type: double}
    - {name: s, value: [p, "1"], type: string_array}
    - {name: bb, value: [true, false], type: bool_array}
    - {name: ii, value: [1, -2], type: int_array}
    - {name: dd, value: [1, 2.5], type: double_array}
    - {name: gone, value: }
    - {name: gone2, value: "${UNSET}", type: }
    - name: unset
      value: ${UNSET}
  detection/development:
    attributes: {included: ["process.*"], excluded: [process.command_args]}
    detectors: [{container: }, {host: {}}, {acme: {x: 1}}]
)");
  REQUIRE(faults_of(found) == "");
  std::vector<std::pair<std::string, config_value>> const expected{
      {"a", std::string{"own"}},
      {"b", std::string{" x"}},
      {"c", std::string{"1"}},
      {"t", std::string{"xx"}},
      {"y", true},
      {"i", std::string{"0x10"}},
      {"j", std::int64_t{16}},
      {"d", 1.0},
      {"s", std::vector<std::string>{"p", "1"}},
      {"bb", std::vector<bool>{true, false}},
      {"ii", std::vector<std::int64_t>{1, -2}},
      {"dd", std::vector<double>{1, 2.5}},
      {"gone2", std::string{}}, // quoted, so that it is text, and not null
  };
  CHECK(found.resource.attributes == expected);
  CHECK(found.resource.schema_url == "https://example.org/1");
  CHECK(found.resource.included == std::vector<std::string>{"process.*"});
  CHECK(found.resource.excluded == std::vector<std::string>{"process.command_args"});
  REQUIRE(found.resource.detectors.size() == 3);
  CHECK(found.resource.detectors[2].name == "acme");
}

TEST_CASE("propagators: those of the list follow, each once, and none says nothing") {
  auto const found = parse_below(
      "propagator: {composite: [{baggage: }, {tracecontext: {}}], composite_list: \"b3, baggage,none,,xray\"}");
  REQUIRE(faults_of(found) == "");
  std::string names;
  for (config_component const& one : found.propagators) names += one.name + " ";
  CHECK(names == "baggage tracecontext b3 xray ");
}

TEST_CASE("samplers with those below them") {
  auto const found = parse_below(R"(
tracer_provider:
  processors: [{simple: {exporter: {console: }}}]
  sampler:
    parent_based:
      root: {trace_id_ratio_based: {ratio: "${RATIO}"}}
)");
  CHECK(faults_of(found) ==
        "f.yaml:7:44: tracer_provider.sampler.parent_based.root.trace_id_ratio_based.ratio is "
        "\"${RATIO}\" in quotes, which make it text; it must be a number from 0 to 1, such as 0.25, "
        "without quotes");
  auto const good = parse_below(R"(
tracer_provider:
  processors: [{simple: {exporter: {console: }}}]
  sampler:
    parent_based:
      root:
        trace_id_ratio_based:
          ratio: ${RATIO}
      remote_parent_sampled:
        composite/development:
          parent_threshold:
            root:
              rule_based:
                rules:
                  - attribute_values: {key: http.route, values: [/a, /b]}
                    sampler: {always_off: }
                  - attribute_patterns: {key: path, included: ["/x/*"], excluded: ["/x/y"]}
                    span_kinds: [server, client]
                    parent: [none]
                    sampler: {probability: {ratio: 0.5}}
      local_parent_sampled: {acme_sampler: {x: 1}}
      local_parent_not_sampled: {probability/development: }
  tracer_configurator/development:
    default_config: {enabled: false}
    tracers: [{name: "acme.*", config: {enabled: true}}, {name: x, config: {}}]
)");
  REQUIRE(faults_of(good) == "");
  sampler_config const& top = *good.tracer_provider->sampler;
  CHECK(top.name == "parent_based");
  REQUIRE(top.parts.size() == 4);
  CHECK(top.part("root")->name == "trace_id_ratio_based");
  CHECK(top.part("root")->ratio == 0.25);
  CHECK(top.part("remote_parent_not_sampled") == nullptr);
  CHECK(top.part("local_parent_sampled")->name == "acme_sampler");
  CHECK(top.part("local_parent_not_sampled")->ratio == 1.0);
  sampler_config const& composite = *top.part("remote_parent_sampled");
  CHECK_FALSE(composite.composable);
  REQUIRE(composite.parts.size() == 1);
  sampler_config const& threshold = composite.parts[0].second;
  CHECK(threshold.name == "parent_threshold");
  CHECK(threshold.composable);
  sampler_config const& by_rule = *threshold.part("root");
  REQUIRE(by_rule.rules.size() == 2);
  CHECK(by_rule.rules[0].attribute_values->key == "http.route");
  CHECK(by_rule.rules[0].attribute_values->values == std::vector<std::string>{"/a", "/b"});
  CHECK_FALSE(by_rule.rules[0].attribute_patterns);
  CHECK(by_rule.rules[0].sampler.at(0).name == "always_off");
  CHECK(by_rule.rules[1].attribute_patterns->included == std::vector<std::string>{"/x/*"});
  CHECK(by_rule.rules[1].attribute_patterns->excluded == std::vector<std::string>{"/x/y"});
  CHECK(by_rule.rules[1].span_kinds == std::vector<std::string>{"server", "client"});
  CHECK(by_rule.rules[1].parents == std::vector<std::string>{"none"});
  CHECK(by_rule.rules[1].sampler.at(0).ratio == 0.5);
  tracers_config const& tracers = *good.tracer_provider->tracers;
  CHECK_FALSE(tracers.enabled);
  REQUIRE(tracers.matches.size() == 2);
  CHECK(tracers.matches[0].name == "acme.*");
  CHECK(tracers.matches[1].enabled);
}

TEST_CASE("a name is never filled in, and what a variable holds can't become structure") {
  environment const env{{"KEY", "disabled"}, {"INJECTED", "info\ndisabled: true"}, {"REFERENCE", "${KEY}"}};
  auto const named = parse_configuration("file_format: '1.0'\n${KEY}: true\n", "f", env);
  CHECK_FALSE(named.disabled);
  CHECK(named.remarks == std::vector<std::string>{"f: ${KEY} is no section that is known here; it is ignored"});
  CHECK_FALSE(parse_configuration("file_format: '1.0'\nlog_level: ${INJECTED}\n", "f", env).disabled);
  auto const resource = parse_configuration("file_format: '1.0'\nresource: {attributes: [{name: a, value: "
                                            "\"${REFERENCE}\"}, {name: b, value: \"${INJECTED}\"}]}\n",
                                            "f", env)
                            .resource;
  REQUIRE(resource.attributes.size() == 2);
  CHECK(resource.attributes[0].second == config_value{std::string{"${KEY}"}});
  CHECK(resource.attributes[1].second == config_value{std::string{"info\ndisabled: true"}});
}

TEST_CASE("a file that can't be read is a fault, and one that can gives its path to those inside") {
  configuration const missing = read_configuration("/nowhere/otel.yaml", environment{});
  CHECK(faults_of(missing) == "/nowhere/otel.yaml: the file cannot be read (No such file or directory)");
  configuration const folder = read_configuration("/", environment{});
  CHECK(faults_of(folder) == "/: the file cannot be read (Is a directory)");

  char path[] = "/tmp/spanwise-config-XXXXXX";
  int const file = ::mkstemp(path);
  REQUIRE(file >= 0);
  std::string const text = "file_format: '1.0'\ndisabled: ${OFF}\nlog_level: [}\n";
  REQUIRE(::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  ::close(file);
  CHECK(faults_of(read_configuration(path, environment{})).starts_with(path + std::string{":3:"}));
  std::ofstream{path} << "file_format: '1.0'\ndisabled: ${OFF}\n";
  configuration const good = read_configuration(path, environment{{"OFF", "true"}});
  CHECK(faults_of(good) == "");
  CHECK(good.disabled);
  CHECK(good.file == path);
  std::ofstream{path} << std::string(most_config_bytes + 1, '#');
  CHECK(faults_of(read_configuration(path, environment{})) ==
        path + std::string{": the file is longer than 1 MiB, which no configuration is"});
  ::unlink(path);
}

TEST_CASE("only the first faults are held, but all are counted") {
  std::string text = "resource: {attributes: [";
  for (int i = 0; i < 200; ++i) text += "{name: a}, ";
  configuration const found = parse_below(text + "]}");
  CHECK(found.faults.count() == 200);
  CHECK(std::distance(found.faults.begin(), found.faults.end()) == 50);
}
