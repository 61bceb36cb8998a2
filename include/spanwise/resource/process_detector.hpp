// Describes this process: its id, its program, who runs it, what compiled it.
#pragma once

#include <spanwise/core/semconv_schema.hpp>
#include <spanwise/detail/whole_number.hpp>
#include <spanwise/resource/detector.hpp>
#include <spanwise/resource/system_files.hpp>

#include <time.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spanwise::inline SPANWISE_ABI {

namespace detail {

/// What a link in /proc leads to; empty if it can't be read.
SPANWISE_SMALL std::string link_target(char const* path) {
#if defined(__linux__)
  char text[4096];
  ssize_t const size = ::readlink(path, text, sizeof text);
  if (size > 0 && static_cast<std::size_t>(size) < sizeof text) return {text, static_cast<std::size_t>(size)};
#else
  static_cast<void>(path);
#endif
  return {};
}

/// The path of a program that runs, as the kernel shows it: it says so behind it when the file was replaced.
constexpr std::string_view program_path(std::string_view shown) noexcept {
  constexpr std::string_view gone = " (deleted)";
  return shown.ends_with(gone) ? shown.substr(0, shown.size() - gone.size()) : shown;
}

/// The texts of a list whose items each end in a zero.
SPANWISE_SMALL std::vector<std::string> zero_ended(std::string_view list) {
  std::vector<std::string> items;
  while (!list.empty()) items.push_back(repaired_text(next_part(list, '\0')));
  return items;
}

/// The name of a user in the text of /etc/passwd; empty if it is not there.
SPANWISE_SMALL std::string_view user_name(std::string_view users, std::uint64_t id) noexcept {
  while (!users.empty()) {
    std::string_view line = next_line(users);
    std::string_view const name = next_part(line, ':');
    skip_parts(line, ':', 1);
    std::string_view const number = next_part(line, ':');
    whole_number const read = read_whole_number(number);
    if (!number.empty() && read.size == number.size() && read.fits && static_cast<std::uint64_t>(read.value) == id)
      return name;
  }
  return {};
}

/// The ticks since the machine's start at which a process began, from the text of /proc/PID/stat.
SPANWISE_SMALL std::optional<std::int64_t> start_ticks(std::string_view stat) noexcept {
  stat.remove_prefix(stat.rfind(')') + 1); // what is before it is the program's name, of any letters
  skip_parts(stat, ' ', 20);
  std::string_view const field = next_part(stat, ' ');
  whole_number const ticks = read_whole_number(field);
  if (field.empty() || ticks.size != field.size() || !ticks.fits) return std::nullopt;
  return ticks.value;
}

/// A moment as ISO 8601 has it, in UTC and with milliseconds: `2023-11-21T09:25:34.853Z`.
SPANWISE_SMALL std::string iso_time(std::int64_t unix_ms) {
  auto const seconds = static_cast<time_t>(unix_ms / 1000);
  struct tm parts {};
#if defined(_WIN32)
  if (::gmtime_s(&parts, &seconds) != 0) return {};
#else
  if (::gmtime_r(&seconds, &parts) == nullptr) return {};
#endif
  char text[96];
  int const size =
      std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", parts.tm_year + 1900, parts.tm_mon + 1,
                    parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, static_cast<int>(unix_ms % 1000));
  return {text, static_cast<std::size_t>(size)};
}

/// When this process began; empty if the system does not tell.
SPANWISE_SMALL std::string creation_time() {
#if defined(__linux__)
  auto const ticks = start_ticks(read_system_file({}, "/proc/self/stat", 4096));
  long const ticks_a_second = ::sysconf(_SC_CLK_TCK);
  timespec now{};
  timespec since_boot{};
  if (!ticks || *ticks < 0 || *ticks > INT64_MAX / 1000 || ticks_a_second <= 0 ||
      ::clock_gettime(CLOCK_REALTIME, &now) != 0 || ::clock_gettime(CLOCK_BOOTTIME, &since_boot) != 0)
    return {};
  auto const ms = [](timespec const& time) { return std::int64_t{time.tv_sec} * 1000 + time.tv_nsec / 1'000'000; };
  return iso_time(ms(now) - ms(since_boot) + *ticks * 1000 / ticks_a_second);
#else
  return {};
#endif
}

