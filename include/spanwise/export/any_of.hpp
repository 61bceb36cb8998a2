// Compiles several exporters in and lets the environment choose when the program starts:
// OTEL_TRACES_EXPORTER by name (otlp, console, none, or several of them), OTEL_EXPORTER_OTLP_PROTOCOL between two of a
// name.
#pragma once

#include <spanwise/detail/contain.hpp>
#include <spanwise/detail/sequence.hpp>
#include <spanwise/pipeline/exporter.hpp>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace spanwise::inline SPANWISE_ABI {

/// Exporters to choose from at run time: `batch{any_of{otlp_http{}, otlp_http_protobuf{}, console{}}}`.
///
/// Each says what it is called in `static constexpr std::string_view exporter_name`, and in `protocol` where several
/// share a name. Nothing set, or nothing built in: `otlp`, as http/protobuf, if that is among them; else the first.
template <class... Choices> struct any_of {
  explicit any_of(Choices... given) : choices{std::move(given)...} {}
  std::tuple<Choices...> choices;
};

namespace detail {

/// What a choice is called.
struct choice_name {
  std::string_view exporter;
  std::string_view protocol;
};

template <class Choice> constexpr choice_name name_of_choice() noexcept {
  static_assert(
      requires { std::string_view{Choice::exporter_name}; },
      "spanwise: an exporter in any_of needs a name for OTEL_TRACES_EXPORTER, as static constexpr "
      "std::string_view exporter_name");
  choice_name name{};
  if constexpr (requires { Choice::exporter_name; }) name.exporter = Choice::exporter_name;
  if constexpr (requires { Choice::protocol; }) name.protocol = Choice::protocol;
  return name;
}

/// Which of `built` the environment asks for, by their positions; empty for `none`.
template <class = on_use>
std::vector<std::size_t> choose_exporters(std::span<choice_name const> built, environment const& env) {
  auto const asked = env.list("OTEL_TRACES_EXPORTER").value_or(std::vector<std::string>{});
  std::string_view constexpr usual = "http/protobuf";
  std::string_view protocol = usual;
  std::string_view constexpr own_variable = "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL";
  std::string_view const variable = env.text(own_variable) ? own_variable : "OTEL_EXPORTER_OTLP_PROTOCOL";
  if (auto const value = env.choice(variable, {"grpc", "http/protobuf", "http/json"})) protocol = *value;

  auto const find = [&](std::string_view name) {
    auto const fit = [&](choice_name const& one) {
      return one.protocol == protocol ? 2 : one.protocol == usual ? 1 : 0;
    };
    std::optional<std::size_t> found;
    for (std::size_t i = 0; i < built.size(); ++i)
      if (same_letters(built[i].exporter, name) && (!found || fit(built[i]) > fit(built[*found]))) found = i;
    return found;
  };
  std::vector<std::size_t> chosen;
  bool none = false;
  std::string unknown;
  for (std::string const& name : asked) {
    auto const found = find(name);
    if (found && !contains(chosen, *found)) chosen.push_back(*found);
    if (found) continue;
    if (same_letters(name, "none")) none = true;
    else add_item(unknown, shown(name));
  }
  if (!unknown.empty()) {
    std::string names;
    for (choice_name const& each : built)
      if (names.find(each.exporter) == names.npos) names.append(each.exporter).append(", ");
    report(severity::warning, "OTEL_TRACES_EXPORTER",
           "OTEL_TRACES_EXPORTER asks for " + unknown + ", which this program was not built with (it has " + names +
               "none); it is ignored");
  }
  if (none && !chosen.empty())
    report(severity::warning, "OTEL_TRACES_EXPORTER none",
           "OTEL_TRACES_EXPORTER names none beside other exporters; the others are used");
  if (chosen.empty() && !none) chosen.push_back(find("otlp").value_or(0));
  return chosen;
}

} // namespace detail

/// The names of the exporters that the variables choose of these, in the order in which they name them; none at all for
/// `none`.
template <class... Choices>
[[nodiscard]] std::vector<std::string_view> chosen_exporters(any_of<Choices...> const&, environment const& env) {
  detail::choice_name const built[] = {detail::name_of_choice<Choices>()...};
  std::vector<std::string_view> names;
  for (std::size_t const position : detail::choose_exporters(built, env)) names.push_back(built[position].exporter);
  return names;
}

/// Runs the chosen exporters one after another. The result is that of the one that exported least; with none chosen,
/// all spans count as filtered.
template <class... Choices, class Client> struct sender<any_of<Choices...>, Client> {
  static_assert(sizeof...(Choices) > 0, "spanwise: any_of needs at least one exporter to choose from");

  sender(any_of<Choices...> given, exporter_setup const& setup) noexcept {
    detail::contain([&] {
      detail::choice_name const names[] = {detail::name_of_choice<Choices>()...};
      set_up(detail::choose_exporters(names, setup.env), given.choices, setup, std::index_sequence_for<Choices...>{});
    });
  }

  /// False if none of the chosen exporters could be set up.
  [[nodiscard]] bool usable() const noexcept {
    bool any = false;
    bool good = false;
    each(senders_, [&](auto const& chosen) {
      any = true;
      if constexpr (requires { chosen.usable(); }) good = good || chosen.usable();
      else good = true;
    });
    return good || !any;
  }

  export_result export_spans(span_batch const& batch, deadline until) noexcept {
    std::size_t const size = batch.records.size();
    std::optional<export_result> least;
    each(senders_, [&](auto& chosen) {
      export_result const result =
          detail::contain([&] { return chosen.export_spans(batch, until); }, export_result{.failed = size});
      if (!least || result.exported < least->exported) least = result;
    });
    return least.value_or(export_result{.filtered = size});
  }

  bool flush(deadline until) noexcept {
    bool good = true;
    each(senders_, [&](auto& chosen) {
      good = detail::contain([&] { return detail::flush_sender(chosen, until); }, false) && good;
    });
    return good;
  }
  void shutdown(deadline until) noexcept {
    each(senders_, [&](auto& chosen) { detail::contain([&] { detail::shutdown_sender(chosen, until); }); });
  }
  void cancel() noexcept {
    each(senders_, [](auto& chosen) { detail::cancel_sender(chosen); });
  }

private:
  template <class Choice>
  using sender_of = decltype(detail::make_sender(std::declval<Choice>(), std::declval<exporter_setup const&>()));

  template <std::size_t... Positions>
  void set_up(std::vector<std::size_t> const& chosen, std::tuple<Choices...>& given, exporter_setup const& setup,
              std::index_sequence<Positions...>) {
    auto const make = [&]<class Choice>(std::size_t position, Choice& choice, std::optional<sender_of<Choice>>& place) {
      if (!detail::contains(chosen, position)) return;
      if constexpr (exporter<Choice>) place.emplace(std::move(choice));
      else place.emplace(std::move(choice), setup);
    };
    (make(Positions, std::get<Positions>(given), std::get<Positions>(senders_)), ...);
  }

  template <class Senders, class Visit> static void each(Senders& senders, Visit&& visit) {
    std::apply([&](auto&... places) { ((places ? visit(*places) : void()), ...); }, senders);
  }

  std::tuple<std::optional<sender_of<Choices>>...> senders_;
};

} // namespace spanwise::inline SPANWISE_ABI
