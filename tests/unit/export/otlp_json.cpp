#include <spanwise/export/otlp_json.hpp>

#include "catch.hpp"
#include "wire_writer.hpp"

#include <nlohmann/json.hpp>

#include <fstream>
#include <random>
#include <string>

using namespace testing;
using json = nlohmann::json;
using spanwise::detail::buffer;

namespace {

constexpr auto trace = "3f9a1c5be27d4d0b8c6e0a47d15f2b93";
constexpr auto own = "5ad3e7f1096b2c48";

/// The request for these records, parsed strictly.
json request(record_store const& store, spanwise::resource const& resource = {},
             spanwise::scope_list const& scopes = {}) {
  buffer out;
  REQUIRE(spanwise::encode_otlp_json({resource, scopes, store.records()}, out));
  return json::parse(out.text());
}

json span_of(wire_writer const& message) {
  record_store store;
  store.add(message);
  json const all = request(store);
  REQUIRE(all["resourceSpans"].size() == 1);
  REQUIRE(all["resourceSpans"][0]["scopeSpans"].size() == 1);
  REQUIRE(all["resourceSpans"][0]["scopeSpans"][0]["spans"].size() == 1);
  return all["resourceSpans"][0]["scopeSpans"][0]["spans"][0];
}

wire_writer plain() {
  return span_message(trace, own, "", "op", 1, 2);
}

json value_of(wire_writer const& value) {
  return span_of(plain().message(9, key_value("k", value)))["attributes"][0]["value"];
}

// ---- the notation of the vectors, turned into messages

wire_writer any_of(json const& typed) {
  std::string const type = typed["type"];
  json const& value = typed["value"];
  if (type == "string") return any(value.get<std::string>());
  if (type == "bool") return any(value.get<bool>());
  if (type == "int") return any(static_cast<std::int64_t>(std::stoll(value.get<std::string>())));
  if (type == "uint64") return any(value.get<std::string>());
  if (type == "double")
    return any(value.is_string() ? std::strtod(value.get<std::string>().c_str(), nullptr) : value.get<double>());
  if (type == "bytes") {
    std::string bytes;
    for (json const& each : value) bytes += static_cast<char>(each.get<int>());
    return any_bytes(bytes);
  }
  if (type == "array") {
    std::vector<wire_writer> elements;
    for (json const& each : value) elements.push_back(any_of(each));
    return any_array(elements);
  }
  if (type == "map") {
    std::vector<std::pair<std::string, wire_writer>> entries;
    for (json const& each : value) entries.emplace_back(each[0].get<std::string>(), any_of(each[1]));
    return any_map(entries);
  }
  return any();
}

std::uint32_t flags_of(json const& from, char const* remote) {
  std::uint32_t const base = from.value("flags", 0U);
  return base | 0x100U | (from.value(remote, false) ? 0x200U : 0U);
}

wire_writer span_from(json const& from) {
  std::vector<std::string> const kinds{"", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"};
  auto const kind = std::find(kinds.begin(), kinds.end(), from["kind"].get<std::string>()) - kinds.begin();
  wire_writer out = span_message(
      from["trace_id"].get<std::string>(), from["span_id"].get<std::string>(), from.value("parent_span_id", ""),
      from["name"].get<std::string>(), std::stoull(from["start"].get<std::string>()),
      std::stoull(from["end"].get<std::string>()), static_cast<std::uint64_t>(kind), flags_of(from, "parent_remote"));
  if (from.contains("trace_state")) out.bytes(3, from["trace_state"].get<std::string>());
  if (from.contains("status")) {
    wire_writer status;
    std::string const message = from["status"][1];
    if (!message.empty()) status.bytes(2, message);
    out.message(15, status.varint(3, from["status"][0] == "Ok" ? 1 : 2));
  }
  out.varint(10, from.value("dropped_attributes", 0U)).varint(12, from.value("dropped_events", 0U));
  out.varint(14, from.value("dropped_links", 0U));
  for (json const& link : from.value("links", json::array()))
    out.message(13, wire_writer{}
                        .bytes(1, unhex(link["trace_id"].get<std::string>()))
                        .bytes(2, unhex(link["span_id"].get<std::string>()))
                        .fixed32(6, flags_of(link, "remote")));
  return out;
}

/// Whether `actual` has each member of `expected` with its value; lists are compared element by element.
bool contains(json const& actual, json const& expected) {
  if (expected.is_object()) {
    for (auto const& [key, value] : expected.items())
      if (!actual.contains(key) || !contains(actual[key], value)) return false;
    return actual.is_object();
  }
  if (!expected.is_array()) return actual == expected;
  if (!actual.is_array() || actual.size() != expected.size()) return false;
  for (std::size_t at = 0; at < expected.size(); ++at)
    if (!contains(actual[at], expected[at])) return false;
  return true;
}

} // namespace

TEST_CASE("vectors of OTLP/JSON") {
  std::ifstream file{std::string{SPANWISE_TEST_VECTORS} + "/otlp_json.json"};
  REQUIRE(file);
  int values = 0;
  int spans = 0;
  json const all = json::parse(file);
  for (json const& vector : all["vectors"]) {
    INFO(vector.dump());
    json const& input = vector["input"];
    json const& expected = vector["expected"];
    if (input.contains("value")) {
      json const actual = value_of(any_of(input["value"]));
      json const accept = expected.value("accept", json::array());
      CHECK((actual == expected["json"] || std::find(accept.begin(), accept.end(), actual) != accept.end()));
      ++values;
    } else if (input.contains("span")) {
      json const actual = span_of(span_from(input["span"]));
      CHECK(contains(actual, expected["contains"]));
      for (json const& absent : expected.value("absent", json::array()))
        CHECK_FALSE(actual.contains(absent.get<std::string>()));
      ++spans;
    }
  }
  CHECK(values == 30);
  CHECK(spans == 13);
}

TEST_CASE("a whole request, to the letter") {
  spanwise::resource resource;
  resource.set({"service.name", "shop"});
  resource.set_schema_url("https://example.org/1");
  static spanwise::scope_list scopes;
  scopes.find_or_add(1, "", "", "");
  scopes.find_or_add(2, "acme.orders", "1.8.3", "https://example.org/2");
  wire_writer event;
  event.fixed64(1, 150).bytes(2, "retry").message(3, key_value("n", any(1))).varint(4, 2);
  wire_writer link;
  link.bytes(1, unhex("11111111111111111111111111111111")).bytes(2, unhex("2222222222222222")).bytes(3, "a=1");
  link.message(4, key_value("why", any("batch"))).varint(5, 3).fixed32(6, 0x301);
  record_store store;
  store.add(plain());
  store.add(span_message(trace, own, "c47f20a9be8d1356", "two", 100, 200, 2, 0x303)
                .bytes(3, "v=1")
                .message(9, key_value("a", any(-5)))
                .message(9, key_value("b", any_array({any(true), any_map({{"x", any()}})})))
                .message(11, event)
                .message(13, link)
                .message(15, wire_writer{}.bytes(2, "boom").varint(3, 2)),
            1);
  store.add(span_message(trace, own, "", "three", 1, 2));
  buffer out;
  REQUIRE(spanwise::encode_otlp_json({resource, scopes, store.records()}, out));
  CHECK(
      out.text() ==
      R"({"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},)"
      R"("scopeSpans":[{"scope":{"name":""},"spans":[)"
      R"({"traceId":"3f9a1c5be27d4d0b8c6e0a47d15f2b93","spanId":"5ad3e7f1096b2c48","flags":259,"kind":1,)"
      R"("startTimeUnixNano":"1","endTimeUnixNano":"2","name":"op"},)"
      R"({"traceId":"3f9a1c5be27d4d0b8c6e0a47d15f2b93","spanId":"5ad3e7f1096b2c48","flags":259,"kind":1,)"
      R"("startTimeUnixNano":"1","endTimeUnixNano":"2","name":"three"}]},)"
      R"({"scope":{"name":"acme.orders","version":"1.8.3"},"spans":[)"
      R"({"traceId":"3f9a1c5be27d4d0b8c6e0a47d15f2b93","spanId":"5ad3e7f1096b2c48","parentSpanId":"c47f20a9be8d1356",)"
      R"("flags":771,"kind":2,"startTimeUnixNano":"100","endTimeUnixNano":"200","name":"two","traceState":"v=1",)"
      R"("attributes":[{"key":"a","value":{"intValue":"-5"}},)"
      R"({"key":"b","value":{"arrayValue":{"values":[{"boolValue":true},)"
      R"({"kvlistValue":{"values":[{"key":"x","value":{}}]}}]}}}],)"
      R"("events":[{"timeUnixNano":"150","name":"retry","attributes":[{"key":"n","value":{"intValue":"1"}}],)"
      R"("droppedAttributesCount":2}],)"
      R"("links":[{"traceId":"11111111111111111111111111111111","spanId":"2222222222222222","flags":769,)"
      R"("traceState":"a=1","attributes":[{"key":"why","value":{"stringValue":"batch"}}],"droppedAttributesCount":3}],)"
      R"("status":{"code":2,"message":"boom"}}],"schemaUrl":"https://example.org/2"}],"schemaUrl":"https://example.org/1"}]})");
}

