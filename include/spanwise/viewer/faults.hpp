// Misbehaviour on demand, for tests of what an exporter does when its collector is ill.
// Faults are planned in order; each request to /v1/traces takes the next one, and none when the plan is empty.
#pragma once

#include <spanwise/detail/config.hpp>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>

namespace spanwise::inline SPANWISE_ABI {

/// How a request that meets a fault is treated.
enum class fault_manner : std::uint8_t {
  answer,  ///< answered, with the status and the headers of the fault
  garbage, ///< answered with 200 and a body that nobody can decode
  cut,     ///< half of an answer, then the connection is closed
  close,   ///< no answer; the connection is closed
  silent   ///< no answer; the connection stays open until the client leaves or the plan is cleared
};

/// One planned fault. `{.status = 503, .retry_after = "1"}` is one refusal, `{.reject = 2}` one partial success.
struct fault {
  fault_manner manner = fault_manner::answer;
  int status = 200;                   ///< of the answer; another than 2xx stores nothing
  std::string retry_after{};          ///< the Retry-After header, if not empty
  std::string message{};              ///< of the Status, or of the partial success
  std::uint64_t reject = 0;           ///< with 200: so many spans of the request, its last ones, are refused
  std::chrono::milliseconds delay{0}; ///< before anything else happens
  bool keep = false;                  ///< stores the spans although the client is not told so
  std::uint64_t times = 1;            ///< how many requests it is for; 0 means all, until the plan is cleared
};

/// The faults still to come. Safe for any thread.
class fault_plan {
public:
  static constexpr std::chrono::milliseconds forever = std::chrono::hours{24 * 365};

  /// Plans a fault, after those planned before.
  void add(fault const& planned) {
    std::lock_guard const lock{mutex_};
    plan_.push_back(planned);
  }
  /// Forgets the plan and lets go of the requests that are being held.
  void clear() {
    {
      std::lock_guard const lock{mutex_};
      plan_.clear();
      ++round_;
    }
    released_.notify_all();
  }
  /// How many requests have met a fault.
  [[nodiscard]] std::uint64_t met() const {
    std::lock_guard const lock{mutex_};
    return met_;
  }

  /// The fault for the next request, if one is planned.
  [[nodiscard]] std::optional<fault> next() {
    std::lock_guard const lock{mutex_};
    if (plan_.empty()) return std::nullopt;
    fault const now = plan_.front();
    if (now.times == 1) plan_.pop_front();
    else if (now.times != 0) --plan_.front().times;
    ++met_;
    return now;
  }

  /// Holds the calling thread for a time, or until the plan is cleared or `gone()`, asked every 20 ms, says true.
  template <class Gone> void hold(std::chrono::milliseconds time, Gone gone) {
    auto const until = std::chrono::steady_clock::now() + time;
    std::unique_lock lock{mutex_};
    std::uint64_t const round = round_;
    while (round_ == round && std::chrono::steady_clock::now() < until) {
      auto const soon = std::chrono::steady_clock::now() + std::chrono::milliseconds{20};
      released_.wait_until(lock, soon < until ? soon : until, [&] { return round_ != round; });
      lock.unlock();
      bool const left = gone();
      lock.lock();
      if (left) return;
    }
  }

private:
  mutable std::mutex mutex_;
  std::condition_variable released_;
  std::deque<fault> plan_;
  std::uint64_t met_{};
  std::uint64_t round_{};
};

} // namespace spanwise::inline SPANWISE_ABI
