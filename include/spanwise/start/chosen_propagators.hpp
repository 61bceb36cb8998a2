// OTEL_PROPAGATORS: chooses, when the program starts, in which formats contexts travel, among those it was compiled
// with. These are the ones of the single header, and what propagators_from_environment is given besides.
#pragma once

#include <spanwise/context/propagator.hpp>
#include <spanwise/core/environment.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace spanwise::inline SPANWISE_ABI {

namespace detail {

SPANWISE_COLD void tell_unknown_formats(std::string_view unknown, std::span<std::string_view const> known, bool others,
                                        bool none) {
  std::string names;
  for (std::string_view const name : known) add_item(names, name);
  tell(severity::warning, "OTEL_PROPAGATORS",
       {"OTEL_PROPAGATORS asks for ", unknown, ", but the program was built with ", names, " alone; ",
        others ? std::string_view{"the others are used"}
        : none     ? std::string_view{"none is used"}
                   : std::string_view{"tracecontext, baggage are used"},
        ". It can choose more if it is started with options such as "
        ".propagators = spanwise::propagators_from_environment<spanwise::jaeger>{} (of spanwise/jaeger.hpp; xray is "
        "in spanwise/xray.hpp)"});
}

/// What OTEL_PROPAGATORS asks for, of formats called `known`; nothing if it says nothing that makes sense here.
SPANWISE_SMALL std::optional<format_choice> read_format_choice(environment const& env,
                                                               std::span<std::string_view const> known) {
  auto const asked = env.list("OTEL_PROPAGATORS");
  if (!asked) return std::nullopt;
  format_choice chosen;
  bool none = false;
  std::string unknown;
  for (std::string const& name : *asked) {
    std::size_t place = 0;
    while (place < known.size() && !same_letters(known[place], name)) ++place;
    if (place < known.size()) chosen.add(place);
    else if (same_letters(name, "none")) none = true;
    else if (unknown.size() < 200) add_item(unknown, shown(name));
    else if (!unknown.ends_with("...")) add_item(unknown, "...");
  }
  if (!unknown.empty()) tell_unknown_formats(unknown, known, !chosen.empty(), none);
  else if (none && !chosen.empty())
    tell(severity::warning, "OTEL_PROPAGATORS",
         {"OTEL_PROPAGATORS names \"none\" beside others; \"none\" is ignored: leave it out, or let it stand alone"});
  return none || !chosen.empty() ? std::optional{chosen} : std::nullopt;
}

/// The same, and the default where it says nothing.
SPANWISE_SMALL format_choice format_choice_of(environment const& env, std::span<std::string_view const> known) noexcept {
  return contain([&] { return read_format_choice(env, known).value_or(format_choice::by_default()); },
                 format_choice::by_default());
}

template <class... More>
using formats_to_choose_from = chosen_formats<typename extended_list<single_header_formats, More...>::type>;

} // namespace detail

/// The propagators that OTEL_PROPAGATORS names, in its order, from trace_context, w3c_baggage, b3, b3_multi and `More`;
/// tracecontext and baggage if it is not set. Reads the variable when it is made.
///
///     auto tracing = spanwise::start("shop", exporter,
///                                    {.propagators = spanwise::propagators_from_environment<spanwise::jaeger>{}});
///
/// A name that none of them has is told in a diagnostic and skipped; `none` alone turns propagation off.
template <class... More> class propagators_from_environment : public detail::formats_to_choose_from<More...> {
public:
  propagators_from_environment() noexcept : propagators_from_environment{environment::process()} {}
  explicit propagators_from_environment(environment const& env) noexcept
      : detail::formats_to_choose_from<More...>{
            detail::format_choice_of(env, detail::formats_to_choose_from<More...>::names)} {}
};
static_assert(propagator<propagators_from_environment<>>);

namespace detail {

/// Makes what the variable names the propagators of the process. Where it is not set, they stay what they are.
SPANWISE_SMALL void install_chosen_propagators(environment const& env) noexcept {
  if (!env.text("OTEL_PROPAGATORS")) return;
  format_choice const chosen = format_choice_of(env, chosen_formats<single_header_formats>::names);
  if (chosen == format_choice::by_default()) reset_default_propagator();
  else install_propagator(new (std::nothrow) chosen_built_in{chosen});
}

} // namespace detail

} // namespace spanwise::inline SPANWISE_ABI
