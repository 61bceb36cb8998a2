// Variables in configuration files: ${NAME}, ${env:NAME}, ${NAME:-default}, and $$ for one dollar sign.
// Works on the text of one scalar after YAML has been read and before its type is judged, so that what a variable holds
// can be neither structure nor another reference (OpenTelemetry, configuration data model).
#pragma once

#include <spanwise/core/environment.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace spanwise::inline SPANWISE_ABI {

/// No text with its variables filled in is longer; a longer one is a fault.
inline constexpr std::size_t most_substituted_bytes = std::size_t{1} << 20;

namespace detail {

/// Splits what stands between `${` and `}` into a name and a default; says what is wrong with it, or nothing.
constexpr std::string_view read_reference(std::string_view inside, std::string_view& name,
                                          std::optional<std::string_view>& otherwise) noexcept {
  char_set constexpr first_letters{"AZ__az"};
  char_set constexpr letters{"09AZ__az"};
  char_set constexpr printable{"\t\t ~\x80\xff"};
  if (inside.starts_with("env:") && !inside.starts_with("env:-")) inside.remove_prefix(4);
  std::size_t size = 0;
  while (size < inside.size() && letters.has(inside[size])) ++size;
  name = inside.substr(0, size);
  std::string_view const rest = inside.substr(size);
  if (inside.empty()) return "names no variable";
  if (name.empty() || !first_letters.has(name.front()))
    return "names a variable that does not begin with a letter or an underscore";
  if (rest.empty()) return {};
  if (rest.front() != ':') return "names a variable with other characters than letters, digits and underscores";
  if (!rest.starts_with(":-")) return "has a prefix other than env:, or something else than :- before a default";
  otherwise = rest.substr(2);
  if (!printable.has_all(*otherwise)) return "has a default with line breaks or control characters";
  return {};
}

} // namespace detail

/// `text` with its references replaced by what the variables hold; a variable that is unset or empty gives the default,
/// or nothing.
///
/// What no brace closes is no reference, and stays. Nothing if a reference breaks the grammar; `problem` then holds
/// what is wrong, to follow the reference in a sentence.
[[nodiscard]] SPANWISE_SMALL std::optional<std::string>
substitute_variables(std::string_view text, environment const& env, std::string& problem) {
  std::string result;
  // Where the next of each stands, looked for only from where the last one was passed: a text is read once.
  std::size_t end = text.find('}');
  std::size_t escape = text.find("$$");
  auto const next_of = [&](std::size_t& known, std::string_view what, std::size_t from) {
    if (known != text.npos && known < from) known = text.find(what, from);
  };
  for (std::size_t at = 0; at < text.size();) {
    std::size_t const dollar = text.find('$', at);
    result.append(text.substr(at, dollar - at));
    if (dollar == text.npos) break;
    char const next = dollar + 1 < text.size() ? text[dollar + 1] : '\0';
    at = dollar + (next == '$' ? 2 : 1);
    if (next != '{') {
      result += '$';
      continue;
    }
    // A reference is closed before the next `$$`: those are looked for first.
    next_of(end, "}", dollar);
    next_of(escape, "$$", dollar);
    if (end == text.npos || end > escape) {
      result += '$';
      continue;
    }
    std::string_view name;
    std::optional<std::string_view> otherwise;
    std::string_view const fault = detail::read_reference(text.substr(dollar + 2, end - dollar - 2), name, otherwise);
    if (!fault.empty()) {
      problem = detail::joined({"the reference ", detail::shown(text.substr(dollar, end - dollar + 1)), " ", fault});
      return std::nullopt;
    }
    std::string const held = env.verbatim(name);
    result.append(held.empty() ? otherwise.value_or("") : std::string_view{held});
    if (result.size() > most_substituted_bytes) {
      problem = detail::joined({"the reference ", detail::shown(text.substr(dollar, end - dollar + 1)),
                                " makes the text longer than ", most_substituted_bytes >> 20, " MiB"});
      return std::nullopt;
    }
    at = end + 1;
  }
  return result;
}

/// The same with what is wrong left unsaid.
[[nodiscard]] SPANWISE_SMALL std::optional<std::string> substitute_variables(std::string_view text,
                                                                             environment const& env) {
  std::string problem;
  return substitute_variables(text, env, problem);
}

} // namespace spanwise::inline SPANWISE_ABI
