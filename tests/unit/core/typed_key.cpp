#include <spanwise/core/attribute.hpp>
#include <spanwise/core/typed_key.hpp>
#include <spanwise/export/memory.hpp>
#include <spanwise/start.hpp>

#include "catch.hpp"
#include "shown.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

using spanwise::attribute;
using spanwise::typed_key;
using spanwise::value_type;
using testing::written;

namespace {

inline constexpr typed_key<std::string_view> method{"http.request.method"};
inline constexpr typed_key<std::int64_t> port{"server.port"};
inline constexpr typed_key<double> share{"cache.share"};
inline constexpr typed_key<bool> paid{"order.paid"};
inline constexpr typed_key<std::string_view[]> names{"order.names"};
inline constexpr typed_key<std::int64_t[]> counts{"order.counts"};
inline constexpr typed_key<double[]> shares{"order.shares"};
inline constexpr typed_key<bool[]> flags{"order.flags"};

enum class channel { web, shop };
std::string_view spanwise_value(channel given) {
  return given == channel::web ? "web" : "shop";
}

template <auto const& Key, class Given>
constexpr bool takes = spanwise::detail::takes<typename std::remove_cvref_t<decltype(Key)>::value_type, Given>;

} // namespace

// The same words as a plain key: text, size and bit are known while compiling.
static_assert(sizeof port == sizeof(spanwise::key));
static_assert(port.text() == "server.port" && port.bit() == spanwise::key{"server.port"}.bit());

static_assert(takes<port, int> && takes<port, unsigned char> && takes<port, std::size_t> &&
              takes<port, std::optional<long>>);
static_assert(!takes<port, double> && !takes<port, bool> && !takes<port, char[3]> && !takes<port, std::string> &&
              !takes<port, std::vector<int>> && !takes<port, std::optional<double>> && !takes<port, channel>);
static_assert(takes<method, char[3]> && takes<method, char const*> && takes<method, std::string> &&
              takes<method, std::u8string> && takes<method, std::optional<std::string>> && takes<method, channel>);
static_assert(!takes<method, int> && !takes<method, bool> && !takes<method, double> &&
              !takes<method, std::vector<std::string>> && !takes<method, std::vector<unsigned char>>);
static_assert(takes<share, float> && takes<share, double> && takes<share, int> && takes<share, unsigned>);
static_assert(!takes<share, std::int64_t> && !takes<share, bool> && !takes<share, std::optional<int>>);
static_assert(takes<paid, bool> && takes<paid, std::optional<bool>> && !takes<paid, int> && !takes<paid, char const*>);
static_assert(takes<names, std::vector<std::string>> && takes<names, char const* [2]> &&
              takes<names, std::deque<channel>> && takes<names, std::optional<std::vector<std::string_view>>>);
static_assert(!takes<names, std::string> && !takes<names, std::vector<int>> &&
              !takes<names, std::vector<std::vector<std::string>>>);
static_assert(takes<counts, std::vector<int>> && takes<counts, std::uint16_t[2]> && !takes<counts, std::vector<bool>> &&
              !takes<counts, std::vector<double>> && !takes<counts, int> && !takes<counts, std::vector<unsigned char>>);
static_assert(takes<shares, std::vector<double>> && !takes<shares, std::vector<int>>);
static_assert(takes<flags, std::vector<bool>> && takes<flags, std::initializer_list<bool>> &&
              !takes<flags, std::vector<int>>);

TEST_CASE("what a typed key holds is what a plain key would") {
  CHECK(written({method, "GET"}) == "http.request.method: \"GET\"");
  CHECK(written({method, std::string{"PUT"}}) == "http.request.method: \"PUT\"");
  CHECK(written({method, channel::shop}) == "http.request.method: \"shop\"");
  CHECK(written({port, 8080}) == "server.port: 8080");
  CHECK(written({port, std::uint8_t{7}}) == "server.port: 7");
  CHECK(written({port, std::optional<short>{80}}) == "server.port: 80");
  CHECK(attribute{port, std::optional<int>{}}.absent());
  CHECK(written({paid, true}) == "order.paid: true");
  CHECK(written({names, {"p", "q"}}) == "order.names: [\"p\", \"q\"]");
  CHECK(written({names, std::deque<std::string>{"r"}}) == "order.names: [\"r\"]");
  CHECK(written({counts, {1, 2}}) == "order.counts: [1, 2]");
  CHECK(written({shares, {0.5}}) == "order.shares: [0.5]");
  CHECK(written({flags, std::vector<bool>{true, false}}) == "order.flags: [true, false]");
}

TEST_CASE("a key of doubles holds doubles, also of integers") {
  CHECK(attribute{share, 1}.value().kind == spanwise::detail::value_kind::floating);
  CHECK(attribute{share, 3}.value().floating() == 3.0);
  CHECK(attribute{share, 4294967295U}.value().floating() == 4294967295.0);
  CHECK(attribute{share, 0.25F}.value().floating() == 0.25);
}

namespace {

template <class Span> void every_call(Span&& span) {
  span.set(method, "GET");
  span.set(port, 8080);
  span.set(share, 1);
  span.set(names, {"p", "q"});
  span.set(counts, std::vector<int>{1});
  span.set({paid, true}, {flags, {true}}, {"plain", "x"});
  span.event("tried", {port, 81}, {method, "PUT"});
}

std::string all(spanwise::attribute_range const& attributes) {
  std::string text;
  for (spanwise::attribute_view const each : attributes) {
    text += std::string{each.key} +
            (each.value.type() == value_type::string ? "=" + std::string{each.value.as_string()} : "");
    if (each.value.type() == value_type::integer) text += "=" + std::to_string(each.value.as_int());
    if (each.value.type() == value_type::floating) text += "=" + std::to_string(each.value.as_double());
    text += ' ';
  }
  return text;
}

std::string const as_set =
    "http.request.method=GET server.port=8080 cache.share=1.000000 order.names order.counts order.paid "
    "order.flags plain=x ";

} // namespace

TEST_CASE("every call of a span takes typed keys") {
  spanwise::memory_sink sink;
  auto const tracing = spanwise::start("test", spanwise::simple{spanwise::memory{sink}});
  {
    spanwise::span span{"a"};
    every_call(span);
  }
  {
    spanwise::detached_span span{"b"};
    every_call(span);
  }
  {
    spanwise::span const span{"c"};
    every_call(spanwise::current_span());
  }
  { spanwise::span const span{"d", {method, "GET"}, {port, 8080}}; }
  every_call(spanwise::basic_span<spanwise::off>{"e"});
  auto const spans = sink.spans();
  REQUIRE(spans.size() == 4);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(all(spans[i].attributes()) == as_set);
    for (spanwise::event_view const each : spans[i].events())
      CHECK(all(each.attributes()) == "server.port=81 http.request.method=PUT ");
  }
  CHECK(all(spans[3].attributes()) == "http.request.method=GET server.port=8080 ");
}

TEST_CASE("a resource takes typed keys") {
  spanwise::resource about;
  about.set({method, "x"});
  about.set({port, 1});
  CHECK(about.text(method.text()) == "x");
  CHECK(all(about.attributes()) == "http.request.method=x server.port=1 ");
}
