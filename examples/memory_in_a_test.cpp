// In a test, spans are kept in memory and looked at: what did this function do, in which order, with what result?
#include <spanwise/spanwise.hpp>

#include <cstdio>
#include <string>

bool reserve(int wanted) {
  spanwise::span span{"reserve", {"wanted", wanted}};
  if (wanted > 10) span.error("out of stock");
  return wanted <= 10;
}

void expect(bool good, char const* what) {
  std::printf("%s: %s\n", good ? "ok" : "FAILED", what);
}

int main() {
  spanwise::memory_sink sink;
  auto tracing = spanwise::start("test", spanwise::simple{spanwise::memory{sink}}); // simple: there as soon as it ended

  expect(!reserve(11), "eleven cannot be had");
  auto const span = sink.find("reserve");
  expect(span && span->status() == spanwise::status_code::error, "its span failed");
  expect(span && span->status_message() == "out of stock", "and says why");

  sink.clear();
  expect(reserve(3), "three can be had");
  expect(sink.size() == 1 && sink.spans()[0].status() == spanwise::status_code::unset, "its span did not fail");
}

// Prints:
// ok: eleven cannot be had
// ok: its span failed
// ok: and says why
// ok: three can be had
// ok: its span did not fail
