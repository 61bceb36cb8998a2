// What an OTLP/HTTP exporter makes of one attempt: done, done in part, to be tried again, or given up.
// A function of what came back and of the time alone, so that it can be asked without a network; it waits for nothing.
#pragma once

#include <spanwise/core/duration.hpp>
#include <spanwise/core/time.hpp>
#include <spanwise/detail/http_date.hpp>
#include <spanwise/export/otlp_response.hpp>

#include <algorithm>

namespace spanwise::inline SPANWISE_ABI {

/// How far an attempt came.
enum class otlp_delivery : std::uint8_t {
  answered,
  lost,   ///< not connected, or disconnected without an answer: the next attempt may go through
  refused ///< a certificate is not trusted, or more came than is read: what stands between won't pass by itself
};

/// What came back of one attempt. Views what it is made from.
struct otlp_attempt {
  otlp_delivery delivery = otlp_delivery::answered;
  int status{};                   ///< of HTTP
  std::string_view retry_after{}; ///< the header Retry-After
  std::string_view body{};
  otlp_encoding encoding{}; ///< of the body
};

/// What becomes of the spans that were sent.
enum class otlp_fate : std::uint8_t {
  success, ///< the receiver has them
  partial, ///< it has them but for some that it refused; those are not sent again
  retry,   ///< the same request may be sent again, after a wait
  failure  ///< nobody has them, and there is no use or no time to try again
};

struct otlp_outcome {
  otlp_fate fate{};
  /// Of a retry: the least wait that the receiver asks for; nothing if that is left to the exporter.
  std::optional<duration> wait{};
  std::uint64_t rejected{};
  /// What the receiver says of spans that it took or refused, fit for a log line.
  std::string message{};
  /// False if the body of a success could not be decoded; its spans have arrived all the same.
  bool understood = true;

  friend bool operator==(otlp_outcome const&, otlp_outcome const&) = default;
};

/// Reads a Retry-After header: whole seconds, or a date, which is a wait of nothing where it has passed. Nothing if it
/// is neither. Waits of more than a century are cut to that.
[[nodiscard]] SPANWISE_SMALL std::optional<duration> read_retry_after(std::string_view text, time_point now) noexcept {
  text = detail::trimmed(text);
  std::int64_t constexpr longest = detail::longest_wait.ns / 1'000'000'000;
  detail::whole_number const seconds = detail::read_whole_number(text);
  if (!text.empty() && text.front() != '-' && seconds.size == text.size())
    return detail::seconds(seconds.fits ? std::min(seconds.value, longest) : longest);
  auto const date = detail::http_date_reader{text}.read(now.unix_ns / 1'000'000'000);
  if (!date) return std::nullopt;
  std::int64_t const whole = std::clamp<std::int64_t>(*date - now.unix_ns / 1'000'000'000, 0, longest);
  return duration{std::max<std::int64_t>(0, whole * 1'000'000'000 - now.unix_ns % 1'000'000'000)};
}

/// What to do after an attempt, with `remaining` left until the deadline (OTLP/HTTP Response, Throttling).
///
/// 429, 502, 503 and 504 may be tried again, and so may a request that got no answer. A wait that would pass the
/// deadline is none: the attempt has failed. Redirects are not followed.
[[nodiscard]] SPANWISE_SMALL otlp_outcome judge_attempt(otlp_attempt const& attempt, duration remaining,
                                                        time_point now) noexcept {
  if (attempt.delivery != otlp_delivery::answered)
    return {.fate = attempt.delivery == otlp_delivery::lost ? otlp_fate::retry : otlp_fate::failure};
  switch (judge_status(attempt.status)) {
  case otlp_verdict::refused:
    return {.fate = otlp_fate::failure};
  case otlp_verdict::try_later: {
    auto const wait = read_retry_after(attempt.retry_after, now);
    if (wait && *wait > remaining) return {.fate = otlp_fate::failure};
    return {.fate = otlp_fate::retry, .wait = wait};
  }
  case otlp_verdict::accepted:
    break;
  }
  auto answer = read_partial_success(attempt.body, attempt.encoding);
  if (!answer) return {.understood = false};
  return {.fate = answer->rejected != 0 ? otlp_fate::partial : otlp_fate::success,
          .rejected = answer->rejected,
          .message = std::move(answer->message)};
}

} // namespace spanwise::inline SPANWISE_ABI
