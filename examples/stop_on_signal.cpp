// A service is ended by SIGTERM or Ctrl-C. stop_on_signal turns that into a call on a thread, so that main can leave
// its loop, and what is queued is sent. With `stop_on_signal stop{tracing};` it would shut down and end the process
// itself.
#include <spanwise/spanwise.hpp>
#include <spanwise/stop_on_signal.hpp>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <thread>

using namespace std::chrono_literals;

int main() {
  spanwise::memory_sink sink;
  auto tracing = spanwise::start("worker", spanwise::batch{spanwise::memory{sink}});
  std::atomic<bool> running{true};
  spanwise::stop_on_signal const stop{[&] { running = false; }};

  for (int job = 0; running; ++job) {
    spanwise::span work{"job", {"number", job}};
    if (job == 3) std::raise(SIGTERM); // as `kill` would
    std::this_thread::sleep_for(20ms);
  }

  spanwise::shutdown_result const end = tracing.shutdown(200ms);
  std::printf("signal %d: %s\n", stop.signal(),
              end.exported == sink.size() && end.exported >= 4 ? "all jobs told" : "lost some");
}

// Prints:
// signal 15: all jobs told
