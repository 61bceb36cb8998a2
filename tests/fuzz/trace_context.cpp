// traceparent and tracestate: any headers are read or count as absent, what is read is sent on unchanged, and a trace
// state keeps its bounds and its grammar however it is changed. Lines behind the headers: `+key=value` sets, `-key` removes.
#include "headers.hpp"

namespace {

using spanwise::trace_state;

void check_state(trace_state const& state) {
  fuzz::require(state.size() <= trace_state::max_members, "a trace state has 32 members at most", state.text());
  fuzz::require(state.text().size() <= trace_state::max_text, "a trace state's text is bounded", state.text());
  std::vector<std::string_view> keys;
  for (trace_state::member const& each : state) {
    fuzz::require(trace_state::valid_key(each.key), "a member's key is of the grammar", each.key);
    fuzz::require(trace_state::valid_value(each.value), "a member's value is of the grammar", each.value);
    for (std::string_view const other : keys) fuzz::require(other != each.key, "a key occurs once", state.text());
    keys.push_back(each.key);
    fuzz::require(state.get(each.key) == each.value, "a member is found by its key", each.key);
  }
  auto const again = trace_state::parse(state.text());
  fuzz::require(again.has_value() && *again == state, "a trace state reads back as itself", state.text());
}

/// Set and remove, against what they promise.
trace_state changed(trace_state const& before, std::string_view line) {
  std::string const text{before.text()};
  bool const sets = line.front() == '+';
  line.remove_prefix(1);
  std::string_view const key = line.substr(0, line.find('='));
  std::string_view const value = key.size() < line.size() ? line.substr(key.size() + 1) : std::string_view{};
  trace_state const after = sets ? before.set(key, value) : before.remove(key);
  fuzz::require(before.text() == text, "a change leaves the list as it was that it was asked of");
  if (!sets) {
    fuzz::require(!after.get(key), "what is removed is gone", key);
    fuzz::require(after.size() == before.size() - (before.get(key) ? 1 : 0), "nothing else is removed", text);
  } else if (trace_state::valid_key(key) && trace_state::valid_value(value)) {
    fuzz::require((*after.begin()).key == key && (*after.begin()).value == value, "what is set stands in front", after.text());
  } else {
    fuzz::require(after == before, "a key or value that the grammar forbids changes nothing", line);
  }
  check_state(after);
  return after;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  fuzz::diagnostics const diagnostics;
  fuzz::input from{data, size};
  fuzz::headers const given = fuzz::read_headers(from);
  spanwise::context const read = fuzz::check_format(given, spanwise::trace_context{});
  if (read.span().valid()) {
    fuzz::require((read.span().flags().value & ~spanwise::trace_flags::known_bits) == 0, "only known flags are taken over");
    fuzz::require(fuzz::round_trip(read, spanwise::trace_context{}).span() == read.span(), "what was read is sent on unchanged");
  }
  trace_state state = read.span().state();
  check_state(state);
  for (int changes = 0; changes < 80 && !from.empty(); ++changes) {
    std::string_view const line = from.line();
    if (line.starts_with('+') || line.starts_with('-')) state = changed(state, line);
  }
  fuzz::require(diagnostics.told() == 0, "malformed headers are no news: whoever sends them must not fill our log");

  // The value functions on the raw bytes.
  fuzz::exact const raw{{reinterpret_cast<char const*>(data), size}};
  if (auto const parent = spanwise::read_traceparent(raw.text())) {
    char text[spanwise::traceparent_size];
    spanwise::write_traceparent(text, *parent);
    fuzz::require(spanwise::read_traceparent({text, sizeof text}) == parent, "a traceparent value reads back", {text, sizeof text});
  }
  if (auto const parsed = trace_state::parse(raw.text())) check_state(*parsed);
  return 0;
}
