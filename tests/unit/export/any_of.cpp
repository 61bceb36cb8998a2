#include <spanwise/export/any_of.hpp>

#include "catch.hpp"
#include "diagnostics_log.hpp"
#include "export_fixture.hpp"

#include <stdexcept>

using namespace std::chrono_literals;
using spanwise::any_of;
using spanwise::deadline;
using spanwise::environment;
using spanwise::export_result;
using spanwise::exporter_setup;
using spanwise::span_batch;

namespace {

/// What the running exporters of a test have done, in one text.
std::string trail;

template <int Number> struct named {
  std::string_view result = "exported";
};

struct json : named<1> {
  static constexpr std::string_view exporter_name = "otlp";
  static constexpr std::string_view protocol = "http/json";
};
struct protobuf : named<2> {
  static constexpr std::string_view exporter_name = "otlp";
  static constexpr std::string_view protocol = "http/protobuf";
};
struct screen : named<3> {
  static constexpr std::string_view exporter_name = "console";
};
struct broken : named<4> {
  static constexpr std::string_view exporter_name = "broken";
};

template <class Description> struct traced_sender {
  traced_sender(Description const& given, exporter_setup const&) : result{given.result} { trail += "+" + name(); }
  traced_sender(traced_sender const&) = delete;
  traced_sender& operator=(traced_sender const&) = delete;
  export_result export_spans(span_batch const& batch, deadline) {
    trail += " " + name();
    if (result == "thrown") throw std::runtime_error{"broken"};
    std::uint64_t const size = batch.records.size();
    return result == "exported" ? export_result{.exported = size} : export_result{.exported = 1, .rejected = size - 1};
  }
  bool flush(deadline) {
    trail += " flush-" + name();
    return result == "exported";
  }
  void shutdown(deadline) { trail += " end-" + name(); }
  void cancel() noexcept { trail += " cancel-" + name(); }
  [[nodiscard]] bool usable() const noexcept { return result != "unusable"; }
  static std::string name() {
    if constexpr (requires { Description::protocol; }) return std::string{Description::protocol};
    else return std::string{Description::exporter_name};
  }
  std::string_view result;
};

/// An exporter of a user's own, with no description.
struct own_exporter {
  static constexpr std::string_view exporter_name = "own";
  export_result export_spans(span_batch const& batch, deadline) noexcept {
    trail += " own";
    return {.exported = batch.records.size()};
  }
};

} // namespace

namespace spanwise::inline SPANWISE_ABI {
template <class Client> struct sender<json, Client> : traced_sender<json> {
  using traced_sender::traced_sender;
};
template <class Client> struct sender<protobuf, Client> : traced_sender<protobuf> {
  using traced_sender::traced_sender;
};
template <class Client> struct sender<screen, Client> : traced_sender<screen> {
  using traced_sender::traced_sender;
};
template <class Client> struct sender<broken, Client> : traced_sender<broken> {
  using traced_sender::traced_sender;
};
} // namespace spanwise::inline SPANWISE_ABI

namespace {

template <class... Choices> export_result send(environment const& env, Choices... choices) {
  trail.clear();
  spanwise::sender<any_of<Choices...>> out{any_of{choices...}, {env}};
  static_assert(spanwise::exporter<decltype(out)>);
  return out.export_spans(sample_spans{3}, in(1s));
}

/// Which of three exporters run.
std::string chosen(environment const& env) {
  CHECK(send(env, json{}, protobuf{}, screen{}).total() == 3);
  return trail.substr(std::min(trail.size(), trail.find(' ')));
}

} // namespace

TEST_CASE("with nothing set, otlp is chosen, as http/protobuf if there is that") {
  diagnostics_log log;
  CHECK(chosen({}) == " http/protobuf");
  CHECK(chosen({{"OTEL_TRACES_EXPORTER", "otlp"}}) == " http/protobuf");
  CHECK(send({}, screen{}, json{}) == export_result{.exported = 3});
  CHECK(trail == "+http/json http/json");
  send({}, screen{}, own_exporter{});
  CHECK(trail == "+console console");
  CHECK(log.lines().empty());
}

