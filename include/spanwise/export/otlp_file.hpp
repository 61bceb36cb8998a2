// Writes spans as JSON lines, the OTLP file format: one TracesData object a line, which a collector's file receiver
// reads. For machines without a collector, for keeping traces, and for pipes. A file is made readable for its owner
// alone.
#pragma once

#include <spanwise/detail/error_text.hpp>
#include <spanwise/export/otlp_json.hpp>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace spanwise::inline SPANWISE_ABI {

/// Appends spans to a file: `batch{otlp_file{.path = "traces.jsonl"}}`.
///
/// Several processes may share one: each batch is one line, written in one piece. A file that is renamed or deleted
/// meanwhile, as log rotation does, is made anew.
struct otlp_file {
  static constexpr std::string_view exporter_name = "otlp_file";

  /// Left out: standard output.
  std::string path{};
};

namespace detail {

/// Takes SIGPIPE from the calling thread while it lives, so that a pipe nobody reads is an error code.
class no_sigpipe {
public:
  no_sigpipe() noexcept {
    sigset_t pending;
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    sigpending(&pending);
    was_pending_ = sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~no_sigpipe() {
    timespec const at_once{};
    while (!was_pending_ && sigtimedwait(&pipe_, nullptr, &at_once) < 0 && errno == EINTR) {}
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  no_sigpipe(no_sigpipe const&) = delete;
  no_sigpipe& operator=(no_sigpipe const&) = delete;

private:
  sigset_t pipe_;
  sigset_t before_;
  bool was_pending_;
};

/// A file, pipe or standard output that text is appended to.
class append_file {
public:
  explicit append_file(std::string path) noexcept : path_{std::move(path)} {
    if (path_.empty()) take(STDOUT_FILENO);
  }
  append_file(append_file&& other) noexcept
      : path_{std::move(other.path_)}, handle_{std::exchange(other.handle_, -1)}, regular_{other.regular_},
        torn_{other.torn_}, cancelled_{other.cancelled_.load(relaxed)} {}
  append_file& operator=(append_file&&) = delete;
  ~append_file() { close(); }

  [[nodiscard]] std::string name() const { return path_.empty() ? "standard output" : path_; }

  /// Makes sure that the path leads to the file that is open; 0, or the error.
  [[nodiscard]] int open() noexcept {
    if (path_.empty() || (handle_ >= 0 && still_there())) return 0;
    close();
    // Without O_NONBLOCK a named pipe that nobody reads would hold the thread up; files don't mind it.
    int const handle = ::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600);
    if (handle < 0) return errno;
    take(handle);
    return 0;
  }

  /// True if the last write ended within a line.
  [[nodiscard]] bool torn() const noexcept { return torn_; }

  /// Appends all of `text`; 0, or the error. A pipe that is full is waited for until the deadline.
  [[nodiscard]] int write(std::string_view text, deadline until) noexcept {
    no_sigpipe const quiet;
    std::size_t const size = text.size();
    while (!text.empty()) {
      if (!regular_ && !wait_for_room(until)) return ended(text.size() != size, ETIMEDOUT);
      // No more than what a pipe that has room takes at once, in case it was opened as one that waits.
      ssize_t const written = ::write(handle_, text.data(), regular_ ? text.size() : std::min(text.size(), pipe_room));
      if (written >= 0) text.remove_prefix(static_cast<std::size_t>(written));
      else if (errno != EINTR && (errno != EAGAIN || deadline::now() >= until))
        return ended(text.size() != size, errno);
    }
    return ended(false, 0);
  }

  /// Ends the running wait for room in a pipe, or the next one.
  void cancel() noexcept { cancelled_.store(true, relaxed); }

  void close() noexcept {
    if (handle_ >= 0 && !path_.empty()) ::close(handle_);
    handle_ = -1;
  }

private:
  static constexpr std::size_t pipe_room = 4096;

  void take(int handle) noexcept {
    struct stat about;
    handle_ = handle;
    regular_ = ::fstat(handle, &about) == 0 && S_ISREG(about.st_mode);
    torn_ = false;
  }

  [[nodiscard]] bool still_there() const noexcept {
    struct stat there;
    struct stat ours;
    return ::stat(path_.c_str(), &there) == 0 && ::fstat(handle_, &ours) == 0 && there.st_ino == ours.st_ino &&
           there.st_dev == ours.st_dev;
  }

  int ended(bool within_line, int error) noexcept {
    torn_ = within_line || (torn_ && error != 0);
    cancelled_.store(false, relaxed);
    return error;
  }

  [[nodiscard]] bool wait_for_room(deadline until) noexcept {
    pollfd wanted{handle_, POLLOUT, 0};
    for (;;) {
      if (cancelled_.load(relaxed)) return false;
      std::int64_t const left = (until - deadline::now()).ns / 1'000'000;
      if (::poll(&wanted, 1, static_cast<int>(std::min<std::int64_t>(std::max<std::int64_t>(left, 0), 20))) > 0)
        return true;
      if (left <= 0) return false;
    }
  }

  std::string path_;
  int handle_ = -1;
  bool regular_ = false;
  bool torn_ = false;
  atomic<bool> cancelled_{false};
};

} // namespace detail

/// Writes each batch as one line, by the time that export_spans returns. Nothing is held back, so there is no flush.
template <class Client> struct sender<otlp_file, Client> {
  sender(otlp_file given, exporter_setup const&) noexcept : file_{std::move(given.path)} {
    int const error = file_.open();
    usable_ = error == 0 || error == ENXIO; // a pipe may get its reader later
    if (!usable_) failed(0, error);
  }

  /// False if the file could not be opened at the start: the reason is told.
  [[nodiscard]] bool usable() const noexcept { return usable_; }

  export_result export_spans(span_batch const& batch, deadline until) noexcept {
    std::size_t const count = batch.records.size();
    if (count == 0) return {};
    if (closed_) return {.failed = count};
    if (int const error = file_.open(); error != 0) return failed(count, error);
    line_.clear();
    if (file_.torn()) line_.push('\n');
    if (!encode_otlp_json(batch, line_)) return failed(count, ENOMEM);
    line_.push('\n');
    if (line_.failed()) return failed(count, ENOMEM);
    if (int const error = file_.write(line_.text(), until); error != 0) return failed(count, error);
    lost_ = 0;
    wrote_any_ = true;
    return {.exported = count};
  }

  /// Closes the file; exports after it fail.
  void shutdown(deadline) noexcept {
    closed_ = true;
    file_.close();
  }

  /// Ends an export that waits for the reader of a pipe, or the next such one. Any thread may call it.
  void cancel() noexcept { file_.cancel(); }

private:
  export_result failed(std::size_t count, int error) noexcept {
    lost_ += count;
    detail::contain([&] {
      std::string const name = file_.name();
      std::string const lost = std::to_string(lost_) + (lost_ == 1 ? " span" : " spans") +
                               (wrote_any_ ? " lost since that last worked" : " lost so far");
      report(severity::warning, "otlp file " + name,
             "spans cannot be written to " + name + " (" + detail::error_text(error) + ")" +
                 (lost_ == 0 ? "" : "; " + lost));
    });
    return {.failed = count};
  }

  detail::append_file file_;
  detail::buffer line_;
  std::uint64_t lost_ = 0; ///< since that last worked
  bool wrote_any_ = false;
  bool usable_ = true;
  bool closed_ = false;
};

} // namespace spanwise::inline SPANWISE_ABI
