#include <spanwise/context/propagator.hpp>

#include "catch.hpp"
#include "diagnostics_log.hpp"

#include <cstdlib>
#include <map>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

using namespace spanwise;

namespace {

std::size_t allocations;

using headers = std::map<std::string, std::string>;

std::string const good = "00-3f9a1c5be27d4d0b8c6e0a47d15f2b93-5ad3e7f1096b2c48-01";

context sample() {
  return context{*read_traceparent(good), baggage{}.set("k", "v")};
}

/// A format that is no template, as one in a source file of its own would be, and that has state.
struct tenant_format {
  static constexpr std::string_view names[] = {"x-tenant"};
  static constexpr std::span<std::string_view const> fields() { return names; }
  void inject(context const& from, text_map_ref to) const {
    if (auto const tenant = from.baggage().get("tenant"))
      write_value(to, names[0], std::string{prefix} + std::string{*tenant});
  }
  context extract(text_map_ref from, context base) const {
    std::string found;
    read_values(from, names[0], [&found](std::string_view value) { found = value; });
    return found.empty() ? base : base.with(base.baggage().set("tenant", found));
  }
  char const* prefix = "";
};

struct throwing_format {
  static constexpr std::span<std::string_view const> fields() { return {}; }
  void inject(context const&, text_map_ref) const { throw std::runtime_error{"no"}; }
  context extract(text_map_ref, context) const { throw std::runtime_error{"no"}; }
};

struct format_that_is_not_copied {
  static constexpr std::span<std::string_view const> fields() { return trace_context::fields(); }
  format_that_is_not_copied() = default;
  format_that_is_not_copied(format_that_is_not_copied const&) { throw 1; }
  void inject(context const&, text_map_ref) const {}
  context extract(text_map_ref, context base) const { return base; }
};

static_assert(propagator<tenant_format> && propagator<throwing_format>);
static_assert(propagator<composite<>> && propagator<composite<trace_context, composite<w3c_baggage>>>);
static_assert(!propagator<int> && !propagator<headers>);
static_assert(std::is_empty_v<composite<trace_context, w3c_baggage>>);

std::vector<std::string> texts(std::span<std::string_view const> names) {
  return {names.begin(), names.end()};
}

/// Leaves the process with the built-in formats, whatever a test did.
struct built_in_again {
  ~built_in_again() { reset_default_propagator(); }
};

} // namespace

// Not inlined: g++ would take the free() of one for a mistake beside the new of the other.
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* const memory = std::malloc(size)) return memory;
  throw std::bad_alloc{};
}
[[gnu::noinline]] void* operator new(std::size_t size, std::nothrow_t const&) noexcept {
  ++allocations;
  return std::malloc(size);
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::nothrow_t const&) noexcept {
  std::free(memory);
}

TEST_CASE("without a format named, trace context and baggage are used") {
  headers to;
  inject(sample(), to);
  CHECK(to == headers{{"traceparent", good}, {"baggage", "k=v"}});
  context const got = extract(to);
  CHECK(got.span().trace_id() == sample().span().trace_id());
  CHECK(got.baggage() == sample().baggage());
  CHECK(!extract(headers{}).span().valid());
}

TEST_CASE("the current context is injected if none is given") {
  headers to;
  inject(to);
  CHECK(to.empty());
  auto const guard = attach(sample());
  inject(to);
  CHECK(to.at("traceparent") == good);
  headers only_baggage;
  inject(only_baggage, w3c_baggage{});
  CHECK(only_baggage == headers{{"baggage", "k=v"}});
}

TEST_CASE("named formats are used instead, in their order") {
  headers to;
  inject(sample(), to, trace_context{});
  CHECK(to == headers{{"traceparent", good}});
  context const tagged{span_context{}, baggage{}.set("tenant", "acme").set("k", "v")};
  headers both;
  inject(tagged, both, tenant_format{}, w3c_baggage{});
  CHECK(both.at("x-tenant") == "acme");
  CHECK(both.at("baggage").find("k=v") != std::string::npos);
  // The later one overwrites what the earlier found.
  headers const from{{"x-tenant", "one"}, {"baggage", "tenant=two,k=v"}};
  CHECK(extract(from, w3c_baggage{}, tenant_format{}).baggage() == baggage{}.set("tenant", "one").set("k", "v"));
  CHECK(extract(from, tenant_format{}, w3c_baggage{}).baggage() == baggage{}.set("tenant", "two").set("k", "v"));
  composite const formats{tenant_format{}, w3c_baggage{}};
  CHECK(extract(from, formats).baggage().get("tenant") == "two");
  CHECK(texts(formats.fields()) == std::vector<std::string>{"x-tenant", "baggage"});
}

TEST_CASE("the formats of the process can be replaced and put back") {
  built_in_again const after;
  CHECK(texts(default_propagator::fields()) == std::vector<std::string>{"traceparent", "tracestate", "baggage"});
  set_default_propagator(composite{trace_context{}, tenant_format{"t-"}});
  CHECK(texts(default_propagator::fields()) == std::vector<std::string>{"traceparent", "tracestate", "x-tenant"});
  headers to;
  inject(sample().with(baggage{}.set("tenant", "acme")), to);
  CHECK(to == headers{{"traceparent", good}, {"x-tenant", "t-acme"}});
  CHECK(extract(to).baggage().get("tenant") == "t-acme");
  CHECK(extract(std::vector<std::pair<std::string, std::string>>{{"Traceparent", good}}).span().valid());

  set_default_propagator(composite<>{});
  CHECK(default_propagator::fields().empty());
  headers none;
  inject(sample(), none);
  CHECK(none.empty());
  CHECK(!extract(to).span().valid());

  reset_default_propagator();
  inject(sample(), none);
  CHECK(none.size() == 2);
}

TEST_CASE("what a format throws stays inside, and the others do their part") {
  built_in_again const after;
  headers to;
  inject(sample(), to, throwing_format{}, trace_context{});
  CHECK(to.size() == 1);
  CHECK(extract(to, trace_context{}, throwing_format{}).span().valid());
  set_default_propagator(throwing_format{});
  inject(sample(), to);
  CHECK(!extract(to).span().valid());
}

TEST_CASE("a format that throws while it is copied leaves the propagators as they are") {
  built_in_again const after;
  set_default_propagator(composite<>{});
  diagnostics_log const log;
  set_default_propagator(format_that_is_not_copied{});
  CHECK(default_propagator::fields().empty());
  REQUIRE(log.lines().size() == 1);
  CHECK(log.lines()[0].find("threw while they were copied") != std::string::npos);
  CHECK_THROWS_AS((composite{format_that_is_not_copied{}, trace_context{}}), int);
}

TEST_CASE("a context can be written to a temporary that refers to the message") {
  headers to;
  inject(sample(), text_map_ref{to});
  CHECK(to.size() == 2);
}

TEST_CASE("without tracestate and baggage nothing is allocated") {
  headers const from{{"host", "x"}, {"traceparent", good}};
  std::size_t const before = allocations;
  context const got = extract(from);
  char out[traceparent_size];
  write_traceparent(out, got.span());
  std::size_t const used = allocations - before;
  CHECK(used == 0);
  CHECK(std::string_view{out, sizeof out} == good);

  headers const more{{"traceparent", good}, {"tracestate", "a=1,b=2"}, {"baggage", "k=a%20b,l=2"}};
  std::size_t const start = allocations;
  context const full = extract(more);
  std::size_t const blocks = allocations - start;
  CHECK(blocks == 2);
  CHECK(full.baggage().size() == 2);
}
