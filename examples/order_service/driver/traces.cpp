#include "traces.hpp"

#include "terminal.hpp"

#include <fmt/format.h>
#include <httplib.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <stdexcept>

namespace shop {

namespace {

constexpr char const* kinds[] = {"", "", " [server]", " [client]", " [producer]", " [consumer]"};

/// {"stringValue": "x"} and {"intValue": "1"} as x and 1; what else there is, as JSON.
std::string value_text(nlohmann::json const& value) {
  if (value.size() == 1 && value.front().is_string()) return value.front();
  return value.dump();
}

seen_span read_span(std::string const& service, nlohmann::json const& from) {
  seen_span read{service,
                 from.value("name", ""),
                 from.at("spanId"),
                 from.value("parentSpanId", ""),
                 kinds[std::clamp(from.value("kind", 0), 0, 5)],
                 from.at("startTimeUnixNano"),
                 from.value("/status/code"_json_pointer, 0) == 2,
                 {}};
  for (auto const& attribute : from.value("attributes", nlohmann::json::array()))
    read.attributes[attribute.at("key")] = value_text(attribute.at("value"));
  return read;
}

void write_below(std::vector<seen_span> const& spans, std::string const& parent, std::size_t depth, std::string& out) {
  for (seen_span const& each : spans) {
    if (each.parent_id != parent) continue;
    out += fmt::format("{:{}}{}: {}{}{}\n", "", 2 * depth, each.service, each.name, each.kind, each.error ? " !" : "");
    if (depth < 100) write_below(spans, each.span_id, depth + 1, out);
  }
}

} // namespace

std::string receiver_client::get(std::string const& path) const {
  httplib::Client client{url_};
  client.set_read_timeout(120);
  auto const answer = client.Get(path);
  if (!answer) throw std::runtime_error{fmt::format("{}{}: {}", url_, path, httplib::to_string(answer.error()))};
  if (answer->status != 200) throw std::runtime_error{fmt::format("{}{}: status {}", url_, path, answer->status)};
  return answer->body;
}

std::string receiver_client::text(std::string const& path) const {
  terminal const out;
  return get(fmt::format("/text{}?width={}&colors={:d}&unicode={:d}", path, out.width, out.colors, out.unicode));
}

bool receiver_client::wait(std::size_t spans, std::size_t traces, int seconds) const {
  auto const answer = get(fmt::format("/api/wait?spans={}&traces={}&timeout={}", spans, traces, seconds * 1000));
  return nlohmann::json::parse(answer).value("reached", false);
}

std::map<std::string, std::size_t> receiver_client::traces() const {
  std::map<std::string, std::size_t> found;
  auto const answer = nlohmann::json::parse(get("/api/span_ids"));
  for (auto const& [id, spans] : answer.at("traces").items()) found[id] = spans.size();
  return found;
}

std::vector<seen_span> receiver_client::trace(std::string const& trace_id) const {
  std::vector<seen_span> spans;
  auto const answer = nlohmann::json::parse(get("/api/traces/" + trace_id));
  for (auto const& sender : answer.at("resourceSpans")) {
    std::string service;
    for (auto const& attribute : sender.at("/resource/attributes"_json_pointer))
      if (attribute.at("key") == "service.name") service = value_text(attribute.at("value"));
    for (auto const& scope : sender.at("scopeSpans"))
      for (auto const& each : scope.at("spans")) spans.push_back(read_span(service, each));
  }
  std::sort(spans.begin(), spans.end(), [](auto const& a, auto const& b) { return a.start < b.start; });
  return spans;
}

std::string tree_of(std::vector<seen_span> const& spans) {
  std::string out;
  write_below(spans, "", 1, out);
  return out;
}

} // namespace shop
