// Prints traces as they end: one row a span, as a tree with bars, durations, errors, attributes and events.
// For people who look at a terminal while they develop. The format is not stable and is not meant for programs to read
// (OpenTelemetry, standard output exporter). Best alone, `start("shop", console{})`: each trace then shows as its root
// ends.
#pragma once

#include <spanwise/core/diagnostics.hpp>
#include <spanwise/core/span_view.hpp>
#include <spanwise/detail/contain.hpp>
#include <spanwise/export/held_spans.hpp>
#include <spanwise/export/terminal.hpp>
#include <spanwise/export/waterfall.hpp>
#include <spanwise/export/waterfall_texts.hpp>
#include <spanwise/pipeline/exporter.hpp>

#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spanwise::inline SPANWISE_ABI {

/// Shows traces on a terminal, or wherever `write` or `stream` leads.
struct console {
  static constexpr std::string_view exporter_name = "console"; ///< in OTEL_TRACES_EXPORTER
  static constexpr bool immediate = true;                      ///< given to start alone, it is not put behind a batch

  /// Takes the text, one call for one or more whole traces; `stream` is then not used.
  void (*write)(std::string_view text, void* user) noexcept = nullptr;
  /// Given to `write` as it is.
  void* user = nullptr;
  /// Where the text goes; left out: stdout.
  std::FILE* stream = nullptr;
  /// Left out: colours on a terminal, unless NO_COLOR is set.
  std::optional<bool> colors{};
  /// Left out: as the locale of the environment has it, true if that names none. False draws in ASCII; names and values
  /// stay as they are.
  std::optional<bool> unicode{};
  /// In columns; 0 takes that of the terminal, else COLUMNS, else 100.
  std::size_t width = 0;
  bool attributes = true;
  bool events = true;
  /// Adds the name and version of the tracer, as otel.scope.name and otel.scope.version.
  bool scopes = false;
  /// Spans of traces whose root has not ended are held back up to this number and size; then all of them are shown.
  std::size_t max_spans = 10'000;
  std::size_t max_bytes = std::size_t{4} << 20;
  /// No span is held back longer than this while others keep ending. Long-running roots thus show what they do.
  std::int64_t max_wait_ms = 5000;
};

template <class Client> struct sender<console, Client> {
  sender(console described, exporter_setup const& setup) noexcept
      : console_{described}, stream_{described.stream != nullptr ? described.stream : stdout} {
    std::FILE* const shown_on = console_.write == nullptr ? stream_ : nullptr;
    detail::contain([&] {
      unicode_ = console_.unicode.value_or(detail::utf8_locale(setup.env));
      colors_ = console_.colors.value_or(detail::wants_colors(shown_on, setup.env));
      default_width_ = detail::default_columns(setup.env);
    });
  }

  /// A span counts as exported once it is held or shown; flush and shutdown show all that is held.
  export_result export_spans(span_batch const& batch, deadline) noexcept {
    export_result result;
    std::int64_t const now = detail::steady_ns();
    for (record const& each : batch.records) {
      bool added = false;
      if (!closed_) detail::contain([&] { added = held_.add(each, now); });
      ++(added ? result.exported : result.failed);
    }
    detail::contain([&] {
      remember(batch);
      constexpr std::int64_t century = detail::longest_wait.ns / 1'000'000;
      held_.expire(now - std::min<std::int64_t>(std::max<std::int64_t>(console_.max_wait_ms, 0), century) * 1'000'000);
      bool const full = held_.size() > console_.max_spans || held_.bytes() > console_.max_bytes;
      if (full || held_.any_ready()) show(full);
    });
    return result;
  }

  bool flush(deadline) noexcept {
    return detail::contain([&] { show(true); });
  }

  void shutdown(deadline until) noexcept {
    closed_ = true;
    flush(until);
  }

private:
  struct scope_text {
    std::string name{};
    std::string version{};
  };

  /// Keeps what flush and shutdown, which get no batch, need to show spans.
  void remember(span_batch const& batch) {
    if (std::string_view const service = batch.resource.text("service.name"); service != service_) service_ = service;
    if (!console_.scopes) return;
    for (record const& each : batch.records) {
      if (each.scope >= scope_list::capacity) continue;
      if (each.scope >= scopes_.size()) scopes_.resize(each.scope + std::size_t{1});
      scope_view const scope = batch.scopes[each.scope];
      scopes_[each.scope] = {std::string{scope.name}, std::string{scope.version}};
    }
  }

  void show(bool all) {
    std::vector<waterfall_span> spans;
    auto const take = [&](detail::held_span const& one, std::span<std::byte const> bytes) {
      spans.push_back(drawable(one, span_view{bytes}));
    };
    if (all) held_.take_all(take);
    else held_.take_ready(take);
    if (spans.empty()) return;
    std::size_t const columns = console_.write == nullptr ? detail::terminal_columns(stream_) : 0;
    std::size_t const width = console_.width != 0 ? console_.width : columns != 0 ? columns : default_width_;
    std::string text;
    draw_waterfall(spans, {.width = width, .unicode = unicode_, .colors = colors_}, text);
    if (any_shown_) text.insert(0, 1, '\n');
    any_shown_ = true;
    if (console_.write != nullptr) return console_.write(text, console_.user);
    bool const written = std::fwrite(text.data(), 1, text.size(), stream_) == text.size();
    if (std::fflush(stream_) != 0 || !written)
      report(severity::warning, "console write", "the console exporter could not write all of its text");
  }

  waterfall_span drawable(detail::held_span const& held, span_view const& view) const {
    waterfall_span out;
    out.trace_id = held.trace;
    out.span_id = held.own;
    out.parent_id = held.parent;
    out.parent_is = held.local_root ? parent_place::in_another_process
                    : held.late     ? parent_place::drawn_before
                                    : parent_place::not_ended;
    out.service = service_;
    out.name = view.name();
    out.kind = view.kind();
    out.start = view.start();
    out.end = view.end();
    out.status = view.status();
    out.message = view.status_message();
    auto const none_hidden = [](attribute_view const&) { return false; };
    if (console_.attributes) out.attributes = detail::attribute_texts(view.attributes(), none_hidden);
    if (console_.scopes && held.scope < scopes_.size()) {
      scope_text const& scope = scopes_[held.scope];
      if (!scope.name.empty()) out.attributes.push_back({"otel.scope.name", scope.name});
      if (!scope.version.empty()) out.attributes.push_back({"otel.scope.version", scope.version});
    }
    if (console_.events)
      for (event_view const& event : view.events())
        out.events.push_back(
            {std::string{event.name()}, event.time(), detail::attribute_texts(event.attributes(), none_hidden)});
    for (link_view const& link : view.links()) out.links.push_back({link.trace_id(), link.span_id()});
    detail::note_oddities(out.notes, view);
    return out;
  }

  console console_;
  std::FILE* stream_;
  detail::held_spans<> held_{};
  std::vector<scope_text> scopes_{};
  std::string service_{};
  std::size_t default_width_{100};
  bool unicode_{};
  bool colors_{};
  bool closed_{};
  bool any_shown_{};
};

} // namespace spanwise::inline SPANWISE_ABI
