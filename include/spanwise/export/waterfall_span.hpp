// A span as a person sees it, with its attributes as text: what a waterfall is drawn from.
// Whoever has spans in another form, of this process or of others, fills these in.
#pragma once

#include <spanwise/core/ids.hpp>
#include <spanwise/core/kind.hpp>
#include <spanwise/core/time.hpp>

#include <string>
#include <vector>

namespace spanwise::inline SPANWISE_ABI {

struct waterfall_attribute {
  std::string key{};
  std::string value{};
};

struct waterfall_event {
  std::string name{};
  time_point time{};
  std::vector<waterfall_attribute> attributes{};
};

struct waterfall_link {
  spanwise::trace_id trace_id{};
  spanwise::span_id span_id{};
};

/// Where the parent of a span is looked for, which says what its absence from a drawing means.
enum class parent_place : std::uint8_t {
  here,               ///< among the spans drawn: its absence is told as odd
  in_another_process, ///< the span serves a call from elsewhere
  not_ended,          ///< still running, as far as one knows
  drawn_before
};

/// A span as it is drawn. All text may come from strangers: it is made safe to print.
struct waterfall_span {
  spanwise::trace_id trace_id{};
  spanwise::span_id span_id{};
  spanwise::span_id parent_id{}; ///< not valid() for a root
  parent_place parent_is{};
  std::string service{};
  std::string name{};
  span_kind kind{};
  time_point start{};
  time_point end{};
  status_code status{};
  std::string message{}; ///< of the status
  std::vector<waterfall_attribute> attributes{};
  std::vector<waterfall_event> events{};
  std::vector<waterfall_link> links{};
  std::vector<std::string> notes{}; ///< anything else worth a word, such as "3 attributes dropped"
};

} // namespace spanwise::inline SPANWISE_ABI
