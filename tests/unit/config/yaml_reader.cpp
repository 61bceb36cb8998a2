#include <spanwise/config/parse_configuration.hpp>

#include "catch.hpp"
#include "random_text.hpp"

#include <chrono>

using namespace spanwise;

namespace {

struct read_result {
  config_document document;
  std::string faults;

  [[nodiscard]] config_node const& root() const { return document.nodes.at(document.root); }
};

read_result read(std::string_view text, environment const& env = environment{}) {
  config_faults faults;
  read_result result{read_yaml(text, "f", env, faults), {}};
  for (config_fault const& fault : faults) result.faults += fault.text() + "\n";
  return result;
}

/// The document in one line: `{a: [1, "b"]}`; quotes stand around what is text.
std::string drawn(config_document const& document, std::uint32_t at) {
  config_node const& node = document.nodes.at(at);
  std::string all;
  if (node.kind == config_node_kind::list) {
    for (std::uint32_t const item : node.items) all += (all.empty() ? "" : ", ") + drawn(document, item);
    return "[" + all + "]";
  }
  if (node.kind == config_node_kind::map) {
    for (auto const& [name, value] : node.entries)
      all += (all.empty() ? "" : ", ") + name + ": " + drawn(document, value);
    return "{" + all + "}";
  }
  switch (node.value.type) {
  case scalar_type::null:
    return "null";
  case scalar_type::text:
    return "\"" + node.text + "\"";
  default:
    return node.text;
  }
}

std::string drawn(std::string_view text, environment const& env = environment{}) {
  read_result const result = read(text, env);
  return result.faults.empty() ? drawn(result.document, result.document.root) : result.faults;
}

double seconds_of(std::string const& text) {
  auto const begin = std::chrono::steady_clock::now();
  static_cast<void>(parse_configuration(text, "f", environment{}));
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

} // namespace

TEST_CASE("plain scalars have types, quoted ones and blocks are text") {
  CHECK(drawn("{a: 1, b: '1', c: \"1\", d: yes, e: , f: ~, g: .5, h: true}") ==
        "{a: 1, b: \"1\", c: \"1\", d: \"yes\", e: null, f: null, g: .5, h: true}");
  CHECK(drawn("a: |\n  1\nb: >-\n  2\n") == "{a: \"1\n\", b: \"2\"}");
  CHECK(drawn("a: ''\nb: \"\"") == "{a: \"\", b: \"\"}");
  CHECK(drawn("[!!str 1, !!int 2, !!float 3, !!null ~, !!bool true, ! 4]") == "[\"1\", 2, 3, null, true, \"4\"]");
  CHECK(drawn("%YAML 1.2\n---\na: no\n...\n") == "{a: \"no\"}");
  CHECK(drawn("{\"a\": [1, {\"b\": null}]}") == "{a: [1, {b: null}]}"); // JSON is YAML
}

TEST_CASE("types are judged after variables are filled in") {
  environment const env{{"INT", "0xdeadbeef"}, {"BOOL", "true"}, {"EMPTY", ""}, {"NULLS", "null"}, {"YAML", "{x: 1}"}};
  CHECK(drawn("a: ${INT}\nb: '${INT}'\nc: ${BOOL}\nd: ${EMPTY}\ne: '${EMPTY}'\nf: ${NULLS}\ng: ${YAML}\nh: "
              "x${EMPTY}\ni: ${INT:-1}\n"
              "j: ${UNSET:-1.5}\nk: |\n  ${INT}\n",
              env) == "{a: 0xdeadbeef, b: \"0xdeadbeef\", c: true, d: null, e: \"\", f: null, g: \"{x: 1}\", h: \"x\", "
                      "i: 0xdeadbeef, j: 1.5, k: \"0xdeadbeef\n\"}");
}

TEST_CASE("nodes know where they stand, and null where its name does") {
  read_result const result = read("a: 1\nb:\n  - x\n  - {c: }\nd:\n");
  REQUIRE(result.faults.empty());
  auto const place = [&](std::uint32_t at) {
    config_node const& node = result.document.nodes[at];
    return std::to_string(node.line) + ":" + std::to_string(node.column);
  };
  auto const& entries = result.root().entries;
  REQUIRE(entries.size() == 3);
  CHECK(place(entries[0].second) == "1:4");
  auto const& items = result.document.nodes[entries[1].second].items;
  CHECK(place(items[0]) == "3:5");
  CHECK(place(result.document.nodes[items[1]].entries[0].second) == "4:6");
  CHECK(place(entries[2].second) == "5:1");
}

TEST_CASE("aliases repeat what they name, and keep bounds") {
  CHECK(drawn("a: &x [1, 2]\nb: *x\nc: {d: *x}\n") == "{a: [1, 2], b: [1, 2], c: {d: [1, 2]}}");
  CHECK(drawn("a: &x 1\nb: &x 2\nc: *x\n") == "{a: 1, b: 2, c: 2}");
  CHECK(drawn("a: &x {b: *x}\n") == "f:1:11: an alias stands inside of what it repeats, which would never end\n");
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int level = 1; level < 40; ++level) {
    std::string const before = "*a" + std::to_string(level - 1);
    bomb += "a" + std::to_string(level) + ": &a" + std::to_string(level) + " [";
    for (int i = 0; i < 9; ++i) bomb += before + ", ";
    bomb += before + "]\n";
  }
  CHECK(read(bomb).faults.find("has more than 50000 values, or its aliases unfold to more") != std::string::npos);
  std::string ladder = "a0: &a0 x\n";
  for (int level = 1; level < 100; ++level)
    ladder += "a" + std::to_string(level) + ": &a" + std::to_string(level) + " [*a" + std::to_string(level - 1) + "]\n";
  CHECK(read(ladder).faults.find("nested deeper than 64 levels") != std::string::npos);
}

