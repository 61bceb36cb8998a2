#include <spanwise/context/jaeger.hpp>
#include <spanwise/context/xray.hpp>
#include <spanwise/export/console.hpp>
#include <spanwise/start.hpp>
#include <spanwise/start/chosen_propagators.hpp>

#include "catch.hpp"
#include "diagnostics_log.hpp"

#include <nlohmann/json.hpp>

#include <fstream>
#include <map>
#include <string>
#include <vector>

using namespace spanwise;
using json = nlohmann::json;

namespace {

using headers = std::map<std::string, std::string>;
using texts = std::vector<std::string>;
using all = propagators_from_environment<jaeger, xray>;

environment asking(std::string_view value) {
  return environment{{"OTEL_PROPAGATORS", value}};
}

std::string const trace = "9e2b74c10d5f4a36b8e1f7035cda6924";
std::string const caller = "c47f20a9be8d1356";

context sample() {
  return context{*read_traceparent("00-" + trace + "-" + caller + "-01"), baggage{}.set("k", "v")};
}

template <class Formats> texts fields(Formats const& formats) {
  return {formats.fields().begin(), formats.fields().end()};
}

/// The headers in the order in which they are written.
template <class Formats> texts written(Formats const& formats) {
  std::vector<std::pair<std::string, std::string>> to;
  inject(sample(), to, formats);
  texts names;
  for (auto const& [name, value] : to) names.push_back(name);
  return names;
}

/// A format of the program itself, which throws.
struct own_format {
  static constexpr std::string_view name = "own";
  static constexpr std::string_view names[] = {"x-own"};
  static constexpr std::span<std::string_view const> fields() { return names; }
  void inject(context const&, text_map_ref to) const { write_value(to, names[0], "1"); }
  context extract(text_map_ref, context) const { throw 1; }
};

struct unnamed_format : own_format {
  static constexpr int name = 1;
};

struct built_in_again {
  ~built_in_again() { reset_default_propagator(); }
};

} // namespace

static_assert(propagator<all> && propagator<propagators_from_environment<>>);
static_assert(detail::named_format<own_format> && !detail::named_format<unnamed_format>);
static_assert(!detail::named_format<propagators_from_environment<>>);

TEST_CASE("without the variable it is trace context and baggage") {
  diagnostics_log const log;
  for (char const* const value : {"", " ", ",", " , "}) {
    CHECK(all{asking(value)}.is_built_in());
    CHECK(fields(all{asking(value)}) == texts{"traceparent", "tracestate", "baggage"});
    CHECK(written(all{asking(value)}) == texts{"traceparent", "baggage"});
  }
  CHECK(all{environment{}}.is_built_in());
  CHECK(log.lines().empty());
}

TEST_CASE("the variable says which formats are used, and in which order") {
  diagnostics_log const log;
  CHECK(written(all{asking("baggage,tracecontext")}) == texts{"baggage", "traceparent"});
  CHECK(!all{asking("baggage,tracecontext")}.is_built_in());
  CHECK(all{asking("tracecontext,baggage")}.is_built_in());
  CHECK(written(all{asking("b3")}) == texts{"b3"});
  CHECK(written(all{asking(" B3Multi , jaeger,b3multi,,XRAY,jaeger")}) ==
        texts{"X-B3-TraceId", "X-B3-SpanId", "X-B3-Sampled", "uber-trace-id", "uberctx-k", "X-Amzn-Trace-Id"});
  CHECK(fields(all{asking("b3multi,jaeger")}) ==
        texts{"X-B3-TraceId", "X-B3-SpanId", "X-B3-Sampled", "X-B3-Flags", "uber-trace-id"});
  CHECK(log.lines().empty());
}

TEST_CASE("they read in that order too, and a later one overwrites what came before") {
  headers const from{{"b3", trace + "-" + caller + "-d"},
                     {"traceparent", "00-3f9a1c5be27d4d0b8c6e0a47d15f2b93-5ad3e7f1096b2c48-00"}};
  CHECK(extract(from, all{asking("tracecontext,b3")}).span().trace_id().hex() == trace);
  CHECK(sampling_state_of(extract(from, all{asking("tracecontext,b3")})) == sampling_state::debug);
  CHECK(extract(from, all{asking("b3,tracecontext")}).span().trace_id().hex() == "3f9a1c5be27d4d0b8c6e0a47d15f2b93");
  CHECK(sampling_state_of(extract(from, all{asking("b3,tracecontext")})) == sampling_state::denied);
  CHECK(extract(from, all{asking("xray,b3,jaeger")}).span().trace_id().hex() == trace);
  CHECK(!extract(from, all{asking("xray")}).span().valid());
}

TEST_CASE("none alone turns propagation off, beside others it is ignored and told") {
  {
    diagnostics_log const log;
    CHECK(written(all{asking("none")}).empty());
    CHECK(fields(all{asking("None,none")}).empty());
    CHECK(log.lines().empty());
  }
  diagnostics_log const log;
  CHECK(written(all{asking("none,b3")}) == texts{"b3"});
  CHECK(log.lines() ==
        texts{"OTEL_PROPAGATORS names \"none\" beside others; \"none\" is ignored: leave it out, or let it "
              "stand alone"});
}

