// Reads YAML into a document by yaml-cpp, which gives events; from here on nothing needs it. What is bounded is bounded
// here: the size of the file, how deep it nests, and what its aliases unfold to.
#pragma once

#include <spanwise/config/document.hpp>
#include <spanwise/config/fault.hpp>
#include <spanwise/config/substitution.hpp>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <istream>
#include <streambuf>

#if !defined(__cpp_exceptions) && !defined(_MSC_VER)
#error "spanwise: configuration files need exceptions, which yaml-cpp throws"
#endif

namespace spanwise::inline SPANWISE_ABI {

/// No configuration file is longer; a longer one is refused.
inline constexpr std::size_t most_config_bytes = std::size_t{1} << 20;

namespace detail {

/// A stream that reads text where it is.
class text_stream_buffer : public std::streambuf {
public:
  explicit text_stream_buffer(std::string_view text) {
    char* const begin = const_cast<char*>(text.data());
    setg(begin, begin, begin + text.size());
  }
};

/// Builds the nodes from yaml-cpp's events. Faults end it quietly: later events are passed over.
class document_builder final : public YAML::EventHandler {
public:
  static constexpr std::size_t deepest = 64;
  static constexpr std::size_t most_nodes = 50'000;
  static constexpr std::size_t most_names = 2'000;                        ///< in one map
  static constexpr std::size_t most_filled_bytes = 4 * most_config_bytes; ///< texts with variables, of the whole file

  document_builder(config_document& document, environment const& env, config_faults& faults)
      : document_{document}, env_{env}, faults_{faults} {}

  [[nodiscard]] bool stopped() const noexcept { return stopped_; }
  [[nodiscard]] bool any() const noexcept { return any_; }

  void OnDocumentStart(YAML::Mark const&) override {}
  void OnDocumentEnd() override {}
  void OnNull(YAML::Mark const& mark, YAML::anchor_t anchor) override {
    // A value that is not there is where its name is, not where the next line begins.
    OnScalar(!open_.empty() && open_.back().has_key ? open_.back().key_mark : mark, "?", anchor, {});
  }

  void OnAlias(YAML::Mark const& mark, YAML::anchor_t anchor) override {
    if (stopped_) return;
    if (expects_key()) return stop(mark, "an alias stands where a name is expected; write the name");
    if (anchor >= anchors_.size() || anchors_[anchor].size == 0)
      return stop(mark, "an alias stands inside of what it repeats, which would never end");
    attach(mark, anchors_[anchor]);
  }

  void OnScalar(YAML::Mark const& mark, std::string const& tag, YAML::anchor_t anchor,
                std::string const& text) override {
    if (stopped_) return;
    if (expects_key()) return take_key(mark, text);
    config_node made = placed(mark);
    std::string problem;
    auto filled = text.find('$') == text.npos ? text : substitute_variables(text, env_, problem);
    if (!filled) {
      // The rest can be read all the same, and may have more of these.
      fault(mark, std::move(problem));
      made.broken = true;
      filled.emplace();
    }
    made.substituted = !made.broken && *filled != text;
    if (made.substituted) made.written = text;
    made.text = std::move(*filled);
    if (made.substituted && (filled_bytes_ += made.text.size()) > most_filled_bytes)
      return stop(mark, joined({"the variables of the file hold more than ", most_filled_bytes >> 20, " MiB"}));
    if (!made.broken && !give_type(made, tag))
      return stop(mark, joined({"the tag ", shown(tag), " has no meaning here"}));
    attach(mark, {add(std::move(made)), 1, 1}, anchor);
  }

  void OnSequenceStart(YAML::Mark const& mark, std::string const& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, "tag:yaml.org,2002:seq", anchor, config_node_kind::list);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(YAML::Mark const& mark, std::string const& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, "tag:yaml.org,2002:map", anchor, config_node_kind::map);
  }
  void OnMapEnd() override { close(); }

  SPANWISE_COLD void fault(YAML::Mark const& mark, std::string problem) {
    bool const known = mark.line >= 0 && mark.column >= 0;
    faults_.add({document_.file, known ? static_cast<std::uint32_t>(mark.line) + 1 : 0,
                 known ? static_cast<std::uint32_t>(mark.column) + 1 : 0, std::string{}, std::move(problem)});
  }

private:
  /// A node with what it unfolds to: nodes, and levels. A size of 0 is one that is still open.
  struct measured {
    std::uint32_t node = 0;
    std::size_t size = 0;
    std::size_t depth = 0;
  };
  struct level {
    measured all;
    YAML::anchor_t anchor{};
    bool has_key = false;
    std::string key{};
    YAML::Mark key_mark{};
    bool repeated = false; ///< its key was there before; what it holds is left out
  };

  [[nodiscard]] bool expects_key() const {
    return !open_.empty() && !open_.back().has_key &&
           document_.nodes[open_.back().all.node].kind == config_node_kind::map;
  }

  static config_node placed(YAML::Mark const& mark) {
    config_node made;
    made.line = static_cast<std::uint32_t>(std::max(mark.line, 0)) + 1;
    made.column = static_cast<std::uint32_t>(std::max(mark.column, 0)) + 1;
    return made;
  }

  std::uint32_t add(config_node made) {
    document_.nodes.push_back(std::move(made));
    return static_cast<std::uint32_t>(document_.nodes.size() - 1);
  }