TEST_CASE("the schema URLs of resource and scope stand at their own level, each only if there is one") {
  static spanwise::scope_list scopes;
  scopes.find_or_add(1, "", "", "");
  scopes.find_or_add(2, "acme", "", "https://example.org/scope");
  record_store store;
  store.add(plain(), 0);
  store.add(plain(), 1);
  spanwise::resource resource;
  json const without = request(store, resource, scopes)["resourceSpans"][0];
  resource.set_schema_url("https://example.org/resource");
  json const with = request(store, resource, scopes)["resourceSpans"][0];
  CHECK_FALSE(without.contains("schemaUrl"));
  CHECK(with["schemaUrl"] == "https://example.org/resource");
  for (json const& one : {without, with}) {
    REQUIRE(one["scopeSpans"].size() == 2);
    for (json const& group : one["scopeSpans"]) {
      bool const named = group["scope"].value("name", "") == "acme";
      CHECK(group.value("schemaUrl", "") == (named ? "https://example.org/scope" : ""));
      CHECK(group.contains("schemaUrl") == named);
      CHECK_FALSE(group["scope"].contains("schemaUrl"));
    }
    CHECK_FALSE(one["resource"].contains("schemaUrl"));
  }
}

TEST_CASE("an empty batch has no groups; a scope that does not exist is the unnamed one") {
  CHECK(request({}) == json::parse(R"({"resourceSpans":[]})"));
  record_store store;
  store.add(plain(), 65535);
  CHECK(request(store)["resourceSpans"][0]["scopeSpans"][0]["scope"] == json::parse(R"({"name":""})"));
}

