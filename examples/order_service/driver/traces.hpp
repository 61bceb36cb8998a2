// Asks the local receiver what has arrived, and puts a trace into the form that trees.txt has.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace shop {

struct seen_span {
  std::string service;
  std::string name;
  std::string span_id;
  std::string parent_id; ///< empty: a root
  std::string kind;
  std::string start; ///< nanoseconds, all of one length
  bool error{};
  std::map<std::string, std::string> attributes; ///< each as text
};

/// Its members throw std::runtime_error if the receiver cannot be reached, or refuses to answer.
class receiver_client {
public:
  explicit receiver_client(std::string url) : url_{std::move(url)} {}

  /// Waits until this many spans and traces have come; false if that takes longer than `seconds`.
  [[nodiscard]] bool wait(std::size_t spans, std::size_t traces, int seconds) const;
  /// The spans of a trace, in order of their start; none if it is not there.
  [[nodiscard]] std::vector<seen_span> trace(std::string const& trace_id) const;
  /// Spans by trace, as they have arrived.
  [[nodiscard]] std::map<std::string, std::size_t> traces() const;
  /// The answer to GET /text…, drawn for this terminal: a trace as a waterfall, or a table.
  [[nodiscard]] std::string text(std::string const& path) const;

private:
  [[nodiscard]] std::string get(std::string const& path) const;

  std::string url_;
};

/// "service: name [kind]" of each span, indented below its parent, "!" behind those that failed.
[[nodiscard]] std::string tree_of(std::vector<seen_span> const& spans);

} // namespace shop