TEST_CASE("what the program was not built with is told, with how to have it, and skipped") {
  {
    diagnostics_log const log;
    CHECK(written(propagators_from_environment<>{asking("jaeger,b3,ottrace")}) == texts{"b3"});
    CHECK(
        log.lines() ==
        texts{"OTEL_PROPAGATORS asks for jaeger, ottrace, but the program was built with tracecontext, baggage, b3, "
              "b3multi alone; the others are used. It can choose more if it is started with options such as "
              ".propagators = spanwise::propagators_from_environment<spanwise::jaeger>{} (of spanwise/jaeger.hpp; xray "
              "is in spanwise/xray.hpp)"});
  }
  {
    diagnostics_log const log;
    CHECK(all{asking("ottrace,\x1b[31m")}.is_built_in());
    REQUIRE(log.lines().size() == 1);
    CHECK(log.lines()[0].find(
              "asks for ottrace, ?[31m, but the program was built with tracecontext, baggage, b3, b3multi, "
              "jaeger, xray alone; tracecontext, baggage are used. ") != std::string::npos);
  }
  {
    std::string many;
    for (int i = 0; i < 1000; ++i) many += "format" + std::to_string(i) + ",";
    diagnostics_log const log;
    CHECK(written(all{asking(many + "b3")}) == texts{"b3"});
    REQUIRE(log.lines().size() == 1);
    CHECK(log.lines()[0].find(", format21, ..., but the program was built with") != std::string::npos);
  }
  diagnostics_log const log;
  CHECK(fields(all{asking("none,ottrace")}).empty());
  REQUIRE(log.lines().size() == 1);
  CHECK(log.lines()[0].find("alone; none is used. ") != std::string::npos);
}

TEST_CASE("formats of one's own can be chosen too; given twice they count once") {
  using formats = propagators_from_environment<own_format, trace_context, own_format, b3>;
  CHECK(written(formats{asking("own,b3")}) == texts{"x-own", "b3"});
  // What it throws stays inside, and the others do their part.
  headers const from{{"b3", trace + "-" + caller + "-1"}};
  CHECK(extract(from, formats{asking("b3,own")}).span().valid());
  CHECK(std::is_same_v<detail::formats_to_choose_from<own_format, trace_context, own_format, b3>,
                       detail::formats_to_choose_from<own_format>>);
}

TEST_CASE("without the variable nothing is installed, and what is built in stays as cheap") {
  built_in_again const after;
  detail::install_chosen_propagators(environment{});
  CHECK(detail::propagation.formats.load(detail::relaxed) == nullptr);
  detail::install_chosen_propagators(asking("tracecontext, baggage"));
  CHECK(detail::propagation.formats.load(detail::relaxed) == nullptr);
  set_default_propagator(propagators_from_environment<jaeger>{environment{}});
  CHECK(detail::propagation.formats.load(detail::relaxed) == nullptr);

  detail::install_chosen_propagators(asking("b3"));
  CHECK(detail::propagation.formats.load(detail::relaxed) != nullptr);
  CHECK(texts(default_propagator::fields().begin(), default_propagator::fields().end()) == texts{"b3"});
  headers to;
  inject(sample(), to);
  CHECK(to == headers{{"b3", trace + "-" + caller + "-1"}});
  CHECK(extract(to).span().trace_id().hex() == trace);
  detail::install_chosen_propagators(environment{});
  CHECK(texts(default_propagator::fields().begin(), default_propagator::fields().end()) == texts{"b3"});
  detail::install_chosen_propagators(asking("none"));
  CHECK(default_propagator::fields().empty());
}

TEST_CASE("a program says from what the variable chooses when it starts") {
  built_in_again const after;
  ::setenv("OTEL_PROPAGATORS", "jaeger", 1);
  auto const tracing = provider{"test", console{}, {.propagators = propagators_from_environment<jaeger>{}}};
  ::unsetenv("OTEL_PROPAGATORS");
  CHECK(texts(default_propagator::fields().begin(), default_propagator::fields().end()) == texts{"uber-trace-id"});
}

TEST_CASE("the vectors of OTEL_PROPAGATORS") {
  std::ifstream file{std::string{SPANWISE_TEST_VECTORS} + "/env.json"};
  REQUIRE(file);
  json const vectors = json::parse(file)["vectors"];
  std::size_t seen = 0;
  for (json const& vector : vectors) {
    if (vector["input"]["query"] != "propagators") continue;
    INFO(vector.dump());
    ++seen;
    key_values variables;
    for (auto const& [name, value] : vector["input"]["env"].items())
      variables.emplace_back(name, value.get<std::string>());
    diagnostics_log const log;
    texts wanted;
    for (json const& name : vector["expected"]["value"]) {
      if (name == "tracecontext") wanted.insert(wanted.end(), {"traceparent", "tracestate"});
      if (name == "baggage") wanted.emplace_back("baggage");
      if (name == "b3") wanted.emplace_back("b3");
      if (name == "b3multi") wanted.insert(wanted.end(), {"X-B3-TraceId", "X-B3-SpanId", "X-B3-Sampled", "X-B3-Flags"});
    }
    CHECK(fields(all{environment{variables}}) == wanted);
    CHECK(log.lines().size() == (vector["expected"]["warn"].get<bool>() ? 1U : 0U));
  }
  CHECK(seen == 8);
}