TEST_CASE("ill-formed UTF-8 becomes U+FFFD wherever text stands") {
  json const span = span_of(span_message(trace, own, "", "n\xff", 1, 2)
                                .bytes(3, "t\xff")
                                .message(9, key_value("k\xff", any("v\xc3")))
                                .message(11, wire_writer{}.bytes(2, "e\xe6\x97"))
                                .message(15, wire_writer{}.bytes(2, "m\xff").varint(3, 2)));
  CHECK(span["name"] == "n\xef\xbf\xbd");
  CHECK(span["attributes"][0]["key"] == "k\xef\xbf\xbd");
  CHECK(span["attributes"][0]["value"]["stringValue"] == "v\xef\xbf\xbd");
  CHECK(span["events"][0]["name"] == "e\xef\xbf\xbd");
  CHECK(span["status"]["message"] == "m\xef\xbf\xbd");
}

TEST_CASE("values nested deeper than 64 are written as empty") {
  wire_writer value = any("bottom");
  for (int level = 0; level < 64; ++level) value = any_array({value});
  json inner = value_of(value);
  for (int level = 0; level < 64; ++level) inner = json(inner["arrayValue"]["values"][0]);
  CHECK(inner == json::parse(R"({"stringValue":"bottom"})"));
  for (int level = 0; level < 1000; ++level) value = any_map({{"k", value}});
  inner = value_of(value);
  for (int level = 0; level < 64; ++level) inner = json(inner["kvlistValue"]["values"][0]["value"]);
  CHECK(inner == json::object());
}

TEST_CASE("many spans and long texts pass the first size of the buffer") {
  record_store store;
  std::string const text(50'000, 'x');
  for (int at = 0; at < 300; ++at) store.add(plain().message(9, key_value("at", any(at))));
  store.add(plain().message(9, key_value("sql", any(text))).message(9, key_value("raw", any_bytes(text))));
  json const all = request(store);
  json const& spans = all["resourceSpans"][0]["scopeSpans"][0]["spans"];
  REQUIRE(spans.size() == 301);
  for (std::size_t at = 0; at < 300; ++at) CHECK(spans[at]["attributes"][0]["value"]["intValue"] == std::to_string(at));
  CHECK(spans[300]["attributes"][0]["value"]["stringValue"] == text);
}

TEST_CASE("out of memory, the buffer is left as it was") {
  record_store store;
  for (int at = 0; at < 300; ++at) store.add(plain().message(9, key_value("text", any(std::string(200, 'x')))));
  spanwise::resource const resource;
  spanwise::scope_list const scopes;
  buffer out;
  out.append("kept");
  REQUIRE(out.room(20'000) != nullptr);
  CHECK(out.room(buffer::max_size) == nullptr); // from here on it cannot grow
  CHECK_FALSE(spanwise::encode_otlp_json({resource, scopes, store.records()}, out));
  CHECK(out.text() == "kept");
}

TEST_CASE("any bytes as a span give valid JSON") {
  std::mt19937 random{5};
  wire_writer link;
  link.bytes(1, unhex("11111111111111111111111111111111")).message(4, key_value("why", any("batch"))).fixed32(6, 0x301);
  std::string const good =
      plain()
          .message(9, key_value("text", any("some longer text, so that words are copied")))
          .message(9, key_value("deep", any_array({any_map({{"k", any(0.3)}}), any_bytes("abc"), any(-7)})))
          .message(11, wire_writer{}.fixed64(1, 5).bytes(2, "event").message(3, key_value("n", any(1))))
          .message(13, link)
          .message(15, wire_writer{}.bytes(2, "boom").varint(3, 2))
          .text();
  spanwise::resource const resource;
  spanwise::scope_list const scopes;
  buffer out;
  for (int round = 0; round < 20'000; ++round) {
    std::string mutated = good;
    for (auto changes = 1 + random() % 5; changes != 0; --changes)
      mutated[random() % mutated.size()] = static_cast<char>(random());
    if (random() % 4 == 0) mutated.resize(random() % mutated.size());
    record_store store;
    store.add(wire_writer{}.raw(mutated));
    out.clear();
    REQUIRE(spanwise::encode_otlp_json({resource, scopes, store.records()}, out));
    if (!json::accept(out.text())) FAIL(out.text());
  }
}
