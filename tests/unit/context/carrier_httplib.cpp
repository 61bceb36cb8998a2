// httplib::Headers is a carrier by its shape, whichever header comes first.
#include <spanwise/context/propagator.hpp>

#include "catch.hpp"

#include <httplib.h>

static_assert(spanwise::carrier<httplib::Headers>);

TEST_CASE("a context goes through httplib's headers") {
  httplib::Headers headers{{"Host", "x"}, {"TraceParent", "old"}, {"TRACEPARENT", "older"}};
  spanwise::context const sent{spanwise::span_context{*spanwise::trace_id::from_hex("3f9a1c5be27d4d0b8c6e0a47d15f2b93"),
                                                      *spanwise::span_id::from_hex("5ad3e7f1096b2c48"),
                                                      spanwise::trace_flags{1},
                                                      *spanwise::trace_state::parse("a=1,b=2")},
                               spanwise::baggage{}.set("user", "a b")};
  CHECK(!spanwise::extract(headers).span().valid());
  spanwise::inject(sent, headers);
  CHECK(headers.size() == 4);
  CHECK(headers.find("traceparent")->second == "00-3f9a1c5be27d4d0b8c6e0a47d15f2b93-5ad3e7f1096b2c48-01");
  CHECK(headers.find("baggage")->second == "user=a%20b");
  spanwise::context const got = spanwise::extract(headers);
  CHECK(got.span().remote());
  CHECK(got.span().trace_id() == sent.span().trace_id());
  CHECK(got.span().state() == sent.span().state());
  CHECK(got.baggage() == sent.baggage());
}
