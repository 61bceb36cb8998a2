#include <spanwise/trace/span_processor.hpp>

#include "diagnostics_log.hpp"
#include "recorded.hpp"

#include <atomic>
#include <stdexcept>
#include <thread>

using testing::recorded;

namespace {

spanwise::context_key<std::string> tenant{"tenant"};

/// Notes what it is told, in order.
struct scribe {
  std::string name;
  std::shared_ptr<std::vector<std::string>> lines = std::make_shared<std::vector<std::string>>();
  void note(std::string_view what, std::string_view span) const {
    lines->push_back(name + " " + std::string{what} + " " + std::string{span});
  }
  void on_start(spanwise::started_span& span, spanwise::context const&) { note("start", span.view().name()); }
  void on_ending(spanwise::started_span& span) { note("ending", span.view().name()); }
  void on_end(spanwise::finished_span const& span) { note("end", span.name()); }
  bool flush(spanwise::deadline) {
    lines->push_back(name + " flush");
    return true;
  }
  void shutdown(spanwise::deadline) { lines->push_back(name + " shutdown"); }
};

struct from_context {
  void on_start(spanwise::started_span& span, spanwise::context const& parent) {
    if (std::string const* const who = parent.get(tenant)) span.set("tenant", *who);
  }
};

using lines = std::vector<std::string>;

} // namespace

TEST_CASE("processors see each recorded span start, end and gone, in their order, all endings before any end") {
  auto const told = std::make_shared<lines>();
  {
    recorded traced{{.processors = {scribe{"a", told}, scribe{"b", told}}}};
    spanwise::span const outer{"outer"};
    spanwise::span const inner{"inner"};
  }
  CHECK(*told == lines{"a start outer", "b start outer", "a start inner", "b start inner", "a ending inner",
                       "b ending inner", "a end inner", "b end inner", "a ending outer", "b ending outer", "a end outer",
                       "b end outer", "a flush", "b flush", "a shutdown", "b shutdown"});
}

TEST_CASE("a processor writes from the context into the span when it starts, which sees the first attributes") {
  recorded traced{{.processors = {from_context{}}}};
  auto const entered = spanwise::attach(spanwise::current_context().with(tenant, std::string{"acme"}));
  { spanwise::span const order{"order", {"order.id", 7}}; }
  { spanwise::detached_span const later{"later"}; }
  traced.settle();
  CHECK(testing::shown(traced["order"].attributes()) == "{order.id: 7, tenant: \"acme\"}");
  CHECK(testing::shown(traced["later"].attributes()) == "{tenant: \"acme\"}");
}

TEST_CASE("a processor may change all but the end while a span is ending; the owner may not any more") {
  struct late {
    spanwise::span** owner;
    void on_ending(spanwise::started_span& span) {
      span.set("late", true);
      span.update_name("renamed");
      span.event("closing");
      span.error("too late");
      if (*owner != nullptr) (*owner)->set("by.owner", 1);
    }
    void on_end(spanwise::finished_span const& ended) {
      CHECK(ended.name() == "renamed");
      CHECK(ended.status() == spanwise::status_code::error);
      CHECK(ended.end().unix_ns == 2000);
      CHECK(ended.attribute("late").as_bool());
    }
  };
  spanwise::span* owner = nullptr;
  recorded traced{{.processors = {late{&owner}}}};
  {
    spanwise::span work{"work", {.start = spanwise::time_point{1000}}};
    owner = &work;
    work.end(spanwise::time_point{2000});
  }
  CHECK(traced.only().name() == "renamed");
  CHECK(traced.only().end().unix_ns == 2000);
  CHECK(traced.attributes() == "{late: true}");
  int events = 0;
  for ([[maybe_unused]] auto const& each : traced.only().events()) ++events;
  CHECK(events == 1);
}

