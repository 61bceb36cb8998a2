// What a stream leads to: a terminal or not, how wide, and whether it shows colours and Unicode.
#pragma once

#include <spanwise/core/environment.hpp>

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <string_view>

namespace spanwise::inline SPANWISE_ABI::detail {

/// True if the locale of the environment writes UTF-8; LC_ALL counts before LC_CTYPE before LANG, as POSIX has it.
/// True also if none of them is set, as in most containers: what shows their output knows UTF-8.
template <class = on_use> bool utf8_locale(environment const& env) {
  for (char const* const name : {"LC_ALL", "LC_CTYPE", "LANG"})
    if (auto const value = env.text(name)) {
      std::string letters;
      for (char const letter : *value)
        if (letter != '-') letters += static_cast<char>(letter >= 'A' && letter <= 'Z' ? letter + 32 : letter);
      return letters.find("utf8") != std::string::npos;
    }
  return true;
}

template <class = on_use> bool is_terminal(std::FILE* stream) noexcept {
  int const file = stream == nullptr ? -1 : ::fileno(stream);
  return file >= 0 && ::isatty(file) == 1;
}

/// Colours are for terminals that are not called dumb, and for nobody who sets NO_COLOR (no-color.org).
template <class = on_use> bool wants_colors(std::FILE* stream, environment const& env) {
  return is_terminal(stream) && !env.text("NO_COLOR") && env.text("TERM").value_or("dumb") != "dumb";
}

/// The columns of the terminal that a stream leads to; 0 if it leads elsewhere.
template <class = on_use> std::size_t terminal_columns(std::FILE* stream) noexcept {
  winsize size{};
  return is_terminal(stream) && ::ioctl(::fileno(stream), TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

/// What COLUMNS says, else 100.
template <class = on_use> std::size_t default_columns(environment const& env) {
  std::size_t columns = 0;
  for (char const digit : env.text("COLUMNS").value_or("")) {
    if (digit < '0' || digit > '9' || columns > 9999) return 100;
    columns = columns * 10 + static_cast<std::size_t>(digit - '0');
  }
  return columns == 0 ? 100 : columns;
}

} // namespace spanwise::inline SPANWISE_ABI::detail
