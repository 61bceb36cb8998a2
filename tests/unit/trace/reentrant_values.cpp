// Values whose own code touches the span that they are being set on, or waits for a thread that does.
#include <spanwise/trace/current_span.hpp>

#include "recorded.hpp"

#include <atomic>
#include <stdexcept>
#include <thread>

using testing::recorded;
using testing::shown;

namespace {

std::string events(spanwise::memory_span const& of) {
  std::string text;
  for (auto const& each : of.events()) text += (text.empty() ? "" : ", ") + std::string{each.name()};
  return text;
}

} // namespace

namespace values {

/// Adds to whatever is current as it is asked for its text.
struct chatty {};
std::string spanwise_value(chatty) {
  spanwise::current_span().set("inner", 1);
  spanwise::current_span().event("asked");
  return "text";
}

/// The same many times, so that the memory of the span moves.
struct flood {};
std::string spanwise_value(flood) {
  for (int i = 0; i < 100; ++i)
    spanwise::current_span().set(spanwise::any_key("k" + std::to_string(i)), std::string(40, 'x'));
  return "text";
}

/// Ends the span.
struct ends {
  spanwise::span* span;
};
std::string spanwise_value(ends const& which) {
  which.span->end();
  return "never seen";
}
struct ends_detached {
  spanwise::detached_span* span;
};
std::string spanwise_value(ends_detached const& which) {
  which.span->end();
  return "never seen";
}

/// Waits until another thread has added to the span.
struct waits {
  spanwise::detached_span* span;
};
std::string spanwise_value(waits const& which) {
  std::thread{[&] { which.span->set("other", 1); }}.join();
  return "waited";
}

/// Makes a span of its own.
struct makes {};
std::string spanwise_value(makes) {
  spanwise::span const inner{"inner", {"depth", 2}};
  return "made";
}

} // namespace values

TEST_CASE("a value that adds to the span it is set on: both are there, whole") {
  recorded traced;
  {
    spanwise::span work{"work"};
    work.set("a", 1);
    work.set("k", values::chatty{});
    work.set("z", 9);
  }
  CHECK(traced.attributes() == "{a: 1, inner: 1, k: \"text\", z: 9}");
  CHECK(events(traced.only()) == "asked");
}

TEST_CASE("the same of a detached span, which waited for itself", "[threads]") {
  recorded traced;
  {
    spanwise::detached_span work{"work", {"first", values::chatty{}}};
    auto const active = work.activate();
    work.set("k", values::chatty{});
    spanwise::current_span().set({"m", values::chatty{}}, {"n", 2}, {"o", values::chatty{}}, {"p", "end"});
    work.event("one", {"e", values::chatty{}}, {"f", 1});
    work.link(work.context().span(), {"l", values::chatty{}});
    work.record_exception(std::runtime_error{"bad"}, {"x", values::chatty{}});
  }
  CHECK(traced.attributes() == "{first: \"text\", inner: 1, k: \"text\", m: \"text\", n: 2, o: \"text\", p: \"end\"}");
  CHECK(events(traced.only()) == "asked, asked, asked, asked, one, asked, asked, exception");
  for (auto const& each : traced.only().events())
    if (each.name() == "one") CHECK(shown(each.attributes()) == "{e: \"text\", f: 1}");
  for (auto const& each : traced.only().links()) CHECK(shown(each.attributes()) == "{l: \"text\"}");
}

TEST_CASE("no lock is held while a value's code runs: it may wait for a thread that sets something", "[threads]") {
  recorded traced;
  {
    spanwise::detached_span work{"work"};
    work.set("k", values::waits{&work});
    work.event("e", {"in.event", values::waits{&work}});
  }
  CHECK(traced.attributes() == "{other: 1, k: \"waited\"}");
}

TEST_CASE("a value that ends the span it is set on is left out, and the record is whole") {
  recorded traced;
  {
    spanwise::span one{"one"};
    one.set("a", 1);
    one.set("k", values::ends{&one});
    one.set("late", 1);
  }
  {
    spanwise::span two{"two"};
    two.event("e", {"k", values::ends{&two}});
  }
  {
    spanwise::span three{"three"};
    three.link(three.context().span(), {"k", values::ends{&three}});
  }
  {
    spanwise::detached_span four{"four", {"a", 1}};
    four.set({"k", values::ends_detached{&four}}, {"late", 1});
    CHECK_FALSE(four.recording());
  }
  {
    spanwise::detached_span five{"five"};
    five.event("e", {"k", values::ends_detached{&five}});
  }
  traced.settle();
  CHECK(shown(traced["one"].attributes()) == "{a: 1}");
  CHECK(events(traced["two"]).empty());
  CHECK(shown(traced["four"].attributes()) == "{a: 1}");
  CHECK(events(traced["five"]).empty());
  int links = 0;
  for ([[maybe_unused]] auto const& each : traced["three"].links()) ++links;
  CHECK(links == 0);
}

