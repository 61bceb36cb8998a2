// Reads a configuration file whole, which may be a pipe too, such as a shell's <(...): never for longer than a start
// may wait, and never more than asked for.
#pragma once

#include <spanwise/core/duration.hpp>
#include <spanwise/detail/error_text.hpp>
#include <spanwise/detail/joined.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <string>

#if !defined(_WIN32)
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>
#endif

namespace spanwise::inline SPANWISE_ABI::detail {

/// How long whoever writes to a pipe may take for all of it.
inline constexpr duration pipe_patience = seconds(5);

/// The file's text, of which `most` bytes are read. Says why it can't be read, or nothing.
SPANWISE_SMALL std::string read_file_text(std::string const& path, std::size_t most, std::string& text,
                                          duration patience = pipe_patience) {
  char piece[4096];
  int error = 0;
#if defined(_WIN32)
  static_cast<void>(patience);
  std::FILE* const file = std::fopen(path.c_str(), "rb");
  if (file == nullptr) return joined({"the file cannot be read (", error_text(errno), ")"});
  for (std::size_t size = 1; size != 0 && text.size() < most;) {
    size = std::fread(piece, 1, std::min(sizeof piece, most - text.size()), file);
    text.append(piece, size);
  }
  if (std::ferror(file) != 0) error = errno;
  std::fclose(file);
#else
  // A pipe that nobody writes to would hold up the program for ever: opening it, and each reading.
  int const file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (file < 0) return joined({"the file cannot be read (", error_text(errno), ")"});
  deadline const until = deadline::now() + patience;
  bool late = false;
  while (error == 0 && !late && text.size() < most) {
    auto const left = std::max((until - deadline::now()).ns, std::int64_t{0});
    pollfd ready{file, POLLIN, 0};
    int const found = ::poll(&ready, 1, static_cast<int>(left / 1'000'000));
    late = found == 0;
    if (found < 0 && errno != EINTR) error = errno;
    if (found <= 0) continue;
    ssize_t const size = ::read(file, piece, std::min(sizeof piece, most - text.size()));
    if (size == 0) break;
    if (size > 0) text.append(piece, static_cast<std::size_t>(size));
    else if (errno != EINTR && errno != EAGAIN) error = errno;
  }
  ::close(file);
  if (late)
    return joined({"the file cannot be read: it is a pipe or a device, and within ", patience.ns / 1'000'000,
                   " ms nobody wrote to it and closed it"});
#endif
  return error == 0 ? std::string{} : joined({"the file cannot be read (", error_text(error), ")"});
}

} // namespace spanwise::inline SPANWISE_ABI::detail
