// The receiver as a program: takes traces until it is told to stop, draws each as it finishes, and sums up at the end.
#pragma once

#include <spanwise/core/environment.hpp>
#include <spanwise/export/terminal.hpp>
#include <spanwise/version.hpp>
#include <spanwise/viewer/receiver.hpp>
#include <spanwise/viewer/trace_drawing.hpp>

#include <atomic>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace spanwise::inline SPANWISE_ABI {

/// What the command line of the receiver sets.
struct receiver_program_options {
  receiver_options receiver{.port = 4318};
  bool quiet = false;       ///< draws nothing while it runs
  bool errors_only = false; ///< draws failed traces only
  bool all_attributes = false;
  std::size_t once = 0;                             ///< ends after so many drawn traces; 0 goes on
  std::chrono::milliseconds finished_after{1000};   ///< of silence, if nothing seems to be missing
  std::chrono::milliseconds incomplete_after{6000}; ///< otherwise: longer than exporters hold spans back
  bool help = false;
};

inline constexpr std::string_view receiver_usage =
    "usage: spanwise-receiver [options]\n"
    "Receives OTLP/HTTP traces, draws them, and answers questions at http://HOST:PORT/.\n"
    "  --port N            listens on this port (4318; 0 takes a free one)\n"
    "  --host ADDRESS      listens on this address (127.0.0.1)\n"
    "  --allow-host NAME   lets clients call it by this name; may be repeated\n"
    "  --quiet             draws nothing while it runs, sums up at the end\n"
    "  --errors            draws failed traces only\n"
    "  --all-attributes    draws the attributes too that say little\n"
    "  --once N            ends after N drawn traces\n"
    "  --wait MS           a trace is finished after so much silence (1000)\n"
    "  --max-spans N       keeps this many spans, the latest (500000)\n"
    "  --max-bytes N       keeps this many bytes of them (536870912)\n"
    "  --help\n";

