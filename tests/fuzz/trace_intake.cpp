// The receiver's door: requests with any Content-Type, Content-Encoding and body, packed or not, come to one answer that
// OTLP knows, and never to more memory than the bound. Lines: type, encoding; a byte for the size of pieces; the body.
#include <spanwise/viewer/otlp_json_reader.hpp>
#include <spanwise/viewer/trace_intake.hpp>

#include "fuzz.hpp"

namespace {

constexpr std::size_t most_body = 20'000;

/// Hands the body over in pieces, unpacked as the server's library does it.
httplib::ContentReader reader_of(std::string_view body, std::string const& packed, std::size_t piece) {
  auto const plain = [=](httplib::ContentReceiver const& receive) {
    for (std::size_t at = 0; at < body.size(); at += piece)
      if (!receive(body.data() + at, std::min(piece, body.size() - at))) return false;
    return true;
  };
  auto const whole = [=](httplib::ContentReceiver const& receive) {
#ifdef CPPHTTPLIB_ZLIB_SUPPORT
    if (packed == "gzip" || packed == "deflate") {
      httplib::detail::gzip_decompressor unpacking;
      return plain([&](char const* data, std::size_t size) { return unpacking.decompress(data, size, receive); });
    }
#endif
    return plain(receive);
  };
  return {whole, [](auto const&, auto const&) { return true; }};
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using fuzz::require;
  namespace detail = spanwise::detail;
  fuzz::input from{data, size};
  httplib::Request request;
  std::string const type{from.line()};
  std::string const packed{from.line()};
  request.headers.emplace("Content-Type", type);
  if (!packed.empty()) request.headers.emplace("Content-Encoding", packed);
  std::size_t const piece = std::size_t{1} + from.byte();
  fuzz::exact const body{from.rest()};

  spanwise::trace_store store{{.max_spans = 100, .max_bytes = 1 << 20}};
  spanwise::fault_plan faults;
  spanwise::trace_intake intake{store, faults, most_body};
  httplib::Response response;
  intake.take(request, response, reader_of(body.text(), packed, piece), [] { return false; });
  require(response.status == 200 || response.status == 400 || response.status == 413 || response.status == 415, "the status is one of OTLP's");
  spanwise::request_counts const counts = intake.counts();
  require(counts.batches + counts.refused == 1, "a request is taken or refused");
  require((counts.batches == 1) == (response.status == 200), "what is taken is answered so");
  auto const encoding = detail::request_encoding(request.get_header_value("Content-Type"));
  if (!encoding) require(response.status == 415, "an unknown type is answered so", type);
  if (counts.batches == 0) require(store.counts().spans == 0, "nothing of what is refused is stored");
  if (encoding == spanwise::otlp_encoding::json && !response.body.empty())
    require(nlohmann::json::parse(response.body, nullptr, false).is_object(), "the answer is JSON", response.body);
  require(response.body.size() < 5000, "the answer is bounded", response.body);
  return 0;
}
