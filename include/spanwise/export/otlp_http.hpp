// Sends spans to an OpenTelemetry collector, or whatever speaks OTLP/HTTP, over cpp-httplib.
// The translation unit that calls `start` with one of these includes <httplib.h>; nothing else needs it.
#pragma once

#include <spanwise/export/http_courier.hpp>
#include <spanwise/export/otlp_json.hpp>
#include <spanwise/export/otlp_protobuf.hpp>
#include <spanwise/pipeline/exporter.hpp>

#include <unistd.h>

namespace spanwise::inline SPANWISE_ABI {

namespace detail {

template <class Type>
concept complete_type = requires {
  sizeof(Type);
};

/// Stands in for the sender where httplib is missing, so that the one sentence about that is the only error.
struct missing_http_sender {
  explicit missing_http_sender(counted<otlp_settings const> const&) noexcept {}
  export_result export_spans(span_batch const&, deadline) noexcept { return {}; }
};

/// Encodes batches, has them carried, and reads from the answer what became of them.
template <otlp_encoding Encoding, class Client> class otlp_http_sender {
public:
  static constexpr std::size_t largest_request = std::size_t{64} << 20;

  /// No settings: there was no memory for them.
  SPANWISE_SMALL explicit otlp_http_sender(counted<otlp_settings const> settings) noexcept {
    if (settings == nullptr || !settings->where) return;
    contain([&] {
      if (settings->where->secure && !tls_client<Client>)
        detail::tell(severity::error, "otlp tls",
                     {settings->where->origin(),
                      " needs TLS, which cpp-httplib was compiled without (define "
                      "CPPHTTPLIB_OPENSSL_SUPPORT and link OpenSSL); no spans will be sent"});
      else courier_ = courier::make(settings);
    });
  }
  otlp_http_sender(otlp_http_sender&& other) noexcept
      : courier_{std::move(other.courier_)}, owner_{other.owner_.load(relaxed)}, lost_{other.lost_} {}
  otlp_http_sender& operator=(otlp_http_sender&&) = delete;
  SPANWISE_SMALL ~otlp_http_sender() { shutdown(deadline::in(milliseconds(100))); }

  /// False if set-up failed: the reason is told, and every export fails.
  [[nodiscard]] bool usable() const noexcept { return courier_ != nullptr; }

  SPANWISE_SMALL export_result export_spans(span_batch const& batch, deadline until) noexcept {
    export_result const lost{.failed = batch.records.size()};
    if (batch.records.empty()) return {};
    if (!usable()) {
      report(severity::error, "otlp unusable", "no spans are sent: the exporter has no endpoint that it can use");
      return lost;
    }
    return contain([&] { return send(batch, until); }, lost);
  }

  /// Ends the connection and its thread; exports after it fail and send nothing.
  SPANWISE_SMALL void shutdown(deadline until) noexcept {
    if (courier_ && at_home()) courier_->close(until);
  }

  /// Makes the running export return at once, or the next one if none runs. Any thread may call it.
  SPANWISE_SMALL void cancel() noexcept {
    if (courier_ && at_home()) courier_->cancel();
  }

private:
  using courier = http_courier<Client>;

  /// A child process has neither the courier's thread nor a right to its connection: it starts over.
  ///
  /// The parent's courier stays as it is: the thread that is not here holds it, and perhaps its lock.
  SPANWISE_SMALL void leave_parent_behind() {
    if (at_home()) return;
    courier_ = courier_->anew();
    owner_.store(::getpid(), release);
  }
  [[nodiscard]] bool at_home() const noexcept { return owner_.load(acquire) == ::getpid(); }

  /// Until when an answer is worth waiting for. A collector that left one request unanswered would hold up whatever
  /// waits behind this export, so the next ones are short of patience; but one that is only slow gets its full time
  /// once a minute.
  SPANWISE_SMALL deadline patience_ends(deadline now) noexcept {
    duration const timeout = courier_->settings().timeout;
    bool const short_of_it = silent_ && now < full_time_at_;
    if (!short_of_it) full_time_at_ = now + seconds(60);
    if (timeout.ns <= 0) return short_of_it ? now + short_patience : deadline::max();
    return now + (short_of_it ? std::min(timeout, short_patience) : timeout);
  }

  SPANWISE_SMALL export_result send(span_batch const& batch, deadline until) {
    leave_parent_behind();
    if (courier_->closed()) return {.failed = batch.records.size()};
    return send_parts(batch, std::min(until, patience_ends(deadline::now())));
  }

  /// In two requests, or more, where one would be too large.
  SPANWISE_SMALL export_result send_parts(span_batch const& batch, deadline until) {
    std::size_t const count = batch.records.size();
    if (http_reply const& reply = courier_->ready(until); reply.trouble != http_trouble::none)
      return undelivered(reply, count);
    buffer& body = courier_->body();
    body.clear();
    if (!encode(batch, body)) {
      body.reset();
      return failed(count, {"there is no memory to encode spans for ", where().origin(), " in"});
    }
    if (body.size() <= largest_request) return judge(courier_->post(until, courier_), count);
    if (count == 1) return failed(count, {"a span is too large to be sent to ", where().origin()});
    export_result result = send_parts({batch.resource, batch.scopes, batch.records.first(count / 2)}, until);
    return result += send_parts({batch.resource, batch.scopes, batch.records.subspan(count / 2)}, until);
  }

  static bool encode(span_batch const& batch, buffer& body) noexcept {
    if constexpr (Encoding == otlp_encoding::json) return encode_otlp_json(batch, body);
    else return encode_otlp_protobuf(batch, body);
  }

  SPANWISE_SMALL export_result judge(http_reply const& reply, std::size_t count) {
    if (reply.trouble != http_trouble::none) return undelivered(reply, count);
    silent_ = false;
    otlp_outcome const outcome = judge_attempt(attempt_of(reply, Encoding), {}, {});
    if (outcome.fate == otlp_fate::retry || outcome.fate == otlp_fate::failure)
      return failed(count, {status_sentence(reply, where(), Encoding)});
    took_any_ = true;
    if (lost_ != 0) {
      tell(severity::info, "otlp again ",
           {"the collector at ", where().url(), " takes spans again; ", lost_, " did not reach it"});
      lost_ = 0;
    }
    if (!outcome.understood) {
      tell(severity::info, "otlp answer ",
           {"the answer of ", where().url(), " is not OTLP, but its status says that the spans have arrived"});
      return {.exported = count};
    }
    std::uint64_t const rejected = std::min<std::uint64_t>(outcome.rejected, count);
    if (rejected != 0) {
      tell(severity::warning, "otlp partial ",
           {"the collector at ", where().url(), " refused ", rejected, " of ", count, " spans",
            outcome.message.empty() ? std::string_view{} : ": ", outcome.message});
    } else if (!outcome.message.empty()) {
      tell(severity::warning, "otlp partial ", {"the collector at ", where().url(), " warns: ", outcome.message});
    }
    return {.exported = count - rejected, .rejected = rejected};
  }

  SPANWISE_SMALL export_result undelivered(http_reply const& reply, std::size_t count) {
    if (reply.trouble == http_trouble::late) silent_ = true;
    else if (reply.trouble != http_trouble::cancelled && reply.trouble != http_trouble::no_time) silent_ = false;
    return failed(count, {trouble_sentence(reply, where())});
  }

  SPANWISE_COLD export_result failed(std::size_t count, std::initializer_list<word> why) {
    lost_ += count;
    detail::tell(severity::warning, joined({"otlp ", where().origin()}),
                 {joined(why), " (", lost_, lost_ == 1 ? std::string_view{" span"} : " spans",
                  took_any_ ? std::string_view{" lost since it last took some)"} : " lost so far)"});
    return {.failed = count};
  }

  SPANWISE_COLD void tell(severity level, std::string_view cause, std::initializer_list<word> sentence) const {
    detail::tell(level, joined({cause, where().url()}), sentence);
  }

  [[nodiscard]] endpoint const& where() const noexcept { return *courier_->settings().where; }

  counted<courier> courier_; ///< null if there is no usable endpoint
  atomic<pid_t> owner_{::getpid()};
  static constexpr duration short_patience = milliseconds(500);

  std::uint64_t lost_ = 0; ///< since it last took some
  bool took_any_ = false;
  bool silent_ = false; ///< the last request was not answered in time
  deadline full_time_at_{};
};

template <otlp_encoding Encoding, class Client>
using otlp_http_sender_or_stand_in =
    std::conditional_t<complete_type<Client>, otlp_http_sender<Encoding, Client>, missing_http_sender>;

} // namespace detail

/// Sends batches over OTLP/HTTP; made by `start` from an `otlp_http` or `otlp_http_protobuf`.
template <otlp_encoding Encoding, class Client>
struct sender<basic_otlp_http<Encoding>, Client> : detail::otlp_http_sender_or_stand_in<Encoding, Client> {
  static_assert(detail::complete_type<Client>,
                "spanwise: include <httplib.h> where you call start; otlp_http sends through cpp-httplib");

  sender(basic_otlp_http<Encoding>&& given, exporter_setup const& setup) noexcept
      : detail::otlp_http_sender_or_stand_in<Encoding, Client>{
            detail::contain([&] { return detail::settled(std::move(given), setup.env); }, nullptr)} {}
};

} // namespace spanwise::inline SPANWISE_ABI
