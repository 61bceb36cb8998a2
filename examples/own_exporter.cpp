// An exporter of one's own is any type with export_spans. It is called from one thread at a time and sees finished
// spans.
#include <spanwise/spanwise.hpp>

#include <cstdio>
#include <string>

class csv_exporter {
public:
  spanwise::export_result export_spans(spanwise::span_batch const& batch, spanwise::deadline) noexcept {
    for (spanwise::record const& each : batch.records) {
      spanwise::span_view const span{each};
      std::printf("%s,%s,%d attributes,%s\n", std::string{batch.resource.text("service.name")}.c_str(),
                  std::string{span.name()}.c_str(), count(span.attributes()),
                  span.status() == spanwise::status_code::error ? "error" : "fine");
    }
    return {.exported = batch.records.size()};
  }
  // Optional: bool flush(deadline), void shutdown(deadline), void cancel() noexcept.

private:
  template <class Range> static int count(Range const& range) {
    int found = 0;
    for ([[maybe_unused]] auto const& each : range) ++found;
    return found;
  }
};

int main() {
  auto tracing = spanwise::start("shop", spanwise::batch{csv_exporter{}});
  spanwise::span order{"order", {"items", 3}, {"channel", "web"}};
  spanwise::span pay{"pay"};
  pay.error("card refused");
}

// Prints:
// shop,pay,0 attributes,error
// shop,order,2 attributes,fine
