#include <spanwise/viewer/received_span.hpp>

#include "samples.hpp"

using namespace spanwise;

TEST_CASE("a received span is read through its view and knows its source") {
  auto groups = samples::groups_of("shop", {{.name = "pay"}});
  auto const source = std::make_shared<span_source const>(groups.at(0).source);
  received_span const span{source, groups[0].messages.at(0)};
  CHECK(span.service() == "shop");
  CHECK(span.view().name() == "pay");
  CHECK(span.message() == groups[0].messages[0]);
  REQUIRE(span.source().attributes().size() == 1);
  CHECK((*span.source().attributes().begin()).value.as_string() == "shop");
}
