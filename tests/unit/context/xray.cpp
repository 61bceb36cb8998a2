// What the vectors of X-Ray's format (vectors.cpp) leave open.
#include <spanwise/context/xray.hpp>

#include "catch.hpp"

#include <map>
#include <string>

using namespace spanwise;

namespace {

using headers = std::map<std::string, std::string>;

std::string const trace_root = "Root=1-9e2b74c1-0d5f4a36b8e1f7035cda6924";
std::string const parent = "Parent=c47f20a9be8d1356";

span_context read(std::string const& value) {
  return extract(headers{{"x-amzn-trace-id", value}}, xray{}).span();
}

} // namespace

TEST_CASE("X-Ray: the field is the header that is written") {
  STATIC_REQUIRE(xray::name == "xray");
  STATIC_REQUIRE(xray::fields().size() == 1);
  CHECK(xray::fields()[0] == "X-Amzn-Trace-Id");
}

TEST_CASE("X-Ray: sampled or not, what was read is written the same") {
  for (char const* const sampled : {"0", "1"}) {
    std::string const value = trace_root + ";" + parent + ";Sampled=" + sampled;
    headers to;
    inject(extract(headers{{"X-Amzn-Trace-Id", value}}, xray{}), to, xray{});
    CHECK(to == headers{{"X-Amzn-Trace-Id", value}});
  }
  headers none;
  inject(context{}, none, xray{});
  CHECK(none.empty());
}

TEST_CASE("X-Ray: blanks around items, empty items and those of others are passed over") {
  CHECK(read(" ;\t" + trace_root + " ; " + parent + ";;Sampled=1 ; Lineage=a:1|b:2;x").sampled());
  CHECK(!read(trace_root + ";" + parent + ";Sampled= 1").sampled());
  CHECK(!read(trace_root + ";" + parent + ";sampled=1").sampled());
  CHECK(read(trace_root + ";" + parent + ";sampled=1").valid());
  CHECK(!read("root=1-9e2b74c1-0d5f4a36b8e1f7035cda6924;" + parent).valid());
  CHECK(!read(trace_root + ";Parent = c47f20a9be8d1356").valid());
}

TEST_CASE("X-Ray: what is malformed leaves the context as it was") {
  context const before = extract(headers{{"X-Amzn-Trace-Id", trace_root + ";" + parent}}, xray{});
  for (std::string const& value : {std::string{}, parent, trace_root, trace_root + "0;" + parent, trace_root + ";" + parent + "0",
                                   "Root=1-9E2B74C1-0d5f4a36b8e1f7035cda6924;" + parent,
                                   trace_root + ";Parent=0000000000000000", std::string(1 << 20, ';')})
    CHECK(xray{}.extract(headers{{"X-Amzn-Trace-Id", value}}, before).span() == before.span());
}