/// Reads a command line, without the name of the program. An empty string, or a sentence about what is wrong with it.
[[nodiscard]] inline std::string read_arguments(std::span<char const* const> arguments,
                                                receiver_program_options& options) {
  std::string wrong;
  for (std::size_t at = 0; at < arguments.size() && wrong.empty(); ++at) {
    std::string_view const name = arguments[at];
    auto const text = [&]() -> std::string {
      if (at + 1 < arguments.size()) return arguments[++at];
      wrong = std::string{name} + " needs a value";
      return {};
    };
    auto const number = [&](auto& target, std::uint64_t most) {
      std::string const value = text();
      std::uint64_t parsed{};
      auto const [stop, error] = std::from_chars(value.data(), value.data() + value.size(), parsed);
      bool const whole = error == std::errc{} && stop == value.data() + value.size() && parsed <= most;
      if (wrong.empty() && !whole) wrong = std::string{name} + " takes a number up to " + std::to_string(most);
      if (whole) target = static_cast<std::remove_reference_t<decltype(target)>>(parsed);
    };
    if (name == "--port") number(options.receiver.port, 65535);
    else if (name == "--host") options.receiver.host = text();
    else if (name == "--allow-host") options.receiver.allowed_hosts.push_back(text());
    else if (name == "--quiet") options.quiet = true;
    else if (name == "--errors") options.errors_only = true;
    else if (name == "--all-attributes") options.all_attributes = true;
    else if (name == "--once") number(options.once, 1'000'000'000);
    else if (name == "--max-spans") number(options.receiver.store.max_spans, 1'000'000'000);
    else if (name == "--max-bytes") number(options.receiver.store.max_bytes, std::uint64_t{1} << 40);
    else if (name == "--help") options.help = true;
    else if (name == "--wait") {
      std::uint64_t wait = 0;
      number(wait, 3'600'000);
      options.finished_after = std::chrono::milliseconds{wait};
      options.incomplete_after = std::max(options.incomplete_after, options.finished_after);
    } else wrong = "unknown option " + std::string{name};
  }
  return wrong;
}

/// One run of the program: give it a place to write to, and call run() until it returns.
class receiver_program {
public:
  [[nodiscard]] receiver_program(receiver_program_options const& options, std::FILE* out,
                                 environment const& env = environment::process())
      : options_{options}, out_{out}, receiver_{options.receiver}, default_width_{detail::default_columns(env)},
        unicode_{detail::utf8_locale(env)}, colors_{detail::wants_colors(out, env)} {}

  [[nodiscard]] receiver& in() noexcept { return receiver_; }

  /// Receives and draws until `stop` is true or enough was drawn; then draws what is left and sums up. The exit status.
  int run(std::atomic<bool> const& stop) {
    if (!receiver_.running()) {
      write("spanwise-receiver: " + receiver_.error() + '\n');
      return 1;
    }
    write("receiving traces at " + receiver_.endpoint() + "/v1/traces\n");
    while (!stop.load() && !enough()) {
      draw(options_.finished_after, options_.incomplete_after);
      std::uint64_t const seen = receiver_.store().counts().spans;
      receiver_.store().wait_for_spans(seen + 1, std::chrono::milliseconds{100});
    }
    receiver_.stop();
    draw({}, {});
    sum_up();
    return 0;
  }

private:
  [[nodiscard]] bool enough() const noexcept { return options_.once != 0 && drawn_ >= options_.once; }

  void draw(std::chrono::milliseconds quiet, std::chrono::milliseconds patience) {
    if (options_.quiet && options_.once == 0) return;
    auto const whole = [](received_trace const& trace) { return summarize(trace).whole(); };
    for (finished_trace const& one : receiver_.store().take_finished(quiet, patience, whole)) {
      if (enough()) return;
      if (options_.errors_only && summarize(one.trace).errors == 0) continue;
      ++drawn_;
      if (options_.quiet) continue;
      write('\n' + draw_trace(one.trace, {style(), options_.all_attributes}));
      if (one.again) write("drawn again: spans have come since\n");
    }
  }

  void sum_up() {
    store_counts const counts = receiver_.store().counts();
    request_counts const requests = receiver_.requests();
    std::string line = "\nreceived " + detail::plural(counts.spans, "span") + " in " +
                       detail::plural(counts.held_traces, "trace") + " from " +
                       detail::plural(counts.services.size(), "service");
    auto const odd = [&](std::uint64_t count, std::string_view what) {
      if (count != 0) line += ", " + std::to_string(count) + ' ' + std::string{what};
    };
    odd(counts.duplicates, "came twice");
    odd(requests.rejected_spans, "rejected");
    odd(requests.refused, "requests refused");
    odd(counts.evicted, "no longer held");
    write(line + '\n');
    if (counts.held_spans != 0) write(draw_operations(operations_of(receiver_.store().traces()), style()));
  }

  [[nodiscard]] waterfall_style style() const {
    std::size_t const columns = detail::terminal_columns(out_);
    return {.width = columns != 0 ? columns : default_width_, .unicode = unicode_, .colors = colors_};
  }

  void write(std::string const& text) {
    std::fwrite(text.data(), 1, text.size(), out_);
    std::fflush(out_);
  }

  receiver_program_options options_;
  std::FILE* out_;
  receiver receiver_;
  std::size_t drawn_ = 0;
  std::size_t default_width_;
  bool unicode_;
  bool colors_;
};

namespace detail {

inline std::atomic<bool> receiver_told_to_stop{false};

} // namespace detail

/// The whole of main: reads the command line, runs until SIGINT or SIGTERM, and returns the exit status.
[[nodiscard]] inline int run_receiver(int argc, char const* const* argv) {
  receiver_program_options options;
  std::string const wrong = read_arguments({argv + 1, static_cast<std::size_t>(argc > 0 ? argc - 1 : 0)}, options);
  if (!wrong.empty() || options.help) {
    if (!wrong.empty()) std::fprintf(stderr, "spanwise-receiver: %s\n", wrong.c_str());
    std::fwrite(receiver_usage.data(), 1, receiver_usage.size(), wrong.empty() ? stdout : stderr);
    return wrong.empty() ? 0 : 2;
  }
  for (int const signal : {SIGINT, SIGTERM})
    std::signal(signal, [](int) { detail::receiver_told_to_stop.store(true); });
  return receiver_program{options, stdout}.run(detail::receiver_told_to_stop);
}

} // namespace spanwise::inline SPANWISE_ABI
