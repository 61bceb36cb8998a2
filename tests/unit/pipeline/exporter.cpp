#include <spanwise/pipeline/exporter.hpp>

#include "catch.hpp"

#include <memory>

using namespace spanwise;

namespace {

struct least {
  export_result export_spans(span_batch const& batch, deadline) { return {.exported = batch.records.size()}; }
};
struct most {
  std::unique_ptr<int> held = std::make_unique<int>(0);
  int calls = 0;
  export_result export_spans(span_batch const& batch, deadline) { return {.exported = batch.records.size()}; }
  bool flush(deadline) { return ++calls != 0 && false; }
  void shutdown(deadline) { ++calls; }
  void cancel() noexcept { ++calls; }
};
struct wrong_result {
  bool export_spans(span_batch const&, deadline) { return true; }
};
struct no_deadline {
  export_result export_spans(span_batch const&) { return {}; }
};
struct description {
  int number;
};

static_assert(exporter<least>);
static_assert(exporter<most>);
static_assert(!exporter<wrong_result>);
static_assert(!exporter<no_deadline>);
static_assert(!exporter<int>);
static_assert(!exporter<description>);

} // namespace

template <class Client> struct spanwise::sender<description, Client> {
  description described;
  std::optional<std::string> seen;
  sender(description given, exporter_setup const& setup) : described{given}, seen{setup.env.text("NAME")} {}
  export_result export_spans(span_batch const& batch, deadline) { return {.exported = batch.records.size()}; }
};
static_assert(detail::described<description>);
static_assert(!detail::described<least>);

TEST_CASE("the results of parts of a batch add up") {
  export_result sum{.exported = 1, .rejected = 2, .failed = 3, .filtered = 4};
  sum += {.exported = 10, .rejected = 20, .failed = 30, .filtered = 40};
  CHECK(sum == export_result{.exported = 11, .rejected = 22, .failed = 33, .filtered = 44});
  CHECK(sum.total() == 110);
}

TEST_CASE("an exporter is its own sender, also one that can only be moved; a description gets one made for it") {
  environment const env{{"NAME", "value"}};
  exporter_setup const setup{env};
  static_assert(std::is_same_v<decltype(detail::make_sender(most{}, setup)), most>);
  CHECK(detail::make_sender(most{}, setup).held != nullptr);
  auto const made = detail::make_sender(description{7}, setup);
  CHECK(made.described.number == 7);
  CHECK(made.seen == "value");
}

TEST_CASE("members that an exporter does not have do nothing, and succeed") {
  least plain;
  CHECK(detail::flush_sender(plain, deadline{}));
  detail::shutdown_sender(plain, deadline{});
  detail::cancel_sender(plain);
  most full;
  CHECK_FALSE(detail::flush_sender(full, deadline{}));
  detail::shutdown_sender(full, deadline{});
  detail::cancel_sender(full);
  CHECK(full.calls == 3);
}
