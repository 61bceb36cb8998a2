// B3 in one header and in several, Jaeger's and X-Ray's: any headers are read or count as absent, and what is read is sent
// on unchanged. Names of environment variables for headers, too.
#include <spanwise/context/b3.hpp>
#include <spanwise/context/environment_carrier.hpp>
#include <spanwise/context/jaeger.hpp>
#include <spanwise/context/xray.hpp>

#include "headers.hpp"

namespace {

using fuzz::require;

template <class Format> spanwise::context check(fuzz::headers const& given, Format const& format, bool keeps_state) {
  spanwise::context const read = fuzz::check_format(given, format);
  if (!read.span().valid()) return read;
  require((read.span().flags().value & ~spanwise::trace_flags::sampled_bit) == 0, "these formats know one flag");
  require(read.span().state().empty(), "these formats carry no trace state");
  spanwise::context const again = fuzz::round_trip(read, format);
  require(again.span() == read.span(), "what was read is sent on unchanged");
  if (keeps_state) require(sampling_state_of(again) == sampling_state_of(read), "so is the sampling state");
  require((sampling_state_of(read) == spanwise::sampling_state::accepted || sampling_state_of(read) == spanwise::sampling_state::debug) ==
              read.span().sampled(), "the sampling state agrees with the flags");
  return read;
}

void check_entries(spanwise::context const& read) {
  std::size_t bytes = 0;
  for (spanwise::baggage::entry const& each : read.baggage()) {
    require(!each.key.empty() && each.metadata.empty(), "an entry has a name and no metadata", each.key);
    require(spanwise::detail::valid_utf8(each.value), "a value is UTF-8", each.value);
    bytes += each.key.size() + each.value.size();
  }
  require(read.baggage().size() <= 180 && bytes <= 8192, "baggage is bounded");
  spanwise::context const once = fuzz::round_trip(read, spanwise::jaeger{});
  for (spanwise::baggage::entry const& each : once.baggage())
    require(read.baggage().get(each.key) == each.value, "an entry arrives as it was", each.key);
  require(fuzz::round_trip(once, spanwise::jaeger{}).baggage() == once.baggage(), "what arrived is sent on unchanged");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  fuzz::diagnostics const diagnostics;
  fuzz::input from{data, size};
  fuzz::headers const given = fuzz::read_headers(from);
  spanwise::context const single = check(given, spanwise::b3{}, true);
  spanwise::context const multiple = check(given, spanwise::b3_multi{}, true);
  require(fuzz::same(single, multiple), "both forms of B3 read both forms");
  check_entries(check(given, spanwise::jaeger{}, false));
  static_cast<void>(check(given, spanwise::xray{}, false));

  // A sender of all formats at once, and what any of them reads of it.
  using all = spanwise::composite<spanwise::trace_context, spanwise::b3, spanwise::b3_multi, spanwise::jaeger, spanwise::xray>;
  spanwise::context const mixed = fuzz::check_format(given, all{});
  if (mixed.span().valid()) {
    spanwise::span_context const arrived = fuzz::round_trip(mixed, all{}).span();
    require(arrived.trace_id() == mixed.span().trace_id() && arrived.span_id() == mixed.span().span_id(), "all formats name the same span");
  }
  require(diagnostics.told() == 0, "malformed headers are no news");

  for (auto const& [name, value] : given) {
    spanwise::environment_name const variable{name};
    require(spanwise::environment_name::is_normal(variable.view()), "a variable has a name that is one", name);
    require(spanwise::environment_name{variable.view()}.view() == variable.view(), "a name of a variable stays as it is", name);
    require(variable.view().size() <= name.size() + 1, "it is hardly longer", name);
  }
  return 0;
}
