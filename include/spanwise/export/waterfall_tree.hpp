// Puts the spans of one trace into the order of a tree, each with the lines that join it to its parent.
// Any spans do: absent parents, circles and doubled ids still give one row for each span.
#pragma once

#include <spanwise/detail/sequence.hpp>
#include <spanwise/export/waterfall_span.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace spanwise::inline SPANWISE_ABI::detail {

/// The characters that trees, bars and marks are drawn with.
struct waterfall_glyphs {
  std::string_view branch, last_branch, line, gap, deep;
  std::string_view bar, bar_from_half, bar_to_half, tick;
  std::string_view event, error, ellipsis, link, micro;
};

inline constexpr waterfall_glyphs unicode_glyphs{"├ ", "└ ", "│ ", "  ", "⋯ ", "━", "╺",
                                                 "╸",  "╵",  "•",  "✗",  "…",  "→", "µs"};
inline constexpr waterfall_glyphs ascii_glyphs{"|- ", "`- ", "|  ", "   ", ".. ", "=",  "=",
                                               "=",   "'",   "*",   "x",   "...", "->", "us"};

/// One line of a waterfall: a span, or an event of it.
struct waterfall_row {
  waterfall_span const* span{};
  waterfall_event const* event{}; // nullptr for the span itself
  std::string lead{};             // the tree in front of the name
  std::string below{};            // the same for further lines of this row
  bool parent_missing{};
};

/// The rows of one trace, which has at least one span; the spans must outlive it.
template <class = on_use> class waterfall_tree {
public:
  /// Spans more than `deepest` levels down are no longer indented.
  waterfall_tree(std::vector<waterfall_span const*> spans, waterfall_glyphs const& glyphs, std::size_t deepest)
      : spans_{std::move(spans)}, glyphs_{glyphs}, deepest_{deepest} {
    arrange();
  }

  [[nodiscard]] std::vector<waterfall_row> const& rows() const noexcept { return rows_; }
  /// In the order in which they started.
  [[nodiscard]] std::vector<waterfall_span const*> const& spans() const noexcept { return spans_; }

private:
  struct node {
    waterfall_span const* span{};
    std::size_t depth{};
    bool visited{};
    bool parent_missing{};
    std::vector<std::size_t> children{};
  };

  void arrange() {
    sort_stably(spans_,
                [](waterfall_span const* left, waterfall_span const* right) { return left->start < right->start; });
    nodes_.resize(spans_.size());
    std::vector<std::size_t> by_id(spans_.size());
    for (std::size_t at = 0; at < spans_.size(); ++at) {
      nodes_[at].span = spans_[at];
      by_id[at] = at;
    }
    auto const id_less = [this](std::size_t left, std::size_t right) {
      return spans_[left]->span_id < spans_[right]->span_id;
    };
    sort_stably(by_id, id_less);
    std::vector<std::size_t> roots;
    for (std::size_t at = 0; at < spans_.size(); ++at) {
      span_id const parent = spans_[at]->parent_id;
      std::size_t const place = first_not(by_id, [&](std::size_t other) { return spans_[other]->span_id < parent; });
      std::size_t const found = place != by_id.size() ? by_id[place] : at;
      bool const present = parent.valid() && found != at && spans_[found]->span_id == parent;
      nodes_[at].parent_missing = parent.valid() && !present;
      if (present) nodes_[found].children.push_back(at);
      else roots.push_back(at);
    }
    for (std::size_t const root : roots) add_tree(root);
    // What no root leads to are parents that name each other in a circle: cut it where it starts first.
    for (std::size_t at = 0; at < nodes_.size(); ++at) {
      if (nodes_[at].visited) continue;
      nodes_[at].parent_missing = true;
      add_tree(at);
    }
  }

  /// Adds the rows of a span and of all below it, without recursion: a chain may be as long as it likes.
  void add_tree(std::size_t root) {
    struct pending {
      std::size_t node;
      std::string stem;
      bool last;
    };
    std::vector<pending> todo;
    todo.push_back({root, {}, true});
    nodes_[root].depth = 0;
    while (!todo.empty()) {
      pending const next = std::move(todo.back());
      todo.pop_back();
      node& here = nodes_[next.node];
      if (here.visited) continue;
      here.visited = true;
      bool const deep = here.depth > deepest_;
      std::string stem = next.stem;
      waterfall_row added{here.span, nullptr, {}, {}, here.parent_missing};
      if (here.depth != 0 && !deep) {
        added.lead = next.stem + std::string{next.last ? glyphs_.last_branch : glyphs_.branch};
        stem += next.last ? glyphs_.gap : glyphs_.line;
      } else if (deep) {
        added.lead = next.stem + std::string{glyphs_.deep};
      }
      bool parent = false;
      for (std::size_t const child : here.children) parent = parent || !nodes_[child].visited;
      added.below = stem + std::string{parent ? glyphs_.line : glyphs_.gap};
      rows_.push_back(added);
      for (waterfall_event const& event : here.span->events)
        rows_.push_back({here.span, &event, added.below, added.below, false});
      bool last = true;
      for (std::size_t child = here.children.size(); child-- > 0;) {
        if (nodes_[here.children[child]].visited) continue;
        nodes_[here.children[child]].depth = here.depth + 1;
        todo.push_back({here.children[child], stem, last});
        last = false;
      }
    }
  }

  std::vector<waterfall_span const*> spans_;
  waterfall_glyphs const& glyphs_;
  std::size_t deepest_;
  std::vector<node> nodes_{};
  std::vector<waterfall_row> rows_{};
};

} // namespace spanwise::inline SPANWISE_ABI::detail
