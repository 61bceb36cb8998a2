// Takes the requests to /v1/traces: reads them within bounds, decodes them, stores the spans and answers as OTLP/HTTP
// asks, or misbehaves as a planned fault tells.
#pragma once

#include <spanwise/detail/atomic.hpp>
#include <spanwise/viewer/faults.hpp>
#include <spanwise/viewer/otlp_answer.hpp>
#include <spanwise/viewer/otlp_json_reader.hpp>
#include <spanwise/viewer/server_sockets.hpp>
#include <spanwise/viewer/trace_store.hpp>

#include <httplib.h>

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace spanwise::inline SPANWISE_ABI {

/// How many requests to /v1/traces came to which end.
struct request_counts {
  std::uint64_t batches{};        ///< answered with success, partial success included
  std::uint64_t refused{};        ///< malformed, too large or of an unknown type, and answered so
  std::uint64_t rejected_spans{}; ///< told as rejected in partial successes
  std::uint64_t faults{};         ///< treated by a planned fault
  remark_counts remarks{};        ///< what could be better in the requests that were taken
};

namespace detail {

/// The encoding that a Content-Type names; nothing if it is none of OTLP's two.
[[nodiscard]] inline std::optional<otlp_encoding> request_encoding(std::string_view content_type) {
  std::string name{content_type.substr(0, content_type.find(';'))};
  while (!name.empty() && name.back() == ' ') name.pop_back();
  for (char& letter : name)
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter + 32);
  if (name == "application/json") return otlp_encoding::json;
  if (name == "application/x-protobuf") return otlp_encoding::protobuf;
  return std::nullopt;
}

/// Answers and closes the connection, for when part of a request was left unread.
inline void answer_and_close(httplib::Response& response, int status, std::string body, char const* type) {
  response.status = status;
  std::size_t const size = body.size();
  response.set_content_provider(size, type, [body = std::move(body)](std::size_t at, std::size_t, auto& sink) {
    sink.write(body.data() + at, body.size() - at);
    return false;
  });
}

} // namespace detail

/// Where requests with spans come in. Safe for the many threads of a server.
class trace_intake {
public:
  trace_intake(trace_store& store, fault_plan& faults, std::size_t max_body) noexcept
      : store_{store}, faults_{faults}, max_body_{max_body} {}

  /// Treats one request; `gone()` tells whether its client has left or the server is stopping.
  template <class Gone>
  void take(httplib::Request const& request, httplib::Response& response, httplib::ContentReader const& content,
            Gone gone) {
    auto const encoding = detail::request_encoding(request.get_header_value("Content-Type"));
    if (!encoding) {
      return refuse_unread(request, response, content, otlp_encoding::json,
                           "Content-Type must be application/json or application/x-protobuf");
    }
    std::string const packed = request.get_header_value("Content-Encoding");
    if (!packed.empty() && packed != "identity" && packed != "gzip" && packed != "deflate" && packed != "br") {
      return refuse_unread(request, response, content, *encoding, "Content-Encoding " + packed + " is not understood");
    }
    std::string body;
    if (!read(content, body, *encoding, response)) return;

    std::optional<fault> const met = faults_.next();
    if (met && met->delay.count() > 0) faults_.hold(met->delay, gone);
    std::string wrong;
    span_request spans = decode(*encoding, std::move(body), wrong);
    if (met && (met->manner != fault_manner::answer || met->status < 200 || met->status > 299))
      return misbehave(*met, *encoding, std::move(spans), request, response, gone);
    if (!wrong.empty()) return refuse(response, *encoding, 400, wrong);
    if (met) reject_last(spans, *met);

    if (spans.rejected != 0) rejected_.fetch_add(spans.rejected, detail::relaxed);
    batches_.fetch_add(1, detail::relaxed);
    note(spans.remarks);
    store_.add(std::move(spans.groups));
    response.status = met ? met->status : 200;
    response.set_content(detail::success_body(*encoding, spans.rejected, spans.why), detail::media_type(*encoding));
  }

  [[nodiscard]] request_counts counts() const {
    std::lock_guard const lock{remarks_mutex_};
    return {batches_.load(detail::relaxed), refused_.load(detail::relaxed), rejected_.load(detail::relaxed),
            faults_.met(), remarks_};
  }
  void clear_counts() {
    std::lock_guard const lock{remarks_mutex_};
    remarks_.clear();
    batches_.store(0, detail::relaxed);
    refused_.store(0, detail::relaxed);
    rejected_.store(0, detail::relaxed);
  }

private:
  void refuse(httplib::Response& response, otlp_encoding encoding, int status, std::string_view why) {
    refused_.fetch_add(1, detail::relaxed);
    response.status = status;
    response.set_content(detail::status_body(encoding, status, why), detail::media_type(encoding));
  }