  /// False if the tag is none of the core schema's, or the scalar is not what it says.
  static bool give_type(config_node& made, std::string_view tag) {
    std::string_view constexpr core = "tag:yaml.org,2002:";
    if (tag == "!" || tag == "tag:yaml.org,2002:str") return true;
    typed_scalar const found = resolve_scalar(made.text);
    made.value = found;
    if (tag.empty() || tag == "?") return true;
    if (!tag.starts_with(core)) return false;
    tag.remove_prefix(core.size());
    if (tag == "float" && found.type == scalar_type::integer) made.value.type = scalar_type::floating;
    return (tag == "null" && found.type == scalar_type::null) ||
           (tag == "bool" && found.type == scalar_type::boolean) ||
           (tag == "int" && found.type == scalar_type::integer) ||
           (tag == "float" && made.value.type == scalar_type::floating);
  }

  void take_key(YAML::Mark const& mark, std::string const& text) {
    level& map = open_.back();
    auto const& entries = document_.nodes[map.all.node].entries;
    if (entries.size() == most_names)
      return stop(mark, joined({"a map with more than ", most_names, " names is not read"}));
    map.has_key = true;
    map.key = text;
    map.key_mark = mark;
    map.repeated = false;
    for (auto const& entry : entries) map.repeated = map.repeated || entry.first == text;
    if (map.repeated)
      fault(mark, joined({"the name ", shown(text), " stands here a second time in one map; keep one"}));
  }

  void open(YAML::Mark const& mark, std::string_view tag, std::string_view usual, YAML::anchor_t anchor,
            config_node_kind kind) {
    if (stopped_) return;
    if (expects_key()) return stop(mark, "a list or map stands where a name is expected");
    if (!tag.empty() && tag != "?" && tag != "!" && tag != usual)
      return stop(mark, joined({"the tag ", shown(tag), " has no meaning here"}));
    if (open_.size() == deepest)
      return stop(mark, joined({"what is nested deeper than ", deepest, " levels is not read"}));
    config_node made = placed(mark);
    made.kind = kind;
    note_anchor(anchor, {});
    open_.push_back({.all = {add(std::move(made)), 1, 1}, .anchor = anchor});
  }

  void close() {
    if (stopped_ || open_.empty()) return;
    level const done = std::move(open_.back());
    open_.pop_back();
    config_node const& made = document_.nodes[done.all.node];
    YAML::Mark mark;
    mark.line = static_cast<int>(made.line) - 1;
    mark.column = static_cast<int>(made.column) - 1;
    attach(mark, done.all, done.anchor);
  }

  void note_anchor(YAML::anchor_t anchor, measured const& what) {
    if (anchor == 0) return;
    if (anchor >= anchors_.size()) anchors_.resize(anchor + 1);
    anchors_[anchor] = what;
  }

  /// Puts a finished node into the list or map that is open; the last one is the document.
  void attach(YAML::Mark const& mark, measured const& what, YAML::anchor_t anchor = 0) {
    note_anchor(anchor, what);
    if (open_.empty()) {
      if (any_) return;
      any_ = true;
      document_.root = what.node;
      return;
    }
    level& outer = open_.back();
    outer.all.size += what.size;
    outer.all.depth = std::max(outer.all.depth, what.depth + 1);
    if (outer.all.size > most_nodes)
      return stop(mark, joined({"the file has more than ", most_nodes, " values, or its aliases unfold to more"}));
    if (open_.size() + what.depth > deepest)
      return stop(mark, joined({"what is nested deeper than ", deepest, " levels is not read"}));
    config_node& into = document_.nodes[outer.all.node];
    if (into.kind == config_node_kind::list) {
      into.items.push_back(what.node);
    } else {
      outer.has_key = false;
      if (!outer.repeated) into.entries.emplace_back(std::move(outer.key), what.node);
    }
  }

  SPANWISE_COLD void stop(YAML::Mark const& mark, std::string problem) {
    fault(mark, std::move(problem));
    stopped_ = true;
  }

  config_document& document_;
  environment const& env_;
  config_faults& faults_;
  std::vector<level> open_;
  std::vector<measured> anchors_;
  std::size_t filled_bytes_ = 0;
  bool stopped_ = false;
  bool any_ = false;
};

} // namespace detail

/// The document that `text` is; what is wrong with it goes to `faults`. Empty, with a fault, if it is not YAML.
SPANWISE_SMALL config_document read_yaml(std::string_view text, std::string_view file, environment const& env,
                                         config_faults& faults) {
  config_document document{.file = std::string{file}};
  auto const whole = [&](std::string problem) {
    faults.add({document.file, 0, 0, std::string{}, std::move(problem)});
    document.nodes.clear();
  };
  if (text.size() > most_config_bytes) {
    whole(detail::joined({"the file is longer than ", most_config_bytes >> 20, " MiB, which no configuration is"}));
    return document;
  }
  detail::document_builder builder{document, env, faults};
  detail::text_stream_buffer buffer{text};
  std::istream stream{&buffer};
  try {
    YAML::Parser parser{stream};
    while (parser.HandleNextDocument(builder)) {
      if (builder.stopped()) break;
      // A second document would otherwise be read and mean nothing.
      if (builder.any() && parser) {
        config_document other;
        config_faults none;
        detail::document_builder rest{other, env, none};
        if (parser.HandleNextDocument(rest)) whole("the file holds several YAML documents; keep one");
        break;
      }
    }
    if (builder.stopped()) document.nodes.clear();
    else if (!builder.any() && faults.empty()) whole("the file is empty; it needs at least file_format: \"1.0\"");
  } catch (YAML::Exception const& thrown) {
    // What was given up is read on to find its end, and what is wrong with the rest is of no interest.
    if (!builder.stopped())
      builder.fault(thrown.mark, detail::joined({"this is no YAML: ", detail::shown(thrown.msg)}));
    document.nodes.clear();
  }
  return document;
}

} // namespace spanwise::inline SPANWISE_ABI