/// The compiler, which the conventions call the run-time of native programs, and beside it the libraries.
struct runtime_names {
  std::string_view name;
  std::string version;
  std::string description;
};

SPANWISE_SMALL runtime_names native_runtime() {
#if defined(__clang__)
  runtime_names found{"clang", joined({__clang_major__, ".", __clang_minor__, ".", __clang_patchlevel__}), {}};
#elif defined(__GNUC__)
  runtime_names found{"gcc", joined({__GNUC__, ".", __GNUC_MINOR__, ".", __GNUC_PATCHLEVEL__}), {}};
#elif defined(_MSC_VER)
  runtime_names found{"msvc", joined({_MSC_VER / 100, ".", _MSC_VER % 100}), {}};
#else
  runtime_names found{};
#endif
  if (!found.name.empty()) found.description = joined({found.name, " ", found.version});
#if defined(_LIBCPP_VERSION)
  found.description += joined({", libc++ ", _LIBCPP_VERSION});
#elif defined(_GLIBCXX_RELEASE)
  found.description += joined({", libstdc++ ", _GLIBCXX_RELEASE});
#endif
#if defined(__GLIBC__)
  found.description += joined({", glibc ", __GLIBC__, ".", __GLIBC_MINOR__});
#endif
  return found;
}

} // namespace detail

/// process.pid, process.executable.name and .path, process.command, process.owner, process.creation.time, and
/// process.runtime.name, .version and .description: compiler and libraries that the program was built with.
///
/// process.owner and the paths tell who runs it and where, often a person's login name. The rest of the command line
/// often holds passwords and tokens, so it is not sent unless asked for. A forked child describes itself once it starts
/// a pipeline of its own.
struct process_detector {
  static constexpr std::string_view name = "process";

  /// The whole command line, as process.command_args and process.args_count. Mind what it holds.
  bool command_args = false;
  /// process.working_directory.
  bool working_directory = false;
  /// process.parent_pid.
  bool parent_pid = false;
  /// False: no process.owner.
  bool owner = true;

  [[nodiscard]] SPANWISE_SMALL resource detect(environment const& env) const {
    resource found;
    found.set({"process.pid", detail::process_id()});
    std::string const shown = detail::link_target("/proc/self/exe");
    std::string_view const path = detail::program_path(shown);
    found.set_texts({{"process.executable.path", path},
                     {"process.executable.name", path.substr(path.rfind('/') + 1)},
                     {"process.creation.time", detail::creation_time()}});
    auto const arguments = detail::zero_ended(detail::read_system_file({}, "/proc/self/cmdline", 65536));
    if (!arguments.empty()) {
      found.set_texts({{"process.command", arguments.front()}});
      if (command_args) {
        found.set({"process.command_args", arguments});
        found.set({"process.args_count", arguments.size()});
      }
    }
    set_surroundings(found, env);
    detail::runtime_names const runtime = detail::native_runtime();
    found.set_texts({{"process.runtime.name", runtime.name},
                     {"process.runtime.version", runtime.version},
                     {"process.runtime.description", runtime.description}});
    found.set_schema_url(semconv_schema_url);
    return found;
  }

private:
  SPANWISE_SMALL void set_surroundings(resource& found, environment const& env) const {
#if defined(_WIN32)
    if (owner) found.set_texts({{"process.owner", env.text("USERNAME").value_or("")}});
#else
    static_cast<void>(env);
#if defined(__APPLE__) || defined(__FreeBSD__)
    if (char const* const program = ::getprogname()) found.set_texts({{"process.executable.name", program}});
#endif
    // Not getpwuid, which may ask a directory server for it.
    if (owner) {
      std::string const users = detail::read_system_file({}, "/etc/passwd");
      found.set_texts({{"process.owner", detail::user_name(users, ::geteuid())}});
    }
    if (parent_pid) found.set({"process.parent_pid", std::int64_t{::getppid()}});
    char folder[4096];
    if (working_directory && ::getcwd(folder, sizeof folder) != nullptr)
      found.set_texts({{"process.working_directory", folder}});
#endif
  }
};
static_assert(resource_detector<process_detector>);

} // namespace spanwise::inline SPANWISE_ABI
