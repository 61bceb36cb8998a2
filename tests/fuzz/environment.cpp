// OTEL_* variables of every kind over any text: what is read is in its range, a bad value gives one diagnostic and
// counts as unset, lists of pairs are taken as a whole or not at all where their row says so.
#include <spanwise/core/environment.hpp>
#include <spanwise/export/otlp_settings.hpp>
#include <spanwise/pipeline/batch_settings.hpp>
#include <spanwise/pipeline/default_resource.hpp>
#include <spanwise/pipeline/exporter_variable.hpp>
#include <spanwise/start/chosen_limits.hpp>
#include <spanwise/start/chosen_propagators.hpp>
#include <spanwise/start/chosen_sampler.hpp>
#include <spanwise/start/log_level.hpp>

#include "fuzz.hpp"

namespace {

using fuzz::require;
using spanwise::bad_pair;
using spanwise::environment;
namespace detail = spanwise::detail;

/// What one read may tell: nothing if it gave a value, one sentence if the variable is set and gave none.
template <class Read> auto told_once(Read const& read, bool set, char const* what) {
  fuzz::diagnostics const diagnostics;
  auto const result = read();
  bool const given = result.has_value();
  require(diagnostics.told() == (set && !given ? 1 : 0), what);
  return result;
}

std::string encoded(std::string_view text) {
  constexpr char digits[] = "0123456789abcdef";
  std::string out;
  for (char const letter : text) {
    auto const byte = static_cast<unsigned char>(letter);
    out += '%';
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
  return out;
}

/// True if this is `key=value` as the rows of OTEL_RESOURCE_ATTRIBUTES have it; written apart from the library.
bool good_pair(std::string_view item) {
  auto const blank = [](char letter) { return letter == ' ' || letter == '\t'; };
  std::size_t const equals = item.find('=');
  if (equals == item.npos || item.find('=', equals + 1) != item.npos) return false;
  std::string_view key = item.substr(0, equals);
  while (!key.empty() && blank(key.front())) key.remove_prefix(1);
  if (key.empty()) return false;
  std::string parts[2];
  std::string_view const sides[]{item.substr(0, equals), item.substr(equals + 1)};
  for (int side = 0; side < 2; ++side)
    for (std::size_t at = 0; at < sides[side].size(); ++at) {
      if (sides[side][at] != '%') {
        parts[side] += sides[side][at];
        continue;
      }
      std::string const digits{sides[side].substr(at + 1, 2)};
      if (digits.size() != 2 || digits.find_first_not_of("0123456789abcdefABCDEF") != digits.npos) return false;
      parts[side] += static_cast<char>(std::stoi(digits, nullptr, 16));
      at += 2;
    }
  return detail::valid_utf8(parts[0]) && detail::valid_utf8(parts[1]);
}

void check_pairs(environment const& env, std::string_view text) {
  std::size_t items = 0;
  bool all_good = true;
  for (std::string_view rest = text;; rest.remove_prefix(rest.find(',') + 1)) {
    ++items;
    all_good = all_good && good_pair(rest.substr(0, rest.find(',')));
    if (rest.find(',') == rest.npos) break;
  }
  auto const attributes =
      told_once([&] { return env.key_value_list("V", bad_pair::discards_list); }, !text.empty(), "a bad list is told once");
  if (!text.empty()) require(attributes.has_value() == all_good, "resource attributes are taken all or none", text);
  if (attributes) {
    require(attributes->size() <= items, "there are no more pairs than items", text);
    std::string list;
    for (auto const& [key, value] : *attributes) {
      require(detail::valid_utf8(key) && detail::valid_utf8(value), "keys and values are UTF-8", text);
      list += (list.empty() ? "" : " ,\t") + encoded(key) + "=" + encoded(value);
    }
    require(environment{{"V", list}}.key_value_list("V", bad_pair::discards_list) == attributes, "pairs read back", list);
  }

  fuzz::diagnostics const diagnostics;
  auto const headers = env.key_value_list("V", bad_pair::is_skipped);
  require(diagnostics.told() <= 1, "bad headers are told once");
  if (!headers) return;
  for (auto const& [name, value] : *headers) {
    require(detail::fits_header(name, value), "a header can be sent as it is", name);
    std::size_t count = 0;
    for (auto const& other : *headers) count += other.first == name;
    require(count == 1, "a header comes once", name);
  }
}

void check_numbers(environment const& env, bool set, std::string_view text) {
  auto const number = told_once([&] { return env.integer("V", -5, 1'000'000); }, set, "a bad number is told once");
  if (number) {
    require(*number >= -5 && *number <= 1'000'000, "a number is in its range", text);
    require(environment{{"V", std::to_string(*number)}}.integer("V", -5, 1'000'000) == number, "a number reads back", text);
  }
  auto const wait = told_once([&] { return env.milliseconds("V"); }, set, "a bad duration is told once");
  if (wait) require(wait->ns >= 0 && wait->ns % 1'000'000 == 0, "a duration is whole milliseconds", text);
  auto const ratio = told_once([&] { return env.ratio("V"); }, set, "a bad ratio is told once");
  if (ratio) require(*ratio >= 0 && *ratio <= 1, "a ratio is from 0 to 1", text);
}

void check_words(environment const& env, bool set, std::string_view text) {
  auto const same = [text](std::string_view word) { return detail::same_letters(text, word); };
  {
    fuzz::diagnostics const diagnostics;
    auto const truth = env.boolean("V");
    require(truth.has_value() == set, "a variable that is set is true or false", text);
    if (set) require(*truth == same("true"), "only the word true is true", text);
    require(diagnostics.told() == (set && !same("true") && !same("false") ? 1 : 0), "other words are told once", text);
  }
  auto const chosen = told_once([&] { return env.choice("V", {"always_on", "none", "b3"}); }, set, "an unknown word is told once");
  if (chosen) require(same(*chosen), "the word that is read is the one that was written", text);
  if (auto const items = env.list("V")) {
    for (std::string const& item : *items) {
      require(!item.empty() && item.find(',') == item.npos, "an item is not empty", text);
      require(item.front() != ' ' && item.back() != ' ' && item.front() != '\t' && item.back() != '\t', "an item is trimmed", text);
    }
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  fuzz::exact const input{{reinterpret_cast<char const*>(data), size}};
  std::string_view const text = detail::stripped(input.text());
  environment const env{{"V", input.text()}};
  bool const set = !text.empty();
  check_pairs(env, text);
  check_numbers(env, set, text);
  check_words(env, set, text);

  // The readers that gather several variables into settings, each of which may speak once for each variable.
  fuzz::diagnostics const diagnostics;
  environment const all{{"OTEL_RESOURCE_ATTRIBUTES", input.text()},  {"OTEL_SERVICE_NAME", input.text()},
                        {"OTEL_EXPORTER_OTLP_HEADERS", input.text()}, {"OTEL_EXPORTER_OTLP_TRACES_HEADERS", input.text()},
                        {"OTEL_EXPORTER_OTLP_TIMEOUT", input.text()}, {"OTEL_EXPORTER_OTLP_PROTOCOL", input.text()},
                        {"OTEL_EXPORTER_OTLP_ENDPOINT", input.text()}, {"OTEL_EXPORTER_OTLP_COMPRESSION", input.text()},
                        {"OTEL_BSP_SCHEDULE_DELAY", input.text()},    {"OTEL_BSP_MAX_QUEUE_SIZE", input.text()},
                        {"OTEL_BSP_MAX_EXPORT_BATCH_SIZE", input.text()}, {"OTEL_BSP_EXPORT_TIMEOUT", input.text()},
                        {"OTEL_LOG_LEVEL", input.text()},             {"OTEL_PROPAGATORS", input.text()},
                        {"OTEL_TRACES_SAMPLER", input.text()},        {"OTEL_TRACES_EXPORTER", input.text()},
                        {"OTEL_SPAN_EVENT_COUNT_LIMIT", input.text()}, {"OTEL_ATTRIBUTE_COUNT_LIMIT", input.text()}};
  detail::otlp_settings const settings = detail::settle(spanwise::otlp_http{}, all);
  require(settings.where.has_value(), "no variable keeps spans from being sent");
  for (auto const& [name, value] : settings.headers) require(detail::fits_header(name, value), "headers can be sent", name);
  require(settings.timeout.ns >= 0, "a timeout is not negative");
  detail::chosen_batch const batch = detail::choose_batch({}, all);
  require(batch.settings.batch_size >= 1 && batch.settings.delay.ns >= 0 && batch.settings.export_timeout.ns >= 0, "a batch can be sent");
  require(batch.most_spans == 0 || static_cast<std::int64_t>(batch.settings.batch_size) <= batch.most_spans, "a batch fits into the queue");
  spanwise::resource const resource = detail::default_resource(all, {});
  for (spanwise::attribute_view const& each : resource.attributes())
    require(detail::valid_utf8(each.key) && detail::valid_utf8(each.value.as_string()), "a resource is UTF-8", each.key);
  require(!resource.text("service.name").empty(), "a service has a name");
  std::string_view const formats[]{"tracecontext", "baggage", "b3"};
  bool used[3]{};
  for (std::uint8_t const place : detail::format_choice_of(all, formats)) {
    require(place < 3 && !used[place], "each format is used once");
    used[place] = true;
  }
  detail::check_exporter_variable("otlp", all);
  static_cast<void>(spanwise::chosen_limits({}, all));
  static_cast<void>(spanwise::chosen_sampler(all));
  spanwise::apply_log_level(all);
  spanwise::set_diagnostic_level(spanwise::severity::info);
  require(diagnostics.told() <= 20, "each variable is told once");
  return 0;
}
