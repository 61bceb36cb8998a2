// OpenTelemetry's member of the trace state: whatever stands there, what samplers read of it is well-formed, and what
// they change leaves all else as it was. The first line is the member's value; then `name:value` sets and `-name` removes.
#include <spanwise/core/ot_state.hpp>
#include <spanwise/start/chosen_sampler.hpp>

#include "fuzz.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace {

using fuzz::require;
using spanwise::ot_state;
using spanwise::trace_state;

using pairs = std::vector<std::pair<std::string, std::string>>;

bool only(std::string_view text, std::string_view letters) { return text.find_first_not_of(letters) == text.npos; }

constexpr std::string_view small_letters = "abcdefghijklmnopqrstuvwxyz";
constexpr std::string_view name_letters = "abcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::string_view value_letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

/// The well-formed pairs, of equal names the last, read here anew.
pairs read(std::string_view text) {
  pairs result;
  for (; !text.empty(); text.remove_prefix(std::min(text.size(), text.find(';') == text.npos ? text.size() : text.find(';') + 1))) {
    std::string_view const pair = text.substr(0, text.find(';'));
    std::size_t const colon = pair.find(':');
    if (colon == pair.npos || colon == 0) continue;
    std::string_view const name = pair.substr(0, colon);
    std::string_view const value = pair.substr(colon + 1);
    if (!only(name.substr(0, 1), small_letters) || !only(name, name_letters) || !only(value, value_letters)) continue;
    std::erase_if(result, [&](auto const& each) { return each.first == name; });
    result.emplace_back(name, value);
  }
  std::sort(result.begin(), result.end());
  return result;
}

void check(trace_state const& state) {
  std::string const member{state.get("ot").value_or("")};
  ot_state const own{state};
  for (auto const& [name, value] : read(member)) require(own.get(name) == value, "a pair is read as it stands", member);
  if (auto const threshold = own.threshold()) {
    auto const text = threshold->text();
    require(!text.view().empty() && text.view().size() <= 14 && only(text.view(), "0123456789abcdef"), "a threshold has 1 to 14 digits", text.view());
    require(spanwise::sampling_threshold::parse(text.view()) == threshold, "a threshold reads back", text.view());
    require(threshold->probability() > 0 && threshold->probability() <= 1, "a threshold is a probability", text.view());
  }
  if (auto const randomness = own.randomness())
    require(own.get("rv") == randomness->hex().view(), "randomness is written as it was read", member);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  fuzz::diagnostics const diagnostics;
  fuzz::input from{data, size};
  std::string const header = "a=1,ot=" + std::string{from.line()} + ",z=9";
  auto const parsed = trace_state::parse(header);
  if (!parsed) return 0;
  trace_state state = *parsed;
  check(state);
  for (int changes = 0; changes < 30 && !from.empty(); ++changes) {
    std::string_view const line = from.line();
    std::string_view const name = line.substr(0, line.find(':'));
    std::string_view const value = name.size() < line.size() ? line.substr(name.size() + 1) : std::string_view{};
    pairs expected = read(state.get("ot").value_or(""));
    trace_state after = state;
    if (line.starts_with('-')) {
      after = spanwise::remove_ot(state, line.substr(1));
      std::erase_if(expected, [&](auto const& each) { return each.first == line.substr(1); });
      require(read(after.get("ot").value_or("")) == expected, "one pair is removed and the others stay", line);
    } else {
      spanwise::ot_change const change = spanwise::set_ot(state, name, value);
      after = change.state;
      if (change.done) {
        std::erase_if(expected, [&](auto const& each) { return each.first == name; });
        expected.emplace_back(name, value);
        std::sort(expected.begin(), expected.end());
        require(read(after.get("ot").value_or("")) == expected, "one pair is set and the others stay", line);
      } else {
        require(after == state, "what is refused changes nothing", line);
      }
    }
    require(after.get("ot").value_or("").size() <= 256, "the member is bounded");
    require(after.get("a") == "1" && after.get("z") == "9", "members of others stay", after.text());
    require(trace_state::parse(after.text()) == after, "the state can be sent", after.text());
    check(after);
    state = after;
  }
  require(diagnostics.told() <= 1, "a member without room is told once");

  spanwise::environment const env{{"OTEL_TRACES_SAMPLER", header.substr(7)}, {"OTEL_TRACES_SAMPLER_ARG", state.text()}};
  static_cast<void>(spanwise::chosen_sampler(env));
  require(diagnostics.told() <= 3, "a bad variable is told once");
  return 0;
}