TEST_CASE("what is too long, too deep or too much is refused, and quickly") {
  CHECK(read(std::string(most_config_bytes + 1, ' ')).faults ==
        "f: the file is longer than 1 MiB, which no configuration is\n");
  CHECK(read(std::string(65, '[') + std::string(65, ']')).faults.find("nested deeper than 64 levels") !=
        std::string::npos);
  CHECK(drawn(std::string(64, '[') + std::string(64, ']')).find("nested") == std::string::npos);
  std::string const deep(100'000, '[');
  CHECK_FALSE(read(deep).faults.empty());
  std::string many = "[";
  for (int i = 0; i < 60'000; ++i) many += "a, ";
  CHECK(read(many + "]").faults.find("more than 50000 values") != std::string::npos);
  std::string names;
  for (int i = 0; i < 3'000; ++i) names += "a" + std::to_string(i) + ": 1\n";
  CHECK(read(names).faults.find("a map with more than 2000 names") != std::string::npos);
  std::string blocks;
  for (std::size_t i = 0; i < 1'000; ++i) blocks += std::string(i, ' ') + "a:\n";
  for (std::string const& text : {deep, many, names, blocks, std::string(500'000, '{'), std::string(1'000'000, '-'),
                                  std::string(1'000'000, '"'), std::string(1'000'000, '\t'), std::string(500'000, '?'),
                                  std::string(1'000'000, ':'), "a: |" + std::string(1'000'000, '\n')})
    CHECK(seconds_of(text) < 20);
}

TEST_CASE("what was given up is told once") {
  CHECK(read("a: " + std::string(10'000, '[')).faults.find('\n') + 1 ==
        read("a: " + std::string(10'000, '[')).faults.size());
}

TEST_CASE("what stands where a name is expected, and names that come twice") {
  CHECK(read("{a: 1, b: 2, a: 3}").faults == "f:1:14: the name a stands here a second time in one map; keep one\n");
  CHECK(read("? {a: 1}\n: 2").faults == "f:1:3: a list or map stands where a name is expected\n");
  CHECK(read("a: &x b\n*x : 1").faults == "f:2:1: an alias stands where a name is expected; write the name\n");
}

TEST_CASE("several documents in one file are refused, and empty ones are no file") {
  CHECK(read("a: 1\n---\nb: 2\n").faults == "f: the file holds several YAML documents; keep one\n");
  CHECK(read("a: 1\n---\n").faults.find("several") != std::string::npos);
  CHECK(drawn("---\n...\n") == "null");
  CHECK(read("\n\n# nothing\n").faults == "f: the file is empty; it needs at least file_format: \"1.0\"\n");
}

TEST_CASE("files with a few bytes changed give a configuration or faults, and nothing else") {
  std::string const good = R"(file_format: "1.0"
disabled: ${OFF:-false}
log_level: info
attribute_limits: {attribute_count_limit: 128, attribute_value_length_limit: }
resource:
  attributes_list: "a=b,c=%20"
  attributes: &attributes
    - {name: service.name, value: "${NAME:-shop}"}
    - name: numbers
      value: [1, 0x2, 3.5]
      type: double_array
  detection/development: {attributes: {included: ["*"]}, detectors: [{host: }, {process: {}}]}
propagator: {composite: [{tracecontext: }, {baggage: }], composite_list: "b3,xray"}
tracer_provider:
  processors:
    - batch:
        schedule_delay: 5000
        exporter: {otlp_http: {endpoint: "http://localhost:4318/v1/traces", headers: [{name: a, value: b}], tls: {ca_file: /a}}}
    - simple: {exporter: {console: }}
  sampler: &sampler
    parent_based: {root: {trace_id_ratio_based: {ratio: 0.5}}, remote_parent_sampled: {always_on: }}
  limits: {event_count_limit: 1e1}
meter_provider: {x: *attributes, y: *sampler}
)";
  REQUIRE(parse_configuration(good, "f", environment{}).faults.count() == 1); // 1e1 is no whole number
  testing::random_text random;
  std::size_t fine = 0;
  std::size_t wrong = 0;
  for (int round = 0; round < 3'000; ++round) {
    std::string text = random.mutated(good);
    if (round % 4 == 0) text = text.substr(0, random.below(text.size() + 1));
    if (round % 5 == 0) text.insert(random.below(text.size() + 1), random.of("{}[]:,&*!|>'\"%@`#-? \n\t${}", 6));
    configuration const found = parse_configuration(text, "f", environment{{"NAME", "x"}});
    (found.usable() ? fine : wrong) += 1;
    for (config_fault const& fault : found.faults) CHECK(fault.text().starts_with("f:"));
  }
  CHECK(wrong > 500);
  CHECK(fine + wrong == 3'000);
  for (int round = 0; round < 2'000; ++round)
    static_cast<void>(parse_configuration(random.bytes(200), "f", environment{}));
}