TEST_CASE("the environment chooses by name and protocol, and the rest is never set up") {
  diagnostics_log log;
  CHECK(chosen({{"OTEL_TRACES_EXPORTER", "Console"}}) == " console");
  CHECK(trail == "+console console");
  CHECK(chosen({{"OTEL_EXPORTER_OTLP_PROTOCOL", "http/json"}}) == " http/json");
  CHECK(chosen({{"OTEL_EXPORTER_OTLP_PROTOCOL", "http/json"},
                {"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/protobuf"}}) == " http/protobuf");
  CHECK(chosen({{"OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"}}) == " http/protobuf");
  send({{"OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"}}, json{}, screen{});
  CHECK(trail == "+http/json http/json");
  CHECK(chosen({{"OTEL_TRACES_EXPORTER", "console, otlp ,console"}}) == " http/protobuf console");
  send({{"OTEL_TRACES_EXPORTER", "own"}}, json{}, own_exporter{});
  CHECK(trail == " own");
  CHECK(log.lines().empty());
}

TEST_CASE("what is chosen can be asked beforehand, in the order of the variable") {
  diagnostics_log log;
  any_of const all{json{}, protobuf{}, screen{}};
  using names = std::vector<std::string_view>;
  CHECK(spanwise::chosen_exporters(all, environment{}) == names{"otlp"});
  CHECK(spanwise::chosen_exporters(all, {{"OTEL_TRACES_EXPORTER", "Console,otlp,console"}}) == names{"console", "otlp"});
  CHECK(spanwise::chosen_exporters(all, {{"OTEL_TRACES_EXPORTER", "none"}}).empty());
  CHECK(log.lines().empty());
}

TEST_CASE("a protocol for traces replaces the general one, also where it makes no sense") {
  diagnostics_log log;
  CHECK(chosen({{"OTEL_EXPORTER_OTLP_PROTOCOL", "http/json"}, {"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "smtp"}}) ==
        " http/protobuf");
  CHECK(log.lines().size() == 1);
}

TEST_CASE("none means that spans go nowhere") {
  diagnostics_log log;
  CHECK(send({{"OTEL_TRACES_EXPORTER", "none"}}, json{}, screen{}) == export_result{.filtered = 3});
  CHECK(trail.empty());
  environment const env{{"OTEL_TRACES_EXPORTER", "none"}};
  spanwise::sender<any_of<json>> out{any_of{json{}}, {env}};
  CHECK(out.usable());
  CHECK(out.flush(in(1s)));
  out.cancel();
  out.shutdown(in(1s));
  CHECK(log.lines().empty());
  CHECK(chosen({{"OTEL_TRACES_EXPORTER", "none,console"}}) == " console");
  CHECK(log.lines() ==
        std::vector<std::string>{"OTEL_TRACES_EXPORTER names none beside other exporters; the others are used"});
}

TEST_CASE("a name that was not built in is told, and the others or the default count") {
  {
    diagnostics_log log;
    CHECK(chosen({{"OTEL_TRACES_EXPORTER", "zipkin,console"}}) == " console");
    CHECK(log.lines() == std::vector<std::string>{
                             "OTEL_TRACES_EXPORTER asks for zipkin, which this program was not built with (it has "
                             "otlp, console, none); it is ignored"});
  }
  diagnostics_log log;
  CHECK(chosen({{"OTEL_TRACES_EXPORTER", "zipkin"}}) == " http/protobuf");
  CHECK(log.lines().size() == 1);
}

TEST_CASE("several exporters run in turn, and the result is that of the worst") {
  environment const env{{"OTEL_TRACES_EXPORTER", "otlp,console,broken"}};
  CHECK(send(env, json{}, screen{{"rejected"}}) == export_result{.exported = 1, .rejected = 2});
  CHECK(send(env, json{}, broken{{"thrown"}}, screen{{"rejected"}}) == export_result{.failed = 3});
  CHECK(trail == "+http/json+broken+console http/json broken console");
  trail.clear();
  spanwise::sender<any_of<json, screen, broken>> out{any_of{json{}, screen{{"rejected"}}, broken{{"unusable"}}}, {env}};
  CHECK_FALSE(out.flush(in(1s)));
  out.cancel();
  out.shutdown(in(1s));
  CHECK(trail == "+http/json+console+broken flush-http/json flush-console flush-broken cancel-http/json cancel-console "
                 "cancel-broken end-http/json end-console end-broken");
  CHECK(out.usable());
  environment const only_broken{{"OTEL_TRACES_EXPORTER", "broken"}};
  spanwise::sender<any_of<json, broken>> unusable{any_of{json{}, broken{{"unusable"}}}, {only_broken}};
  CHECK_FALSE(unusable.usable());
}
