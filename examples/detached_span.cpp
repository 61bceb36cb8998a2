// A detached_span is tied to no scope and no thread: started here, continued there, ended when the work is done.
#include <spanwise/spanwise.hpp>

#include <thread>
#include <utility>

int main() {
  auto tracing = spanwise::start("shop", spanwise::console{});

  spanwise::detached_span job{"export report", {"rows", 1200}};
  std::thread worker{[job = std::move(job)]() mutable {
    {
      auto const active = job.activate(); // current on this thread until the end of the block
      spanwise::span write{"write file"}; // so this is its child
    }
    job.set("bytes", 48'000);
    job.end(); // at the latest when it is destroyed
  }};
  worker.join();
}

// Prints:
// trace ... 2 spans
// shop  export report ... rows=1200  bytes=48000
//       ... write file ...
