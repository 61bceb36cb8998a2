#include <spanwise/core/provider_core.hpp>

#include "catch.hpp"

#include <type_traits>

namespace detail = spanwise::detail;

TEST_CASE("a provider runs in its odd epochs") {
  CHECK(!detail::provider_core::running(0));
  CHECK(detail::provider_core::running(1));
  CHECK(!detail::provider_core::running(2));
  CHECK(detail::provider_core::running(0xffff'ffff));
}

TEST_CASE("providers are there before main and after it, and nobody destroys them") {
  CHECK(std::is_trivially_destructible_v<detail::provider_core>);
  CHECK(detail::default_provider.load(detail::relaxed) == nullptr);
  for (detail::provider_core const& core : detail::provider_cores) {
    CHECK(core.epoch.load(detail::relaxed) == 0);
    CHECK(!core.taken.load(detail::relaxed));
    CHECK(core.scopes.size() == 0);
  }
}

TEST_CASE("places in the queue run out, and come back") {
  static detail::provider_core core;
  core.most_spans = 2;
  CHECK(core.take_place());
  CHECK(core.take_place());
  CHECK(!core.take_place());
  core.queued.fetch_sub(2, detail::relaxed);
  CHECK(core.take_place());
}
