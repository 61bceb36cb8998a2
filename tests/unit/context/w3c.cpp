#include <spanwise/context/w3c.hpp>

#include "catch.hpp"
#include "random_text.hpp"

#include <map>
#include <string>
#include <vector>

using namespace spanwise;

namespace {

using headers = std::vector<std::pair<std::string, std::string>>;

std::string const good = "00-3f9a1c5be27d4d0b8c6e0a47d15f2b93-5ad3e7f1096b2c48-01";

std::string written(span_context const& span) {
  char text[traceparent_size];
  write_traceparent(text, span);
  return {text, sizeof text};
}

context extracted(headers const& from, context base = {}) {
  return trace_context{}.extract(from, std::move(base));
}

/// The rules once more, in the plainest way.
bool well_formed(std::string text) {
  auto const strip = [](std::string& from) {
    std::size_t const first = from.find_first_not_of(" \t");
    from = first == from.npos ? "" : from.substr(first, from.find_last_not_of(" \t") - first + 1);
  };
  strip(text);
  if (text.size() < 55 || text[2] != '-' || text[35] != '-' || text[52] != '-') return false;
  std::string const digits = text.substr(0, 2) + text.substr(3, 32) + text.substr(36, 16) + text.substr(53, 2);
  if (digits.find_first_not_of("0123456789abcdef") != digits.npos || text.substr(0, 2) == "ff") return false;
  if (text.size() > 55 && (text.substr(0, 2) == "00" || text[55] != '-')) return false;
  return digits.substr(2, 32) != std::string(32, '0') && digits.substr(34, 16) != std::string(16, '0');
}

} // namespace

TEST_CASE("a traceparent is read into a remote context and written back") {
  auto const span = read_traceparent(good);
  REQUIRE(span);
  CHECK(span->remote());
  CHECK(span->sampled());
  CHECK(span->trace_id().hex() == "3f9a1c5be27d4d0b8c6e0a47d15f2b93");
  CHECK(span->span_id().hex() == "5ad3e7f1096b2c48");
  CHECK(written(*span) == good);
}

TEST_CASE("only the two known flags are read and written") {
  for (unsigned flags = 0; flags < 256; ++flags) {
    std::string text = good;
    text[53] = "0123456789abcdef"[flags >> 4];
    text[54] = "0123456789abcdef"[flags & 15];
    auto const span = read_traceparent(text);
    REQUIRE(span);
    REQUIRE(span->flags().value == (flags & 3));
    std::string expected = good;
    expected[54] = static_cast<char>('0' + (flags & 3));
    REQUIRE(written(*span) == expected);
    span_context const wild{span->trace_id(), span->span_id(), trace_flags{static_cast<std::uint8_t>(flags)}};
    REQUIRE(written(wild) == expected);
  }
}

TEST_CASE("the length of a value does not matter to later versions, nor to the time it takes") {
  std::string later = good;
  later.replace(0, 2, "cc");
  CHECK(read_traceparent(later + "-" + std::string(1'000'000, 'x')));
  CHECK(!read_traceparent(later + std::string(1'000'000, 'x')));
  CHECK(!read_traceparent(good + "-"));
  CHECK(read_traceparent(" \t" + good + "\t "));
  CHECK(read_traceparent(std::string(64, ' ') + good + std::string(64, ' ')));
  CHECK(!read_traceparent(std::string(1'000'000, ' ') + good));
  CHECK(!read_traceparent(good + std::string(1'000'000, ' ')));
}

TEST_CASE("random ids go there and back; changed texts are judged by the rules") {
  testing::random_text random;
  std::string_view const digits = "0123456789abcdef";
  for (int round = 0; round < testing::random_rounds; ++round) {
    std::string const text =
        "00-" + random.of(digits, 32, 32) + "-" + random.of(digits, 16, 16) + "-0" + random.of("0123", 1, 1);
    auto const span = read_traceparent(text);
    REQUIRE(span);
    REQUIRE(written(*span) == text);
    std::string changed = random.mutated(text);
    if (random.below(2) == 0) changed.replace(0, std::min<std::size_t>(2, changed.size()), random.of("0f1c", 2, 2));
    if (random.below(2) == 0) changed += random.of(" \t-x", 3);
    INFO(changed);
    REQUIRE(read_traceparent(changed).has_value() == well_formed(changed));
    REQUIRE(!read_traceparent(random.bytes(80)));
  }
}

