// What the driver writes to: how wide it is, and whether it shows colours and more than ASCII.
#pragma once

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <string>
#include <string_view>

namespace shop {

struct terminal {
  bool present = ::isatty(STDOUT_FILENO) == 1;
  bool colors = present && std::getenv("NO_COLOR") == nullptr;
  bool unicode = utf8_locale();
  std::size_t width = columns();

  /// Text in green, red or grey; as it is where there are no colours.
  [[nodiscard]] std::string green(std::string_view text) const { return colored("\x1b[32m", text); }
  [[nodiscard]] std::string red(std::string_view text) const { return colored("\x1b[31m", text); }
  [[nodiscard]] std::string grey(std::string_view text) const { return colored("\x1b[2m", text); }

private:
  [[nodiscard]] std::string colored(std::string_view color, std::string_view text) const {
    std::string out{colors ? color : ""};
    out += text;
    return out += colors ? "\x1b[0m" : "";
  }

  static bool utf8_locale() {
    for (char const* name : {"LC_ALL", "LC_CTYPE", "LANG"})
      if (char const* const value = std::getenv(name); value != nullptr && *value != '\0')
        return std::string_view{value}.find("UTF-8") != std::string_view::npos ||
               std::string_view{value}.find("utf8") != std::string_view::npos;
    return true;
  }
  static std::size_t columns() {
    winsize size{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col != 0) return size.ws_col;
    return 110;
  }
};

} // namespace shop
