#include <spanwise/trace/suppress_tracing.hpp>

#include "recorded.hpp"

#include <map>
#include <string>
#include <thread>

TEST_CASE("while tracing is suppressed no span starts on this thread; what is current is passed on", "[threads]") {
  constexpr spanwise::tracer tracer{"t"};
  testing::recorded traced;
  {
    spanwise::span outer{"outer"};
    {
      spanwise::suppress_tracing const quiet;
      {
        spanwise::suppress_tracing const nested;
        spanwise::span const none{"none"};
        CHECK_FALSE(none.recording());
      }
      CHECK_FALSE(tracer.enabled());
      spanwise::span const none{"none", {"a", 1}};
      spanwise::detached_span const job{"none"};
      CHECK_FALSE(none.recording());
      CHECK_FALSE(job.recording());
      CHECK(none.context().span() == outer.context().span());
      outer.set("still", true);
      std::map<std::string, std::string> headers;
      spanwise::inject(headers);
      CHECK(headers.at("traceparent").find(outer.context().span().span_id().hex().view()) != std::string::npos);
      std::thread{[] { spanwise::span const elsewhere{"elsewhere"}; }}.join();
    }
    CHECK(tracer.enabled());
    spanwise::span const inner{"inner"};
    CHECK(inner.recording());
  }
  traced.settle();
  CHECK(traced.size() == 3);
  CHECK(traced["outer"].attribute("still").as_bool());
  CHECK(traced["inner"].parent_span_id() == traced["outer"].span_id());
  CHECK_FALSE(traced["elsewhere"].parent_span_id().valid());
}
