// Ends in the way that its argument names, with spans queued and still open; tests/integration/process_end.py looks at
// what came out and how long it took. The exporter writes a line for each span, as "<process id> <name>".
#include <spanwise/spanwise.hpp>
#include <spanwise/stop_on_signal.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;

namespace {

/// What the exporter does before it writes.
std::function<void()> before_export;

struct line_exporter {
  spanwise::export_result export_spans(spanwise::span_batch const& batch, spanwise::deadline) {
    if (before_export) before_export();
    std::string text;
    for (spanwise::record const& each : batch.records)
      text += std::to_string(::getpid()) + " " + std::string{spanwise::span_view{each}.name()} + "\n";
    static_cast<void>(!::write(1, text.data(), text.size()));
    return {.exported = batch.records.size()};
  }
};

auto started(spanwise::options chosen = {}) {
  return spanwise::start("test", spanwise::batch{spanwise::batch_options{.schedule_delay = 1h}, line_exporter{}},
                         std::move(chosen));
}
auto started_at_once() {
  return spanwise::start("test", spanwise::simple{line_exporter{}});
}

void queue_three() {
  for (int i = 0; i < 3; ++i) spanwise::span one{"queued"};
}

/// A handle that is destroyed with the program's statics, and an object that makes a span when it is.
std::optional<spanwise::provider> static_provider;

struct last_words {
  char const* name;
  ~last_words() { spanwise::span one{name}; }
};

void by_return() {
  auto tracing = started();
  queue_three();
}

void by_exception() {
  auto tracing = started();
  spanwise::span open{"open"};
  queue_three();
  throw std::runtime_error{"caught in main"};
}

void by_exit() {
  auto tracing = started();
  queue_three();
  std::exit(3);
}

void by_exit_on_another_thread() {
  auto tracing = started();
  queue_three();
  std::thread{[] { std::exit(3); }}.join();
}

void by_exit_amid_threads() {
  auto tracing = started();
  for (int i = 0; i < 4; ++i)
    std::thread{[] {
      for (;;) {
        spanwise::span outer{"busy"};
        spanwise::span inner{"busy"};
        std::this_thread::sleep_for(100us);
      }
    }}.detach();
  std::this_thread::sleep_for(50ms);
  queue_three();
  std::exit(3);
}

void by_exit_in_an_exporter() {
  before_export = [] { std::exit(3); };
  auto tracing = started();
  queue_three();
  tracing.flush();
}

void by_exit_in_an_immediate_exporter() {
  before_export = [] { std::exit(3); };
  auto tracing = started_at_once();
  queue_three();
}

void by_quick_exit() {
  auto tracing = started();
  queue_three();
  std::quick_exit(4);
}

void by_terminate() {
  auto tracing = started();
  queue_three();
  std::terminate();
}

void by_abort_in_an_exporter() {
  before_export = [] { std::abort(); };
  auto tracing = started();
  queue_three();
}

void hanging_at_return() {
  before_export = [] { std::this_thread::sleep_for(30s); };
  auto tracing = started({.shutdown_timeout = 200ms});
  queue_three();
}

void hanging_at_exit() {
  before_export = [] { std::this_thread::sleep_for(30s); };
  auto tracing = started({.shutdown_timeout = 200ms});
  queue_three();
  std::exit(3);
}

void hanging_at_exit_on_two_threads() {
  before_export = [] { std::this_thread::sleep_for(30s); };
  static auto tracing = started({.shutdown_timeout = 300ms});
  queue_three();
  std::thread{[] { static_cast<void>(tracing.shutdown(400ms)); }}.detach();
  std::this_thread::sleep_for(20ms);
  std::exit(3);
}

void static_at_return() {
  static last_words const after{"after"}; // destroyed when tracing has ended
  static_provider.emplace(started());
  static last_words const before{"before"};
  queue_three();
}

void destroyed_during_exit() {
  auto* const tracing = new spanwise::provider{started()};
  queue_three();
  std::thread{[=] {
    std::this_thread::sleep_for(std::chrono::microseconds{::getpid() % 200});
    delete tracing;
  }}.detach();
  std::exit(3);
}

void leaked_handle() {
  static auto* const tracing = new spanwise::provider{started()};
  static_cast<void>(tracing);
  queue_three();
}

void main_leaves_first() {
  static auto tracing = started();
  queue_three();
  std::thread{[] {
    std::this_thread::sleep_for(50ms);
    queue_three();
    std::exit(3);
  }}.detach();
  ::pthread_exit(nullptr);
}

void thread_local_last_words() {
  auto tracing = started();
  std::thread{[] {
    static thread_local last_words const early{"early"}; // destroyed after what spans keep for the thread
    static_cast<void>(&early);
    queue_three();
  }}.join();
}

template <class Child> int in_child(Child const& work) {
  pid_t const child = ::fork();
  if (child == 0) {
    work();
    std::exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void child_exits() {
  auto tracing = started();
  queue_three();
  if (in_child([] { queue_three(); }) != 0) std::exit(9);
}

void child_returns() {
  auto tracing = started();
  queue_three();
  pid_t const child = ::fork();
  if (child == 0) return; // the handle is destroyed here too
  int status = 0;
  ::waitpid(child, &status, 0);
  if (status != 0) std::exit(9);
}

void child_traces() {
  auto tracing = started();
  queue_three();
  int const code = in_child([] {
    static auto own = started();
    spanwise::span one{"child"};
  });
  if (code != 0) std::exit(9);
}

void child_of_a_busy_parent() {
  auto tracing = started_at_once();
  std::atomic<bool> over{false};
  std::vector<std::thread> busy;
  for (int i = 0; i < 3; ++i)
    busy.emplace_back([&] {
      while (!over) spanwise::span one{"busy"};
    });
  for (int i = 0; i < 20; ++i)
    if (in_child([] {
          auto own = started();
          queue_three();
        }) != 0)
      std::exit(9);
  over = true;
  for (std::thread& each : busy) each.join();
}

void runs_programs() {
  auto tracing = started();
  for (int i = 0; i < 5; ++i) {
    spanwise::span one{"program"};
    if (std::system("true") != 0) std::exit(9);
  }
}

void becomes_a_daemon() {
  auto tracing = started();
  queue_three();
  if (::daemon(1, 1) != 0) std::exit(9); // from here on it is the child of a fork
  queue_three();
  auto own = started();
  queue_three();
}

void by_signal() {
  auto tracing = started();
  spanwise::stop_on_signal const stop{tracing};
  queue_three();
  ::kill(::getpid(), SIGTERM);
  for (;;) ::pause();
}

std::map<std::string, void (*)()> const ways{
    {"return", by_return},
    {"exception", by_exception},
    {"exit", by_exit},
    {"exit_on_another_thread", by_exit_on_another_thread},
    {"exit_amid_threads", by_exit_amid_threads},
    {"exit_in_an_exporter", by_exit_in_an_exporter},
    {"exit_in_an_immediate_exporter", by_exit_in_an_immediate_exporter},
    {"quick_exit", by_quick_exit},
    {"terminate", by_terminate},
    {"abort_in_an_exporter", by_abort_in_an_exporter},
    {"hanging_at_return", hanging_at_return},
    {"hanging_at_exit", hanging_at_exit},
    {"hanging_at_exit_on_two_threads", hanging_at_exit_on_two_threads},
    {"static_at_return", static_at_return},
    {"destroyed_during_exit", destroyed_during_exit},
    {"leaked_handle", leaked_handle},
    {"main_leaves_first", main_leaves_first},
    {"thread_local_last_words", thread_local_last_words},
    {"child_exits", child_exits},
    {"child_returns", child_returns},
    {"child_traces", child_traces},
    {"child_of_a_busy_parent", child_of_a_busy_parent},
    {"runs_programs", runs_programs},
    {"becomes_a_daemon", becomes_a_daemon},
    {"signal", by_signal},
};

} // namespace

int main(int count, char** arguments) {
  auto const way = count == 2 ? ways.find(arguments[1]) : ways.end();
  if (way == ways.end()) {
    for (auto const& [name, call] : ways) std::printf("%s\n", name.c_str());
    return 2;
  }
  try {
    way->second();
  } catch (std::exception const&) {
    return 5;
  }
  return 0;
}
