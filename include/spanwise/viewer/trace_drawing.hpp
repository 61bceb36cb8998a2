// Draws received traces and tables of them as text for a terminal. The drawing of a trace is that of the console
// exporter, over several services, with what only a receiver can see: parents that never came, and clocks that differ.
#pragma once

#include <spanwise/export/waterfall.hpp>
#include <spanwise/export/waterfall_texts.hpp>
#include <spanwise/viewer/received_span.hpp>
#include <spanwise/viewer/trace_summary.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace spanwise::inline SPANWISE_ABI {

/// How traces are drawn.
struct drawing_options {
  waterfall_style style{};
  bool all_attributes = false; ///< otherwise those that say little, or what the name says already, are left out
};

namespace detail {

/// True for what instrumentation records on each span of its kind and nobody looks for first: addresses and versions,
/// the status of calls that went well, what the name says already, and the URL of a call whose other end is drawn
/// below.
[[nodiscard]] inline bool says_little(attribute_view const& attribute, std::string_view span_name,
                                      bool called_is_drawn) noexcept {
  for (std::string_view const prefix : {"telemetry.", "network.", "user_agent.", "server.", "client.", "thread.",
                                        "code.", "otel.", "url.scheme", "exception.stacktrace"})
    if (attribute.key.starts_with(prefix)) return true;
  std::string_view const value = attribute.value.as_string();
  if (attribute.key == "url.full") return called_is_drawn;
  if (attribute.key == "http.response.status_code") return attribute.value.as_int() < 400;
  if (attribute.key == "error.type") return value.find_first_not_of("0123456789") == value.npos;
  return value.size() > 1 && span_name.find(value) != span_name.npos;
}

/// What is odd about a span, seen beside its parent; nullptr if that has not come.
[[nodiscard]] inline std::vector<std::string> notes_on(received_span const& each, received_span const* parent,
                                                       std::string_view micro) {
  span_view const view = each.view();
  std::vector<std::string> notes;
  auto const length = [&](std::int64_t from, std::int64_t to) {
    std::int64_t const gap = nanoseconds_between(from, to);
    return duration_text(gap, unit_of(gap), micro);
  };
  if (parent != nullptr && view.start() < parent->view().start()) {
    std::string note = "starts " + length(view.start().unix_ns, parent->view().start().unix_ns) + " before its parent";
    if (parent->service() != each.service()) note += ": clocks differ";
    notes.push_back(std::move(note));
  }
  note_oddities(notes, view);
  return notes;
}

/// A line for a trace of which something is missing; empty if nothing is.
[[nodiscard]] inline std::string mark_of(trace_summary const& trace) {
  if (trace.whole()) return {};
  std::string mark = "incomplete:";
  if (trace.roots == 0) mark += " the root span has not come";
  else if (trace.roots > 1) mark += ' ' + plural(trace.roots, "root");
  if (trace.orphans != 0) {
    if (mark.back() != ':') mark += ',';
    mark += trace.orphans == 1 ? " the parent of 1 span has not come"
                               : " the parents of " + std::to_string(trace.orphans) + " spans have not come";
  }
  return mark;
}

inline void append_colored(std::string& out, std::string_view text, std::string_view color, bool colors) {
  if (colors) out += color;
  out += text;
  if (colors) out += "\x1b[0m";
}

/// Rows of cells below a head, in columns as wide as their widest cell. The columns from `numbers` on stand to the
/// right; in column `errors` all but "0" is red.
inline void append_table(std::string& out, std::vector<std::vector<std::string>> const& rows, std::size_t numbers,
                         std::size_t errors, bool colors) {
  std::vector<std::size_t> widths(rows.front().size());
  for (auto const& row : rows)
    for (std::size_t column = 0; column < row.size(); ++column)
      widths[column] = std::max(widths[column], display_width(row[column]));
  for (auto const& row : rows) {
    bool const head = &row == &rows.front();
    for (std::size_t column = 0; column < row.size(); ++column) {
      std::string const& cell = row[column];
      std::size_t const blank = widths[column] - display_width(cell);
      bool const red = !head && column == errors && cell != "0";
      if (column >= numbers) out.append(blank, ' ');
      append_colored(out, cell, head ? "\x1b[2m" : "\x1b[31m", colors && (head || red));
      if (column + 1 == row.size()) break;
      out.append(column < numbers ? blank + 2 : 2, ' ');
    }
    out += '\n';
  }
}

} // namespace detail

