// bind(f) carries the current context to wherever f is called: a thread, std::async, a pool, a callback.
#include <spanwise/spanwise.hpp>

#include <functional>
#include <future>
#include <queue>
#include <thread>

void pick(char const* item) {
  spanwise::span picking{"pick", {"item", item}};
}

int main() {
  auto tracing = spanwise::start("warehouse", spanwise::console{});
  std::queue<std::function<void()>> pool;
  {
    spanwise::span order{"order"};

    std::thread thread{spanwise::bind([] { pick("tea"); })};
    thread.join();

    std::async(std::launch::async, spanwise::bind([] { pick("mug"); })).get();

    pool.push(spanwise::bind([] { pick("kettle"); }));
    std::thread worker{[&] { pool.front()(); }}; // the pool's thread knows nothing of the order
    worker.join();
  }
}

// Prints:
// trace ... 4 spans
// warehouse  order ...
//            ... pick ... item=tea
//            ... pick ... item=mug
//            ... pick ... item=kettle
