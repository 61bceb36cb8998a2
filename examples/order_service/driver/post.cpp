#include "post.hpp"

#include <spanwise/trace.hpp>

#include "../common/http.hpp"
#include "terminal.hpp"

#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <set>
#include <thread>

namespace shop {

namespace {

/// A line that fills up on a terminal; a line at the end elsewhere.
class progress {
public:
  explicit progress(std::size_t all) : all_{all} {}

  void add(bool placed) {
    ++(placed ? placed_ : refused_);
    std::size_t const done = placed_ + refused_;
    if (!out_.present && done != all_) return;
    std::size_t const filled = done * width / all_;
    std::string bar;
    for (std::size_t i = 0; i < filled; ++i) bar += out_.unicode ? "━" : "=";
    std::string const rest(width - filled, ' ');
    fmt::print("{}  {}{} {:>3} of {}: {} placed, {} refused{}", out_.present ? "\r" : "", out_.green(bar), rest, done,
               all_, placed_, refused_, done == all_ ? "\n" : "");
    std::fflush(stdout);
  }

private:
  static constexpr std::size_t width = 30;
  std::size_t all_;
  terminal out_;
  std::size_t placed_{};
  std::size_t refused_{};
};

/// The trace that a response says it belongs to.
std::string trace_of(httplib::Response const& response) {
  auto const header = spanwise::read_traceparent(response.get_header_value("traceresponse"));
  return header ? std::string{header->trace_id().hex().view()} : std::string{};
}

posted_order post(httplib::Client& client, expected_order const& order) {
  auto const answered = client.Post("/checkout", {{"X-Channel", order.channel}}, order.body, "application/json");
  reply const got = read_reply(answered, "gateway");
  return {order.id, answered ? trace_of(*answered) : "", got.status, got.has_value() ? "" : got.error(),
          got.body.value("cents", 0L)};
}

} // namespace

std::vector<posted_order> post_orders(std::vector<expected_order> const& orders, std::string const& gateway,
                                      int in_flight) {
  std::vector<posted_order> posted(orders.size());
  std::set<std::string> answered;
  std::size_t next = 0;
  progress shown{orders.size()};
  std::mutex mutex;
  std::condition_variable changed;

  auto const work = [&] {
    httplib::Client client{"http://" + gateway};
    client.set_keep_alive(true);
    client.set_tcp_nodelay(true);
    client.set_read_timeout(30);
    std::unique_lock lock{mutex};
    while (next < orders.size()) {
      std::size_t const mine = next++;
      expected_order const& order = orders[mine];
      changed.wait(lock, [&] { return order.after.empty() || answered.contains(order.after); });
      lock.unlock();
      posted_order result = post(client, order);
      lock.lock();
      shown.add(result.status == 200);
      posted[mine] = std::move(result);
      answered.insert(order.id);
      changed.notify_all();
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < in_flight; ++i) threads.emplace_back(work);
  for (std::thread& each : threads) each.join();
  return posted;
}

} // namespace shop
