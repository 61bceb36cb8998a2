// Contexts that travel from a process to those it starts, in environment variables: the names of headers become names
// of variables, TRACEPARENT for traceparent, and only those are read and written. spanwise starts no processes, and
// leaves this one's variables as they are. OpenTelemetry: Environment Variables as Context Propagation Carriers.
#pragma once

#include <spanwise/context/carrier.hpp>
#include <spanwise/core/text_block.hpp>
#include <spanwise/detail/char_set.hpp>
#include <spanwise/detail/process_variables.hpp>
#include <spanwise/detail/utf8.hpp>

#include <cstdlib>

namespace spanwise::inline SPANWISE_ABI {

/// The name of the variable for a header: letters in upper case, each character but letters, digits and underscores an
/// underscore, one more in front of a digit, and one for no name at all. Allocates once.
///
///     environment_name{"x-b3-traceid"}.view() == "X_B3_TRACEID"
class environment_name {
public:
  explicit environment_name(std::string_view header) noexcept {
    detail::text_builder text;
    if (!text.reserve(header.size() + 2)) return;
    if (header.empty() || is_digit(header.front())) text.append('_');
    while (!header.empty()) {
      text.append(normal_letter(header.front()));
      header.remove_prefix(detail::first_character(header).size);
    }
    text.append('\0');
    text_ = text.take();
  }

  /// Lives as long as this does; empty if there was no memory.
  [[nodiscard]] std::string_view view() const noexcept {
    return text_.empty() ? std::string_view{} : text_.view().substr(0, text_.view().size() - 1);
  }
  /// The same, ended by a zero.
  [[nodiscard]] char const* c_str() const noexcept { return text_.empty() ? "" : text_.view().data(); }

  /// True of names that stay as they are.
  [[nodiscard]] static constexpr bool is_normal(std::string_view name) noexcept {
    return !name.empty() && !is_digit(name.front()) && normal_.has_all(name);
  }

private:
  static constexpr detail::char_set normal_{"09AZ__"};

  static constexpr bool is_digit(char letter) noexcept { return letter >= '0' && letter <= '9'; }
  static constexpr char normal_letter(char letter) noexcept {
    if (letter >= 'a' && letter <= 'z') return static_cast<char>(letter - 'a' + 'A');
    return normal_.has(letter) ? letter : '_';
  }

  detail::shared_text text_;
};

/// The variables of this process, as a carrier to extract from: `extract(process_environment{})` continues the trace of
/// whoever started the process.
///
/// Each call looks at them anew, and copies nothing; as with std::getenv, no thread may change them meanwhile.
struct process_environment {
  friend void spanwise_get(process_environment const&, std::string_view header, each_value each) {
    if (char const* const value = std::getenv(environment_name{header}.c_str())) each(value);
  }
  friend void spanwise_names(process_environment const&, each_value each) {
    for (char const* const* at = detail::process_variables(); at != nullptr && *at != nullptr; ++at) {
      std::string_view const variable{*at};
      std::string_view const name = variable.substr(0, variable.find('='));
      if (environment_name::is_normal(name)) each(name);
    }
  }
};
static_assert(listable_carrier<process_environment>);

namespace detail {

/// A list of `NAME=value`, as functions that start processes take it.
template <class Texts>
concept writable_texts = owning_text<typename Texts::value_type> && requires(Texts& texts, std::string_view text) {
  texts.emplace_back(text);
  texts.erase(texts.begin());
};

template <class Variables>
concept environment_of_child =
    written_by_overload<Variables> || writable_map<Variables> || writable_pairs<Variables> || writable_texts<Variables>;

/// Takes out all that `is_it` knows. Variables differ by the case of their names, so none is taken for another.
template <class Variables> void remove_variables(Variables& from, auto const& is_it) {
  for (auto at = from.begin(); at != from.end();)
    if (is_it(*at)) at = from.erase(at);
    else ++at;
}

template <class Variables> void set_variable(Variables& to, std::string_view name, std::string_view value) {
  if constexpr (written_by_overload<Variables>) {
    spanwise_set(to, name, value);
  } else if constexpr (writable_texts<Variables>) {
    text_builder both;
    if (!both.reserve(name.size() + 1 + value.size())) return;
    both.append(name);
    both.append('=');
    std::size_t const assigned = both.size();
    both.append(value);
    remove_variables(to, [&](std::string_view one) { return one.starts_with(both.view().substr(0, assigned)); });
    to.emplace_back(both.view());
  } else {
    remove_variables(to, [name](auto const& one) { return std::string_view{one.first} == name; });
    if constexpr (map_of_text<Variables>)
      to.emplace(typename Variables::key_type(name), typename Variables::mapped_type(value));
    else to.emplace_back(name, value);
  }
}

} // namespace detail

/// The environment of a process that is about to be started, as a carrier to inject into: it writes into `variables`,
/// which are a map, pairs, or texts `NAME=value`, the names made those of variables.
///
///     std::vector<std::string> variables;
///     spanwise::inject(spanwise::child_environment{variables});
template <detail::environment_of_child Variables> class child_environment {
public:
  explicit child_environment(Variables& variables) noexcept : variables_{&variables} {}

  friend void spanwise_set(child_environment& to, std::string_view header, std::string_view value) {
    environment_name const name{header};
    if (!name.view().empty()) detail::set_variable(*to.variables_, name.view(), value);
  }

private:
  Variables* variables_;
};

} // namespace spanwise::inline SPANWISE_ABI
