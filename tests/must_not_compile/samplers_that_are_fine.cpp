// compiles
#include <spanwise/spanwise.hpp>

using namespace spanwise;

any_sampler a() { return parent_based{rule_based{rule{name_is{"/checkout"}, trace_id_ratio{0.05}}, trace_id_ratio{0.1}}}; }
any_sampler b() { return composite_sampler{parent_threshold{annotating{probability{0.1}, {{"rule", "a"}, {"n", 1}}}}}; }
any_sampler c() { return always_record{rate_limiting{10, 100}}; }
any_sampler d() {
  return composite_sampler{rule_based{rule{kind_is{span_kind::server}, [](starting_span const&) { return true; }, rate_limiting{5}},
                                      rule{attribute_is{"a", 1}, has_attribute{"b"}, adjustable_ratio{0.5}}, always_off{}}};
}
any_sampler e() { return rule_based{rule{always_on{}}}; }
