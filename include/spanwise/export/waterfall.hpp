// Draws traces for a terminal: one row a span, indented below its parent, with its duration, its bar on the time axis
// of the trace and what was recorded on it. Layout and text only: where spans come from and where text goes is no
// concern of it. The look may change in any release; nothing should parse it.
#pragma once

#include <spanwise/export/text_layout.hpp>
#include <spanwise/export/waterfall_span.hpp>
#include <spanwise/export/waterfall_tree.hpp>

#include <time.h>

#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace spanwise::inline SPANWISE_ABI {

struct waterfall_style {
  std::size_t width = 100; ///< columns of the terminal; less than 60 is taken as 60
  bool unicode = true;     ///< otherwise all that is drawn is ASCII; names and values stay as they are
  bool colors = false;     ///< ANSI escapes
};

namespace detail {

/// Draws the spans of one trace; lives for one drawing.
template <class = on_use> class waterfall_drawing {
public:
  waterfall_drawing(std::vector<waterfall_span const*> spans, waterfall_style const& style, std::string& out)
      : style_{style}, glyphs_{style.unicode ? unicode_glyphs : ascii_glyphs}, out_{out},
        width_{std::max(style.width, narrowest)}, tree_{std::move(spans), glyphs_, width_ / 12} {}

  void draw() {
    measure();
    draw_header();
    for (waterfall_row const& each : tree_.rows()) draw_row(each);
  }

private:
  using row = waterfall_row;

  /// A piece of text and the escape that colours it.
  struct styled {
    std::string text;
    std::string_view color;
  };

  static constexpr std::string_view dim = "\x1b[2m", red = "\x1b[31m", yellow = "\x1b[33m", plain = "\x1b[0m";
  static constexpr std::size_t narrowest = 60;
  static constexpr std::size_t gutter = 2;
  static constexpr std::size_t longest_value = 60;

  // ---- how wide the columns are

  void measure() {
    begin_ = tree_.spans().front()->start.unix_ns;
    end_ = begin_;
    for (waterfall_span const* each : tree_.spans()) {
      end_ = std::max(end_, each->end.unix_ns);
      note_service(each->service);
    }
    for (std::string const& service : services_)
      service_width_ = std::max(service_width_, display_width(printable(service)));
    service_width_ = std::min(service_width_, width_ / 6);
    unit_ = unit_of(total());
    std::size_t longest = 0;
    for (row const& each : tree_.rows()) {
      longest = std::max(longest, display_width(each.lead) + title_width(each));
      duration_width_ = std::max(duration_width_, display_width(time_of(each)));
    }
    // Names take what they need up to two thirds of what is left, bars the rest up to a third of the width.
    std::size_t const fixed = (service_width_ == 0 ? 0 : service_width_ + gutter) + duration_width_ + 2 * gutter;
    std::size_t const left = width_ > fixed ? width_ - fixed : 0;
    title_width_ = std::min(longest, left - left / 3);
    std::size_t const free = left - title_width_;
    bar_width_ = std::min<std::size_t>(free, width_ * 3 / 10);
    text_at_ = fixed + title_width_ + bar_width_ + gutter;
  }

  std::size_t title_width(row const& each) const { return width_of(title_of(each)); }

  static std::size_t width_of(std::vector<styled> const& pieces) {
    std::size_t width = 0;
    for (styled const& piece : pieces) width += display_width(piece.text);
    return width;
  }

  [[nodiscard]] std::int64_t total() const noexcept { return nanoseconds_between(begin_, end_); }

  std::vector<styled> title_of(row const& each) const {
    std::vector<styled> pieces;
    if (each.event != nullptr) {
      pieces.push_back({std::string{glyphs_.event} + " ", dim});
      pieces.push_back({printable(each.event->name), {}});
      return pieces;
    }
    bool const failed = each.span->status == status_code::error;
    if (failed) pieces.push_back({std::string{glyphs_.error} + " ", red});
    pieces.push_back({printable(each.span->name), failed ? red : std::string_view{}});
    constexpr std::string_view kinds[] = {"", " [server]", " [client]", " [producer]", " [consumer]"};
    auto const kind = static_cast<std::size_t>(each.span->kind);
    if (kind > 0 && kind < 5) pieces.push_back({std::string{kinds[kind]}, dim});
    return pieces;
  }

  std::string time_of(row const& each) const {
    std::int64_t const start = each.span->start.unix_ns;
    std::int64_t const end = each.event != nullptr ? each.event->time.unix_ns : each.span->end.unix_ns;
    std::int64_t const gap = nanoseconds_between(start, end);
    if (each.event == nullptr) return duration_text(std::max<std::int64_t>(gap, 0), unit_, glyphs_.micro);
    std::string const text = duration_text(gap, unit_, glyphs_.micro);
    return gap >= 0 ? "+" + text : text;
  }

  // ---- drawing

  void draw_header() {
    std::string line = "trace " + std::string{tree_.spans().front()->trace_id.hex().view()};
    std::size_t errors = 0;
    for (waterfall_span const* each : tree_.spans()) errors += each->status == status_code::error ? 1U : 0U;
    line += "  " + clock_text(begin_) + "  " + duration_text(total(), unit_, glyphs_.micro);
    line += "  " + std::to_string(tree_.spans().size()) + (tree_.spans().size() == 1 ? " span" : " spans");
    write(line, dim);
    if (errors != 0) {
      out_ += "  ";
      write(std::to_string(errors) + (errors == 1 ? " error" : " errors"), red);
    }
    out_ += '\n';
  }

  void draw_row(row const& each) {
    std::size_t const line_begin = out_.size();
    std::size_t used = draw_service(each);
    std::string_view const lead = each.lead;
    write(lead, dim);
    used += display_width(lead) +
            draw_title(each, title_width_ > display_width(lead) ? title_width_ - display_width(lead) : 0);
    pad(out_, used, service_columns() + title_width_ + gutter);
    std::string const time = time_of(each);
    pad(out_, display_width(time), duration_width_);
    write(time, each.event != nullptr ? dim : std::string_view{});
    out_.append(gutter, ' ');
    draw_bar(each);
    draw_notes(each, line_begin);
  }

  std::size_t draw_service(row const& each) {
    if (service_width_ == 0) return 0;
    std::string shown;
    if (each.event == nullptr && (!any_drawn_ || each.span->service != last_service_))
      shown = cut_to(printable(each.span->service), service_width_, glyphs_.ellipsis);
    any_drawn_ = true;
    last_service_ = each.span->service;
    write(shown, color_of(each.span->service));
    pad(out_, display_width(shown), service_columns());
    return service_columns();
  }

  std::size_t draw_title(row const& each, std::size_t columns) {
    std::size_t used = 0;
    for (styled const& piece : title_of(each)) {
      std::string const fits = cut_to(piece.text, columns - used, glyphs_.ellipsis);
      write(fits, piece.color);
      used += display_width(fits);
    }
    return used;
  }

  /// Bars are placed in half columns; a span too short for one still shows.
  void draw_bar(row const& each) {
    auto const whole = static_cast<double>(std::max<std::int64_t>(total(), 1));
    auto const halves = static_cast<double>(bar_width_ * 2);
    auto const place = [&](std::int64_t moment) {
      auto const share = static_cast<double>(nanoseconds_between(begin_, moment)) / whole;
      return static_cast<std::size_t>(std::min(std::max(share, 0.0), 1.0) * halves + 0.5);
    };
    if (bar_width_ == 0) return;
    if (each.event != nullptr) {
      std::size_t const at = std::min(place(each.event->time.unix_ns) / 2, bar_width_ - 1);
      out_.append(at, ' ');
      write(glyphs_.tick, color_of(each.span->service));
      out_.append(bar_width_ - 1 - at, ' ');
      return;
    }
    std::size_t const from = std::min(place(each.span->start.unix_ns), bar_width_ * 2 - 1);
    std::size_t const to = std::max(place(each.span->end.unix_ns), from + 1);
    out_.append(from / 2, ' ');
    std::string bar;
    std::size_t at = from;
    if (at % 2 == 1) {
      bar += glyphs_.bar_from_half;
      ++at;
    }
    for (; at + 2 <= to; at += 2) bar += glyphs_.bar;
    if (at < to) bar += glyphs_.bar_to_half;
    write(bar, each.span->status == status_code::error ? red : color_of(each.span->service));
    out_.append(bar_width_ - std::min(bar_width_, (to + 1) / 2), ' ');
  }

  /// What was recorded: behind the bar if all of it fits there, else on lines of its own below.
  void draw_notes(row const& each, std::size_t line_begin) {
    std::vector<styled> const notes = notes_of(each);
    std::size_t const width = notes.empty() ? 0 : width_of(notes) + 2 * (notes.size() - 1);
    if (!notes.empty() && text_at_ + width <= width_) {
      out_.append(gutter, ' ');
      for (std::size_t at = 0; at < notes.size(); ++at) {
        if (at != 0) out_ += "  ";
        write(notes[at].text, notes[at].color);
      }
      out_ += '\n';
      return;
    }
    while (out_.size() > line_begin && out_.back() == ' ') out_.pop_back();
    out_ += '\n';
    std::size_t const indent = service_columns() + display_width(each.below) + 2;
    std::size_t const room = width_ > indent + 20 ? width_ - indent : 20;
    std::size_t used = 0;
    auto const start_line = [&] {
      if (used != 0) out_ += '\n';
      out_.append(service_columns(), ' ');
      write(each.below, dim);
      out_ += "  ";
      used = 0;
    };
    for (styled const& note : notes) {
      std::size_t const columns = display_width(note.text);
      bool const alone = note.color == red || columns > room;
      if (used == 0 || alone || used + 2 + columns > room) start_line();
      else out_ += "  ";
      for (std::string const& line : wrapped(note.text, room, 4, glyphs_.ellipsis)) {
        if (alone && used != 0) start_line();
        write(line, note.color);
        used += columns + 2;
      }
      if (alone) used = room;
    }
    if (used != 0) out_ += '\n';
  }

  std::vector<styled> notes_of(row const& each) const {
    std::vector<styled> notes;
    auto const add_attributes = [&](std::vector<waterfall_attribute> const& attributes) {
      for (waterfall_attribute const& attribute : attributes)
        notes.push_back(
            {printable(attribute.key) + "=" + cut_to(printable(attribute.value), longest_value, glyphs_.ellipsis),
             dim});
    };
    if (each.event != nullptr) {
      add_attributes(each.event->attributes);
      return notes;
    }
    waterfall_span const& span = *each.span;
    if (span.status == status_code::error && !span.message.empty()) notes.push_back({printable(span.message), red});
    add_attributes(span.attributes);
    for (waterfall_link const& link : span.links) {
      std::string text = std::string{glyphs_.link} + " span " + std::string{link.span_id.hex().view()};
      if (link.trace_id != span.trace_id) text += " of trace " + std::string{link.trace_id.hex().view()};
      notes.push_back({text, dim});
    }
    for (std::string const& note : span.notes) notes.push_back({printable(note), yellow});
    if (each.parent_missing) notes.push_back(parent_note(span));
    return notes;
  }

  static styled parent_note(waterfall_span const& span) {
    std::string const parent{span.parent_id.hex().view()};
    switch (span.parent_is) {
    case parent_place::in_another_process:
      return {"called by span " + parent, dim};
    case parent_place::not_ended:
      return {"within span " + parent + ", which has not ended", dim};
    case parent_place::drawn_before:
      return {"ended after its parent, span " + parent, dim};
    case parent_place::here:
      break;
    }
    return {"parent " + parent + " not seen", yellow};
  }

  void write(std::string_view text, std::string_view color) {
    if (text.empty()) return;
    bool const colored = style_.colors && !color.empty();
    if (colored) out_ += color;
    out_ += text;
    if (colored) out_ += plain;
  }

  static std::string clock_text(std::int64_t unix_ns) {
    std::int64_t of_second = unix_ns % 1'000'000'000;
    if (of_second < 0) of_second += 1'000'000'000;
    auto const moment = static_cast<time_t>(unix_ns / 1'000'000'000 - (unix_ns % 1'000'000'000 < 0 ? 1 : 0));
    tm local{};
    localtime_r(&moment, &local);
    char text[32];
    std::snprintf(text, sizeof text, "%02d:%02d:%02d.%03d", local.tm_hour, local.tm_min, local.tm_sec,
                  static_cast<int>(of_second / 1'000'000));
    return text;
  }