  /// Reads the body, unpacked; false if it could not be, and the request is answered.
  bool read(httplib::ContentReader const& content, std::string& body, otlp_encoding encoding,
            httplib::Response& response) {
    bool too_large = false;
    bool const complete = content([&](char const* data, std::size_t size) {
      too_large = size > max_body_ - body.size();
      if (!too_large) body.append(data, size);
      return !too_large;
    });
    if (complete) return true;
    refused_.fetch_add(1, detail::relaxed);
    int const status = too_large ? 413 : response.status == 413 || response.status == 415 ? response.status : 400;
    std::string_view const why = status == 413   ? "the body is larger than this receiver takes"
                                 : status == 415 ? "the Content-Encoding is not understood"
                                                 : "the body could not be read or unpacked";
    detail::answer_and_close(response, status, detail::status_body(encoding, status, why),
                             detail::media_type(encoding));
    return false;
  }

  /// Answers 415. The body is read all the same, or the connection closed: what it holds must not pass for a request.
  void refuse_unread(httplib::Request const& request, httplib::Response& response,
                     httplib::ContentReader const& content, otlp_encoding encoding, std::string_view why) {
    auto const ignore = [](char const*, std::size_t) { return true; };
    bool const drained =
        request.is_multipart_form_data() ? content([](auto const&) { return true; }, ignore) : content(ignore);
    if (drained) return refuse(response, encoding, 415, why);
    refused_.fetch_add(1, detail::relaxed);
    detail::answer_and_close(response, 415, detail::status_body(encoding, 415, why), detail::media_type(encoding));
  }

  static span_request decode(otlp_encoding encoding, std::string body, std::string& wrong) {
    if (encoding == otlp_encoding::json) {
      std::string protobuf;
      wrong = detail::read_otlp_json(body, detail::otlp::request(), protobuf);
      body = std::move(protobuf);
    } else {
      wrong = detail::check_otlp(detail::as_bytes(body), detail::otlp::request());
    }
    if (!wrong.empty()) return {};
    return read_otlp_request(detail::as_bytes(body));
  }

  void note(remark_counts const& remarks) {
    if (remarks.empty()) return;
    std::lock_guard const lock{remarks_mutex_};
    for (auto const& [sentence, count] : remarks) remarks_[sentence] += count;
  }

  static void reject_last(span_request& spans, fault const& met) {
    std::uint64_t left = met.reject;
    while (left != 0 && !spans.groups.empty()) {
      auto& messages = spans.groups.back().messages;
      for (; left != 0 && !messages.empty(); --left, --spans.spans, ++spans.rejected) messages.pop_back();
      if (messages.empty()) spans.groups.pop_back();
    }
    if (!met.message.empty()) spans.why = met.message;
    else if (met.reject != 0 && spans.why.empty()) spans.why = "rejected by a planned fault";
  }

  template <class Gone>
  void misbehave(fault const& met, otlp_encoding encoding, span_request spans, httplib::Request const& request,
                 httplib::Response& response, Gone gone) {
    if (met.keep || met.manner == fault_manner::garbage) store_.add(std::move(spans.groups));
    char const* const type = detail::media_type(encoding);
    switch (met.manner) {
    case fault_manner::answer:
      response.status = met.status;
      if (!met.retry_after.empty()) response.set_header("Retry-After", met.retry_after);
      response.set_content(detail::status_body(encoding, met.status, met.message), type);
      return;
    case fault_manner::garbage: // neither JSON nor protobuf: a field of 127 bytes that is not there
      response.status = 200;
      response.set_content("\x0a\x7fnot an answer", type);
      return;
    case fault_manner::cut:
      response.status = 200;
      response.set_content_provider(100, type, [](std::size_t, std::size_t, auto& sink) {
        sink.write("{\"partial", 9);
        return false;
      });
      return;
    case fault_manner::silent:
      faults_.hold(fault_plan::forever, gone);
      break;
    case fault_manner::close:
      break;
    }
    detail::shut_connections(request.local_port, request.remote_port);
    response.status = 503; // nobody reads it
  }

  trace_store& store_;
  fault_plan& faults_;
  std::size_t max_body_;
  detail::atomic<std::uint64_t> batches_{};
  detail::atomic<std::uint64_t> refused_{};
  detail::atomic<std::uint64_t> rejected_{};
  mutable std::mutex remarks_mutex_;
  remark_counts remarks_;
};

} // namespace spanwise::inline SPANWISE_ABI
