// Headers of a message as fuzzers make them: each line of the input is `name:value`. And what holds for every format
// of propagation, whatever the headers are.
#pragma once

#include <spanwise/context/propagator.hpp>

#include "fuzz.hpp"

#include <utility>
#include <vector>

namespace fuzz {

using headers = std::vector<std::pair<std::string, std::string>>;

/// Takes lines while they hold a colon.
inline headers read_headers(input& from) {
  headers result;
  while (!from.empty() && result.size() < 64) {
    std::string_view const line = from.line();
    std::size_t const colon = line.find(':');
    if (colon == line.npos) break;
    result.emplace_back(line.substr(0, colon), line.substr(colon + 1));
  }
  return result;
}

/// A context that no header names, to see what extract() leaves of it.
inline spanwise::context base() {
  return spanwise::context{
      spanwise::span_context{*spanwise::trace_id::from_hex("ba5eba5eba5eba5eba5eba5eba5eba5e"),
                             *spanwise::span_id::from_hex("ba5eba5eba5eba5e"), spanwise::trace_flags{1},
                             spanwise::trace_state::parse("base=1").value_or(spanwise::trace_state{})},
      spanwise::baggage{}.set("base", "kept")};
}

inline bool same(spanwise::context const& left, spanwise::context const& right) {
  return left.span() == right.span() && left.baggage() == right.baggage();
}

/// What holds for all formats: contexts are valid or unchanged, headers are the format's own and can be sent.
template <class Format> spanwise::context check_format(headers const& given, Format const& format) {
  spanwise::context const from_nothing = format.extract(given, spanwise::context{});
  spanwise::context const over_base = format.extract(given, base());
  spanwise::span_context const& span = from_nothing.span();
  if (span.valid()) {
    require(span.remote(), "a span context that was extracted is remote");
    require(over_base.span() == span, "what is extracted does not depend on the context before");
  } else {
    require(span == spanwise::span_context{}, "without a valid span nothing of one is extracted");
    require(over_base.span() == base().span(), "without a valid span the context keeps its own");
  }
  if (from_nothing.baggage().empty())
    require(over_base.baggage() == base().baggage(), "without baggage the context keeps its own");
  require(same(format.extract(given, spanwise::context{}), from_nothing), "extracting twice gives the same");

  headers sent;
  format.inject(from_nothing, sent);
  for (auto const& [name, value] : sent) {
    bool const entry = name.starts_with("uberctx-"); // Jaeger's baggage, of which each entry has a header
    bool own = entry;
    for (std::string_view const field : Format::fields()) own = own || field == name;
    require(own, "a header that is injected is one of fields()", name);
    require((entry || !value.empty()) && value.size() <= 16448, "what is injected is not empty, and bounded", value);
    for (char const letter : value) // properties of baggage entries are passed on with the tabs that they came with
      require((static_cast<unsigned char>(letter) >= 0x20 && static_cast<unsigned char>(letter) < 0x7f) ||
                  (letter == '\t' && name == "baggage"), "what is injected is printable ASCII", value);
  }
  return from_nothing;
}

/// What `format` reads of what it wrote of `given`.
template <class Format> spanwise::context round_trip(spanwise::context const& given, Format const& format) {
  headers sent;
  format.inject(given, sent);
  return format.extract(sent, spanwise::context{});
}

} // namespace fuzz