/// One trace as a waterfall over all its services.
[[nodiscard]] inline std::string draw_trace(received_trace const& trace, drawing_options const& options = {}) {
  std::unordered_map<span_id, received_span const*> by_id;
  for (auto const& each : trace.spans) by_id.emplace(each->view().span_id(), each.get());
  std::unordered_set<span_id> callers; // of spans in other services
  for (auto const& each : trace.spans)
    if (auto const parent = by_id.find(each->view().parent_span_id());
        parent != by_id.end() && parent->second->service() != each->service())
      callers.insert(parent->first);
  std::string_view const micro = options.style.unicode ? "µs" : "us";
  std::vector<waterfall_span> rows;
  rows.reserve(trace.spans.size());
  for (auto const& each : trace.spans) {
    span_view const view = each->view();
    auto const parent = by_id.find(view.parent_span_id());
    waterfall_span row;
    row.trace_id = view.trace_id();
    row.span_id = view.span_id();
    row.parent_id = view.parent_span_id();
    row.service = each->service();
    row.name = view.name();
    row.kind = view.kind();
    row.start = view.start();
    row.end = view.end();
    row.status = view.status();
    row.message = view.status_message();
    auto const hidden = [&](attribute_view const& attribute) {
      return !options.all_attributes && detail::says_little(attribute, view.name(), callers.contains(view.span_id()));
    };
    row.attributes = detail::attribute_texts(view.attributes(), hidden);
    for (event_view const event : view.events())
      row.events.push_back(
          {std::string{event.name()}, event.time(), detail::attribute_texts(event.attributes(), hidden)});
    for (link_view const link : view.links()) row.links.push_back({link.trace_id(), link.span_id()});
    row.notes = detail::notes_on(*each, parent == by_id.end() ? nullptr : parent->second, micro);
    rows.push_back(std::move(row));
  }
  std::string out;
  draw_waterfall(rows, options.style, out);
  std::string const mark = detail::mark_of(summarize(trace));
  if (mark.empty()) return out;
  detail::append_colored(out, mark, "\x1b[33m", options.style.colors);
  return out += '\n';
}

/// A table of operations: service, operation, count, errors, p50, p99.
[[nodiscard]] inline std::string draw_operations(std::vector<operation_summary> const& operations,
                                                 waterfall_style const& style = {}) {
  std::string_view const micro = style.unicode ? "µs" : "us";
  std::string_view const ellipsis = style.unicode ? "…" : "...";
  auto const time = [&](std::int64_t ns) { return detail::duration_text(ns, detail::unit_of(ns), micro); };
  std::size_t const widest = std::max<std::size_t>(style.width, 80) - 50;
  std::vector<std::vector<std::string>> rows{{"service", "operation", "count", "errors", "p50", "p99"}};
  for (operation_summary const& one : operations)
    rows.push_back({detail::cut_to(detail::printable(one.service), 20, ellipsis),
                    detail::cut_to(detail::printable(one.name), widest, ellipsis), std::to_string(one.count),
                    std::to_string(one.errors), time(one.p50_ns), time(one.p99_ns)});
  std::string out;
  detail::append_table(out, rows, 2, 3, style.colors);
  return out;
}

/// A table of traces, one a line.
[[nodiscard]] inline std::string draw_trace_list(std::vector<trace_summary> const& traces,
                                                 waterfall_style const& style = {}) {
  std::string_view const micro = style.unicode ? "µs" : "us";
  std::string_view const ellipsis = style.unicode ? "…" : "...";
  std::vector<std::vector<std::string>> rows{{"trace", "service", "operation", "services", "spans", "errors", "time"}};
  for (trace_summary const& one : traces) {
    std::int64_t const length = one.duration_ns();
    rows.push_back({std::string{one.id.hex().view()}, detail::cut_to(detail::printable(one.service), 20, ellipsis),
                    detail::cut_to(detail::printable(one.name), 40, ellipsis), std::to_string(one.services.size()),
                    std::to_string(one.spans), std::to_string(one.errors),
                    detail::duration_text(length, detail::unit_of(length), micro)});
  }
  std::string out;
  detail::append_table(out, rows, 3, 5, style.colors);
  return out;
}

} // namespace spanwise::inline SPANWISE_ABI