TEST_CASE("what has ended is whole for a processor: scope, resource, ids, counts of what was dropped, last values") {
  struct looker {
    int* seen;
    void on_end(spanwise::finished_span const& ended) {
      ++*seen;
      CHECK(ended.scope().name == "acme.orders");
      CHECK(ended.resource().text("service.name") == "test");
      CHECK(ended.parent_span_id().valid());
      CHECK(ended.trace_state() == "acme=1");
      CHECK((ended.flags() & spanwise::span_view::remote) != 0);
      CHECK(ended.dropped_attributes() == 1);
      CHECK(ended.attribute("a").as_int() == 2);
      std::size_t attributes = 0;
      for (auto const& each : ended.attributes()) attributes += each.key.empty() ? 0 : 1;
      CHECK(attributes == 2);
    }
  };
  int seen = 0;
  recorded traced{{.limits = {.attribute_count = 2}, .processors = {looker{&seen}}}};
  spanwise::tracer const tracer{"acme.orders"};
  spanwise::context const parent{spanwise::span_context{*spanwise::trace_id::from_hex("3f9a1c5be27d4d0b8c6e0a47d15f2b93"),
                                                        *spanwise::span_id::from_hex("5ad3e7f1096b2c48"),
                                                        {spanwise::trace_flags::sampled_bit},
                                                        *spanwise::trace_state::parse("acme=1"),
                                                        true}};
  {
    auto span = tracer.span("x", {.parent = parent});
    span.set("a", 1);
    span.set("a", 2);
    span.set("b", 1);
    span.set("c", 1);
  }
  CHECK(seen == 1);
}

TEST_CASE("processors see spans that are recorded only, and none that the sampler leaves out") {
  struct by_name {
    spanwise::sampling_result should_sample(spanwise::sampling_parameters const& asked) const {
      return {asked.name == "only"   ? spanwise::sampling_decision::record_only
              : asked.name == "sent" ? spanwise::sampling_decision::record_and_sample
                                     : spanwise::sampling_decision::drop};
    }
    spanwise::sampler_description description() const { return "ByName"; }
  };
  auto const told = std::make_shared<lines>();
  recorded traced{{.sampler = by_name{}, .processors = {scribe{"p", told}}}};
  { spanwise::span const only{"only"}; }
  { spanwise::span const none{"none"}; }
  { spanwise::span const sent{"sent"}; }
  CHECK(traced.size() == 1);
  CHECK(*told == lines{"p start only", "p ending only", "p end only", "p start sent", "p ending sent", "p end sent"});
}

TEST_CASE("a processor that throws is told of once, and the next ones are called") {
  struct thrower {
    void on_start(spanwise::started_span&, spanwise::context const&) { throw std::runtime_error{"no"}; }
    void on_end(spanwise::finished_span const&) { throw 1; }
  };
  diagnostics_log log;
  auto const told = std::make_shared<lines>();
  {
    recorded traced{{.processors = {thrower{}, scribe{"p", told}}}};
    spanwise::span const one{"one"};
  }
  CHECK(*told == lines{"p start one", "p ending one", "p end one", "p flush", "p shutdown"});
  CHECK(log.lines() == lines{"a span processor threw an exception; the others go on"});
}

TEST_CASE("spans and pipelines that a processor uses do not lead back into it") {
  struct busy {
    spanwise::detached_span* other;
    int* calls;
    void on_start(spanwise::started_span&, spanwise::context const&) {
      ++*calls;
      spanwise::span const inner{"inside a processor"};
      CHECK_FALSE(inner.recording());
    }
    void on_end(spanwise::finished_span const& ended) {
      std::string const before{ended.name()};
      other->end(); // ends a span of the same pipeline on the same thread
      CHECK(ended.name() == before);
    }
  };
  int calls = 0;
  spanwise::detached_span other{"not yet"};
  recorded traced{{.processors = {busy{&other, &calls}}}};
  other = spanwise::detached_span{"other"};
  { spanwise::span const work{"work"}; }
  traced.settle();
  CHECK(calls == 2);
  CHECK(traced.size() == 2);
}