TEST_CASE("extraction replaces the span and keeps the rest") {
  context const base{span_context{}, baggage{}.set("a", "1")};
  context const got = extracted({{"TraceParent", good}}, base);
  CHECK(got.span().valid());
  CHECK(got.span().remote());
  CHECK(got.baggage().get("a") == "1");
}

TEST_CASE("where nothing valid is found the context stays as it was") {
  context const base{span_context{*trace_id::from_hex("11111111111111111111111111111111"),
                                  *span_id::from_hex("2222222222222222"), trace_flags{1}, *trace_state::parse("x=1")},
                     baggage{}.set("a", "1")};
  for (headers const& from :
       {headers{}, headers{{"traceparent", "garbage"}}, headers{{"tracestate", "a=1"}},
        headers{{"traceparent", good}, {"traceparent", good}}, headers{{"traceparent", good}, {"TRACEPARENT", "x"}}}) {
    context const got = extracted(from, base);
    CHECK(got.span() == base.span());
    CHECK(got.baggage() == base.baggage());
    CHECK(!extracted(from).span().valid());
  }
  CHECK(w3c_baggage{}.extract(headers{{"baggage", "broken"}}, base).baggage() == base.baggage());
}

TEST_CASE("a tracestate goes along, joined from all its headers, or is dropped whole") {
  CHECK(extracted({{"traceparent", good}, {"tracestate", "a=1"}, {"TraceState", " b=2 "}}).span().state().text() ==
        "a=1,b=2");
  context const dropped = extracted({{"traceparent", good}, {"tracestate", "a=1"}, {"tracestate", "B=2"}});
  CHECK(dropped.span().valid());
  CHECK(dropped.span().state().empty());
}

TEST_CASE("injection writes what there is, sampled or not") {
  std::map<std::string, std::string> to;
  trace_context{}.inject(context{}, to);
  w3c_baggage{}.inject(context{}, to);
  CHECK(to.empty());
  auto const ids = read_traceparent("00-3f9a1c5be27d4d0b8c6e0a47d15f2b93-5ad3e7f1096b2c48-00");
  trace_context{}.inject(context{*ids}, to);
  CHECK(to ==
        std::map<std::string, std::string>{{"traceparent", "00-3f9a1c5be27d4d0b8c6e0a47d15f2b93-5ad3e7f1096b2c48-00"}});
  context const full{ids->with_state(*trace_state::parse("a=1 , b=2")), baggage{}.set("k", "a b")};
  trace_context{}.inject(full, to);
  w3c_baggage{}.inject(full, to);
  CHECK(to["tracestate"] == "a=1,b=2");
  CHECK(to["baggage"] == "k=a%20b");
  CHECK(to.size() == 3);
}

TEST_CASE("baggage of a message takes the place of the context's own") {
  context const base{span_context{}, baggage{}.set("a", "1")};
  context const got = w3c_baggage{}.extract(headers{{"baggage", "b=2"}, {"Baggage", "c=3"}}, base);
  CHECK(got.baggage() == baggage{}.set("b", "2").set("c", "3"));
}

TEST_CASE("the headers are named") {
  STATIC_REQUIRE(trace_context::fields().size() == 2);
  STATIC_REQUIRE(trace_context::fields()[0] == "traceparent");
  STATIC_REQUIRE(trace_context::fields()[1] == "tracestate");
  STATIC_REQUIRE(w3c_baggage::fields().size() == 1);
  STATIC_REQUIRE(w3c_baggage::fields()[0] == "baggage");
}
