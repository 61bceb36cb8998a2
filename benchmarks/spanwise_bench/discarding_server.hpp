// A process that takes HTTP requests on loopback, throws their bodies away and answers 200: the receiver of the
// end-to-end cases, whose work must not count as that of the process that sends.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>

namespace bench {

/// To be made before the process has threads. Ends with it.
class discarding_server {
public:
  struct totals {
    std::atomic<std::uint64_t> requests{0};
    std::atomic<std::uint64_t> bytes{0};
  };

  discarding_server();
  discarding_server(discarding_server const&) = delete;
  discarding_server& operator=(discarding_server const&) = delete;
  ~discarding_server();

  [[nodiscard]] bool running() const { return child_ > 0; }
  [[nodiscard]] int port() const { return port_; }
  /// What came in; read while no request is on its way.
  [[nodiscard]] totals const& seen() const { return *seen_; }

private:
  [[noreturn]] void serve(int listener);

  totals* seen_ = nullptr; ///< shared with the child
  pid_t child_ = -1;
  int port_ = 0;
};

} // namespace bench