TEST_CASE("a value that ends the span while that begins: attribute, link, and attribute of a sampler") {
  struct asks {
    spanwise::sampling_result should_sample(spanwise::sampling_parameters const&) const {
      return {spanwise::sampling_decision::record_and_sample};
    }
    spanwise::sampler_description description() const { return "Asks"; }
  };
  bool const asked = GENERATE(false, true);
  spanwise::options chosen{};
  if (asked) chosen.sampler = asks{};
  recorded traced{std::move(chosen)};
  spanwise::context const elsewhere{
      spanwise::span_context{*spanwise::trace_id::from_hex("3f9a1c5be27d4d0b8c6e0a47d15f2b93"),
                             *spanwise::span_id::from_hex("5ad3e7f1096b2c48")}};
  {
    alignas(spanwise::span) unsigned char place[sizeof(spanwise::span)];
    auto* const at = reinterpret_cast<spanwise::span*>(place);
    new (place) spanwise::span{"one", {"a", 1}, {"k", values::ends{at}}, {"late", 1}};
    CHECK_FALSE(at->recording());
    at->~basic_span();
    new (place) spanwise::span{"two", {.links = {{elsewhere.span(), {{"k", values::ends{at}}}}}}, {"late", 1}};
    CHECK_FALSE(at->recording());
    at->~basic_span();
  }
  CHECK_FALSE(spanwise::current_context().span().valid());
  traced.settle();
  CHECK(traced.counts().in_flight == 0);
  if (asked) return; // what nobody decided on is not sent
  CHECK(shown(traced["one"].attributes()) == "{a: 1}");
  CHECK(shown(traced["two"].attributes()) == "{}");
}

TEST_CASE("a value that moves the memory of its span, from within, and one that makes spans") {
  recorded traced;
  {
    spanwise::span outer{"outer", {"made", values::makes{}}};
    outer.set("k", values::flood{});
    outer.event("e", {"made", values::makes{}}, {"k", values::flood{}});
  }
  traced.settle();
  CHECK(traced["outer"].attribute("k").as_string() == "text");
  CHECK(traced["outer"].attribute("k99").as_string().size() == 40);
  int inner = 0;
  for (auto const& each : traced.spans()) inner += each.name() == "inner" ? 1 : 0;
  CHECK(inner == 2);
}

TEST_CASE("a value that is larger than what is left is cut, and counted") {
  recorded traced{{.limits = {.max_span_bytes = 4096}}};
  {
    spanwise::span one{"one"};
    one.set("list", std::vector<int>(10000, 7));
    one.set("after", 1);
  }
  {
    spanwise::detached_span two{"two"};
    two.set("list", std::vector<int>(10000, 7));
    two.set("after", 1);
  }
  traced.settle();
  for (char const* name : {"one", "two"}) {
    int kept = 0;
    for (auto const& each : traced[name].attribute("list").elements()) kept += each.as_int() == 7 ? 1 : 0;
    CHECK(kept > 500);
    CHECK(kept < 1000);
    CHECK(traced[name].attribute("after").as_int() == 1);
    CHECK(traced[name].dropped_attributes() == 1);
  }
}

TEST_CASE("a sampler that sets something on the span it is asked about sets nothing, and sees what it was shown") {
  struct meddles {
    spanwise::sampling_result should_sample(spanwise::sampling_parameters const& asked) const {
      for (int i = 0; i < 200; ++i)
        spanwise::current_span().set(spanwise::any_key("k" + std::to_string(i)), "some more text");
      CHECK(asked.name == "work");
      CHECK(shown(asked.attributes) == "{a: 1}");
      return {spanwise::sampling_decision::record_and_sample};
    }
    spanwise::sampler_description description() const { return "Meddles"; }
  };
  recorded traced{{.sampler = meddles{}}};
  { spanwise::span const work{"work", {"a", 1}}; }
  CHECK(traced.attributes() == "{a: 1}");
}