  void note_service(std::string const& service) {
    if (service.empty() || contains(services_, service)) return;
    services_.push_back(service);
  }
  std::string_view color_of(std::string const& service) const {
    constexpr std::string_view palette[] = {"\x1b[36m", "\x1b[35m", "\x1b[34m", "\x1b[32m", "\x1b[33m"};
    std::size_t place = 0;
    while (place != services_.size() && services_[place] != service) ++place;
    return palette[place % std::size(palette)];
  }
  [[nodiscard]] std::size_t service_columns() const noexcept {
    return service_width_ == 0 ? 0 : service_width_ + gutter;
  }

  waterfall_style const& style_;
  waterfall_glyphs const& glyphs_;
  std::string& out_;
  std::size_t width_;
  waterfall_tree<> tree_;
  std::vector<std::string> services_{};
  std::string last_service_{};
  bool any_drawn_{};
  std::int64_t begin_{};
  std::int64_t end_{};
  time_unit unit_{};
  std::size_t service_width_{};
  std::size_t title_width_{};
  std::size_t duration_width_{};
  std::size_t bar_width_{};
  std::size_t text_at_{};
};

} // namespace detail

/// Appends the drawing of these spans, of one trace or of several, each under a header line with its trace id.
///
/// Any spans do: those whose parents are absent stand at the left and say so. May throw std::bad_alloc.
template <class = detail::on_use>
void draw_waterfall(std::vector<waterfall_span> const& spans, waterfall_style const& style, std::string& out) {
  std::vector<waterfall_span const*> left;
  for (waterfall_span const& each : spans) left.push_back(&each);
  for (bool first = out.empty(); !left.empty(); first = false) {
    std::vector<waterfall_span const*> drawn;
    std::vector<waterfall_span const*> others;
    for (waterfall_span const* each : left) (each->trace_id == left.front()->trace_id ? drawn : others).push_back(each);
    if (!first) out += '\n';
    detail::waterfall_drawing<>{std::move(drawn), style, out}.draw();
    left.swap(others);
  }
}

} // namespace spanwise::inline SPANWISE_ABI
