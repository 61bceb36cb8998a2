// OTLP: what is encoded, what answers say, and what an exporter makes of them.
#include <spanwise/spanwise.hpp>

#include "answers.hpp"
#include "typed_value.hpp"

#include <chrono>

namespace conformance {
namespace {

/// A header field by its name in any case of letters.
std::string field(headers const& from, std::string_view name) {
  std::string found;
  spanwise::read_values(from, name, [&](std::string_view value) { found = value; });
  return found;
}

spanwise::time_point read_now(json const& input) {
  if (!input.contains("now")) return std::chrono::system_clock::now();
  auto const since_1970 = spanwise::read_retry_after(input.at("now").get<std::string>(), {});
  if (!since_1970) throw unsupported{"now is no date"};
  return spanwise::time_point{since_1970->ns};
}

json decoded(json const& input) {
  if (input.value("as", "response") != "response") throw unsupported{"only answers to exports are read by an exporter"};
  auto const answer =
      spanwise::read_partial_success(input.at("decode").get<std::string>(), spanwise::otlp_encoding::json);
  if (!answer) throw unsupported{"not an answer to an export"};
  return {{"rejected", answer->rejected}, {"message", answer->message}};
}

} // namespace

json otlp_json(json const& input) {
  if (input.contains("value")) return otlp_value(input.at("value"));
  if (input.contains("span")) return otlp_span(input.at("span"));
  return decoded(input);
}

json otlp_http(json const& input) {
  headers got;
  if (input.contains("headers"))
    for (auto const& [name, value] : input.at("headers").items()) got.emplace_back(name, value.get<std::string>());
  std::string const retry_after = field(got, "Retry-After");
  std::string const body = input.value("body", "");
  spanwise::otlp_attempt attempt{.retry_after = retry_after, .body = body};
  if (json const& status = input.at("status"); status.is_string())
    attempt.delivery = one_of<spanwise::otlp_delivery>(
        status, {{"connect_error", spanwise::otlp_delivery::lost}, {"reset", spanwise::otlp_delivery::lost}});
  else attempt.status = status.get<int>();
  std::chrono::milliseconds const remaining{read_number<std::int64_t>(input.at("remaining_ms"))};
  auto const outcome = spanwise::judge_attempt(attempt, remaining, read_now(input));
  char const* const fates[] = {"success", "partial", "retry", "fail"};
  return {{"outcome", fates[static_cast<int>(outcome.fate)]},
          {"wait_ms", outcome.wait ? json(outcome.wait->ns / 1'000'000) : json(nullptr)},
          {"rejected", outcome.rejected}};
}

} // namespace conformance
