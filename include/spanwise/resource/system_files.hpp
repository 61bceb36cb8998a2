// What the system tells in files: small ones, read whole and with bounds, so that no file can hold up a start.
#pragma once

#include <spanwise/detail/char_set.hpp>
#include <spanwise/detail/joined.hpp>

#include <cstdio>
#include <string>
#include <string_view>

#if defined(_WIN32)
#include <process.h>
#else
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#endif

namespace spanwise::inline SPANWISE_ABI::detail {

/// The most that is read of one file. Lists of mounts have some hundred bytes for each.
inline constexpr std::size_t longest_system_file = 1U << 20;

/// What a file holds; empty if it is none or can't be read. What is longer than `most` ends at its last whole line.
///
/// `root` is put before `path`: a folder of fixtures, or where a container sees the files of its host.
SPANWISE_SMALL std::string read_system_file(std::string_view root, std::string_view path,
                                            std::size_t most = longest_system_file) {
  std::string const name = joined({root, path});
  std::string text;
  bool cut = false;
  char block[4096];
  auto const take = [&](std::size_t size) {
    cut = size > most - text.size();
    text.append(block, cut ? most - text.size() : size);
    return !cut;
  };
#if defined(_WIN32)
  std::FILE* const file = std::fopen(name.c_str(), "rb");
  if (file == nullptr) return {};
  for (std::size_t size; (size = std::fread(block, 1, sizeof block, file)) != 0 && take(size);) {}
  std::fclose(file);
#else
  // A pipe in the place of a file would wait for somebody to write.
  int const file = ::open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) return {};
  struct stat about {};
  if (::fstat(file, &about) == 0 && S_ISREG(about.st_mode))
    for (ssize_t size; (size = ::read(file, block, sizeof block)) > 0 && take(static_cast<std::size_t>(size));) {}
  ::close(file);
#endif
  if (cut) text.resize(text.rfind('\n') + 1); // npos + 1: no whole line
  return text;
}

/// True if there is such a file, whether or not it can be read.
SPANWISE_SMALL bool has_system_file(std::string_view root, std::string_view path) {
#if defined(_WIN32)
  static_cast<void>(root), static_cast<void>(path);
  return false;
#else
  return ::access(joined({root, path}).c_str(), F_OK) == 0;
#endif
}

/// Takes the next `count` parts off `text`, each with the separator behind it.
SPANWISE_SMALL void skip_parts(std::string_view& text, char separator, int count) noexcept {
  while (count-- > 0) static_cast<void>(next_part(text, separator));
}

/// Takes the next line off `text`, without its end.
SPANWISE_SMALL std::string_view next_line(std::string_view& text) noexcept {
  std::string_view const line = next_part(text, '\n');
  return line.ends_with('\r') ? line.substr(0, line.size() - 1) : line;
}

SPANWISE_SMALL std::int64_t process_id() noexcept {
#if defined(_WIN32)
  return ::_getpid();
#else
  return ::getpid();
#endif
}

/// The value of a line `NAME=value` in files such as /etc/os-release; empty if there is none.
///
/// Quotes around it go, and within them backslashes before what a shell would expand (os-release(5)).
SPANWISE_SMALL std::string assigned_value(std::string_view text, std::string_view name) {
  std::string value;
  while (!text.empty()) {
    std::string_view line = trimmed(next_line(text));
    if (next_part(line, '=') != name) continue;
    char const quote = !line.empty() && (line.front() == '"' || line.front() == '\'') ? line.front() : '\0';
    if (quote != '\0') line.remove_prefix(1);
    value.clear();
    for (std::size_t at = 0; at < line.size() && (quote == '\0' || line[at] != quote); ++at) {
      if (quote == '"' && line[at] == '\\' && at + 1 < line.size()) ++at;
      value += line[at];
    }
  }
  return value;
}

} // namespace spanwise::inline SPANWISE_ABI::detail
