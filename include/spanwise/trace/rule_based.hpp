// Samplers by rule: what a span is when it starts says which sampler decides. The first rule that matches counts.
// Rules hold their samplers by value, of whatever types; nothing is allocated and nothing virtual is called.
#pragma once

#include <spanwise/trace/sampling_intent.hpp>
#include <spanwise/trace/span_condition.hpp>

#include <utility>

namespace spanwise::inline SPANWISE_ABI {

/// Conditions, which must all be met, and behind them the sampler for spans that meet them.
///
///     rule{name_like{"GET /admin/*"}, kind_is{span_kind::server}, always_on{}}
template <class First, class... Rest> class rule {
  static_assert(span_condition<First>, "spanwise: a rule is made of conditions, such as a name_is, and a sampler "
                                       "behind them");

public:
  rule(First first, Rest... rest) : first_(std::move(first)), rest_(std::move(rest)...) {}

  [[nodiscard]] bool matches(starting_span const& asked) const { return first_(asked) && rest_.matches(asked); }
  [[nodiscard]] auto const& chosen() const noexcept { return rest_.chosen(); }
  void describe(sampler_description& text) const {
    if constexpr (requires { first_.describe(text); }) first_.describe(text);
    else text.append("condition");
    text.append(sizeof...(Rest) > 1 ? "&" : ":");
    rest_.describe(text);
  }

private:
  First first_;
  rule<Rest...> rest_;
};

/// A sampler without conditions.
template <class Sampler> class rule<Sampler> {
  static_assert(sampler<Sampler> || composable_sampler<Sampler>,
                "spanwise: a rule ends in the sampler that decides where it matches");

public:
  explicit rule(Sampler chosen) : chosen_(std::move(chosen)) {}

  [[nodiscard]] static constexpr bool matches(starting_span const&) noexcept { return true; }
  [[nodiscard]] Sampler const& chosen() const noexcept { return chosen_; }
  void describe(sampler_description& text) const { text.append(sampler_description{chosen_.description()}.view()); }

private:
  Sampler chosen_;
};
template <class First, class... Rest> rule(First, Rest...) -> rule<First, Rest...>;

namespace detail {

template <class Given> struct as_rule {
  using type = rule<Given>;
  static constexpr bool given = false;
};
template <class... Parts> struct as_rule<rule<Parts...>> {
  using type = rule<Parts...>;
  static constexpr bool given = true;
};
template <class Given> using as_rule_t = typename as_rule<Given>::type;
template <class Given>
using chosen_by = std::remove_cvref_t<decltype(std::declval<as_rule_t<Given> const&>().chosen())>;

/// The rules in their order.
template <class... Rules> struct rule_chain {
  template <class Answer, class Ask> [[nodiscard]] static Answer first(starting_span const&, Ask const&) noexcept {
    return {};
  }
  static void describe(sampler_description&) noexcept {}
};
template <class First, class... Rest> struct rule_chain<First, Rest...> {
  template <class Given, class... More>
  explicit rule_chain(Given&& given, More&&... more)
      : first_rule(std::forward<Given>(given)), rest(std::forward<More>(more)...) {}

  template <class Answer, class Ask> [[nodiscard]] Answer first(starting_span const& asked, Ask const& ask) const {
    return first_rule.matches(asked) ? ask(first_rule.chosen()) : rest.template first<Answer>(asked, ask);
  }
  void describe(sampler_description& text) const {
    first_rule.describe(text);
    if (sizeof...(Rest) != 0) text.append(",");
    rest.describe(text);
  }

  First first_rule;
  [[no_unique_address]] rule_chain<Rest...> rest;
};

template <class First, class... Rest> constexpr bool only_last_may_be_bare() noexcept {
  if constexpr (sizeof...(Rest) == 0) return true;
  else return as_rule<First>::given && only_last_may_be_bare<Rest...>();
}

} // namespace detail

/// Rules, and at the end, without a rule, the sampler for the rest. Spans that no rule is for are dropped.
///
///     rule_based{rule{name_is{"/checkout"}, trace_id_ratio{0.05}}, trace_id_ratio{0.1}}
///
/// It decides for each span by what that span is; in `parent_based{rule_based{...}}` whole traces follow their root.
/// Composable if all its samplers are (OpenTelemetry, Trace SDK, ComposableRuleBased).
template <class... Parts> class rule_based {
  static_assert(sizeof...(Parts) != 0 && detail::only_last_may_be_bare<Parts...>(),
                "spanwise: rule_based takes rules, and behind them, if you like, one sampler for the rest");

public:
  explicit rule_based(Parts... parts) : rules_(std::move(parts)...) {}

  [[nodiscard]] sampling_result should_sample(sampling_parameters const& asked) const
    requires(sampler<detail::chosen_by<Parts>> && ...)
  {
    return rules_.template first<sampling_result>(asked.span(),
                                                  [&](auto const& chosen) { return chosen.should_sample(asked); });
  }
  [[nodiscard]] sampling_intent intent(starting_span const& asked) const
    requires(composable_sampler<detail::chosen_by<Parts>> && ...)
  {
    return rules_.template first<sampling_intent>(asked, [&](auto const& chosen) { return chosen.intent(asked); });
  }
  [[nodiscard]] sampler_description description() const {
    sampler_description text{"RuleBased{"};
    rules_.describe(text);
    return text.append("}");
  }

private:
  detail::rule_chain<detail::as_rule_t<Parts>...> rules_;
};

} // namespace spanwise::inline SPANWISE_ABI
