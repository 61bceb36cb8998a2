#include <spanwise/trace/parent_based.hpp>
#include <spanwise/trace/probability.hpp>
#include <spanwise/trace/sampler.hpp>
#include <spanwise/trace/tracer.hpp>

#include "recorded.hpp"
#include "sampling_fixture.hpp"

#include <memory>
#include <string>

using spanwise::always_off;
using spanwise::parent_based;
using spanwise::sampling_decision;
using spanwise::sampling_parameters;
using spanwise::sampling_result;
using testing::recorded;
using testing::sampled_by;

namespace {

spanwise::span_context parent_of(bool remote, bool sampled, std::string_view state = {}) {
  return {*spanwise::trace_id::from_hex("3f9a1c5be27d4d0b8c6e0a47d15f2b93"),
          *spanwise::span_id::from_hex("5ad3e7f1096b2c48"),
          {static_cast<std::uint8_t>(sampled ? 3 : 2)},
          *spanwise::trace_state::parse(state),
          remote};
}

/// Answers with what it was made with, and notes that it was asked.
struct noting {
  std::shared_ptr<std::string> notes;
  char letter;
  [[nodiscard]] sampling_result should_sample(sampling_parameters const&) const {
    notes->push_back(letter);
    return {sampling_decision::record_and_sample};
  }
  [[nodiscard]] spanwise::sampler_description description() const { return std::string(1, letter).c_str(); }
};

} // namespace

TEST_CASE("parent-based: each of the five situations has its sampler") {
  auto const notes = std::make_shared<std::string>();
  parent_based const five{noting{notes, 'r'}, noting{notes, 'S'}, noting{notes, 'U'}, noting{notes, 's'},
                          noting{notes, 'u'}};
  recorded trace{sampled_by(five)};
  { spanwise::span const span{"root"}; }
  { spanwise::span const span{"remote sampled", {.parent = spanwise::context{parent_of(true, true)}}}; }
  { spanwise::span const span{"remote unsampled", {.parent = spanwise::context{parent_of(true, false)}}}; }
  { spanwise::span const span{"local sampled", {.parent = spanwise::context{parent_of(false, true)}}}; }
  { spanwise::span const span{"local unsampled", {.parent = spanwise::context{parent_of(false, false)}}}; }
  { spanwise::span const span{"rooted", {.parent = spanwise::root}}; }
  CHECK(*notes == "rSUsur");
  CHECK(trace.size() == 6);
  CHECK(five.description().view() ==
        "ParentBased{root:r,remoteParentSampled:S,remoteParentNotSampled:U,localParentSampled:s,"
        "localParentNotSampled:u}");
}

TEST_CASE("parent-based by default follows the parent, and asks its root without one") {
  recorded trace{sampled_by(parent_based{always_off{}})};
  { spanwise::span const span{"root"}; }
  {
    spanwise::span const span{"remote", {.parent = spanwise::context{parent_of(true, true)}}};
    spanwise::span const child{"child"};
  }
  { spanwise::span const span{"remote unsampled", {.parent = spanwise::context{parent_of(true, false)}}}; }
  CHECK(trace.size() == 2);
  CHECK(trace.counts().sampled_out == 2);
  CHECK(trace["remote"].local_root());
}

TEST_CASE("a parent's threshold goes on as it is, whoever is asked for roots") {
  recorded trace{sampled_by(parent_based{spanwise::probability{1}})};
  {
    spanwise::span const span{"sampled",
                              {.parent = spanwise::context{parent_of(true, true, "a=1,ot=th:8;rv:ffffffffffffff")}}};
    spanwise::span const child{"child"};
  }
  {
    spanwise::span const span{"unsampled", {.parent = spanwise::context{parent_of(true, false, "a=1,ot=th:8")}}};
    CHECK(span.context().span().state().text() == "a=1,ot=th:8");
  }
  CHECK(trace["sampled"].trace_state() == "a=1,ot=th:8;rv:ffffffffffffff");
  CHECK(trace["child"].trace_state() == "a=1,ot=th:8;rv:ffffffffffffff");
}

TEST_CASE("the whole description has room") {
  CHECK(testing::described(parent_based{spanwise::trace_id_ratio{0.25}}) ==
        "ParentBased{root:TraceIdRatioBased{0.25},remoteParentSampled:AlwaysOnSampler,remoteParentNotSampled:"
        "AlwaysOffSampler,"
        "localParentSampled:AlwaysOnSampler,localParentNotSampled:AlwaysOffSampler}");
}
