// An exporter of our own that keeps what these programs check: name, ids and parent of each span, in order of arrival.
#pragma once

#include <spanwise/spanwise.hpp>

#include <cstdio>
#include <string>
#include <vector>

struct seen_span {
  std::string name, trace, id, parent;
};

struct collect {
  std::vector<seen_span>* seen;

  spanwise::export_result export_spans(spanwise::span_batch const& batch, spanwise::deadline) noexcept {
    for (spanwise::record const& record : batch.records) {
      spanwise::span_view const view{record.bytes()};
      auto const text = [](auto const& id) { return std::string{std::string_view{id.hex()}}; };
      seen->push_back({std::string{view.name()}, text(view.trace_id()), text(view.span_id()), text(view.parent_span_id())});
    }
    return {.exported = batch.records.size()};
  }
};

inline seen_span const* find(std::vector<seen_span> const& seen, std::string const& name) {
  for (seen_span const& span : seen)
    if (span.name == name) return &span;
  return nullptr;
}

/// Prints and counts what does not hold.
inline int expect(bool good, char const* what) {
  if (!good) std::printf("does not hold: %s\n", what);
  return good ? 0 : 1;
}

inline int expect_child(std::vector<seen_span> const& seen, char const* child, char const* parent) {
  seen_span const* const inner = find(seen, child);
  seen_span const* const outer = find(seen, parent);
  int wrong = expect(inner != nullptr, child) + expect(outer != nullptr, parent);
  if (wrong == 0) wrong = expect(inner->trace == outer->trace && inner->parent == outer->id, "the inner span is a child of the outer");
  return wrong;
}