TEST_CASE("spans whose tape moves to the heap while they end keep their identity", "[threads]") {
  struct stuffer {
    void on_ending(spanwise::started_span& span) {
      spanwise::context const before = span.context();
      span.set("large", std::string(5000, 'x'));
      CHECK(span.context().span() == before.span());
    }
  };
  recorded traced{{.processors = {stuffer{}}}};
  spanwise::detached_span job{"job"};
  auto const own = job.context();
  std::atomic<bool> over{false};
  std::atomic<int> others{0};
  std::thread reader{[&] {
    while (!over)
      if (job.context().span() != own.span()) ++others;
  }};
  job.end();
  over = true;
  reader.join();
  CHECK(others == 0);
  traced.settle();
  CHECK(traced.only().attribute("large").as_string().size() == 5000);
}

TEST_CASE("a pipeline that stops waits for the processor that a thread is in", "[threads]") {
  struct slow {
    std::atomic<int>* stage;
    std::shared_ptr<int> alive = std::make_shared<int>(1);
    void on_start(spanwise::started_span& span, spanwise::context const&) {
      *stage = 1;
      while (*stage == 1) std::this_thread::yield();
      std::this_thread::sleep_for(std::chrono::milliseconds{20});
      if (*alive != 1) *stage = -1;
      span.set("done", true);
      if (*stage == 2) *stage = 3;
    }
  };
  std::atomic<int> stage{0};
  spanwise::memory_sink const sink;
  auto tracing = spanwise::start("test", spanwise::batch{spanwise::memory{sink}}, {.processors = {slow{&stage}}});
  std::thread worker{[] { spanwise::span const work{"work"}; }};
  while (stage != 1) std::this_thread::yield();
  stage = 2;
  static_cast<void>(tracing.shutdown(std::chrono::seconds{10}));
  CHECK(stage == 3);
  worker.join();
}

TEST_CASE("without processors, and with an empty list, spans go the short way") {
  recorded const traced{{.processors = {}}};
  auto const* const core = spanwise::detail::default_provider.load(spanwise::detail::acquire);
  CHECK(core->hooks.load(spanwise::detail::acquire) == nullptr);
  CHECK(core->quick[0].load(spanwise::detail::relaxed) == spanwise::detail::quick_decision::record_and_sample);
}

TEST_CASE("a processor sees each key once, with its last value, whenever it looks") {
  static std::string seen;
  struct looks {
    void on_start(spanwise::started_span& span, spanwise::context const&) {
      seen += testing::shown(span.view().attributes());
      span.set("tier", "silver");
      seen += testing::shown(span.view().attributes());
    }
    void on_ending(spanwise::started_span& span) { seen += testing::shown(span.view().attributes()); }
    void on_end(spanwise::finished_span const& span) { seen += testing::shown(span.attributes()); }
  };
  recorded traced{{.processors = {looks{}}}};
  {
    spanwise::span span{"x", {"tier", "free"}, {"tier", "gold"}};
    span.set("n", 1);
    span.set("tier", "late");
  }
  CHECK(seen == "{tier: \"gold\"}{tier: \"silver\"}{n: 1, tier: \"late\"}{n: 1, tier: \"late\"}");
}

TEST_CASE("the end that a processor sees is what is sent: maps have each key once, and all text is valid") {
  static std::string seen;
  struct looks {
    void on_end(spanwise::finished_span const& span) {
      seen = std::string{span.name()} + " " + testing::shown(span.attributes());
    }
  };
  recorded traced{{.processors = {looks{}}}};
  {
    spanwise::span span{"x\xff", {"map", {{"a", 1}, {"b", 2}, {"a", 3}}}};
    span.set("text", "\xff");
  }
  auto const sent = traced.only();
  CHECK(seen == "x\xEF\xBF\xBD {map: {a: 3, b: 2}, text: \"\xEF\xBF\xBD\"}");
  CHECK(seen == std::string{sent.name()} + " " + testing::shown(sent.attributes()));
}
