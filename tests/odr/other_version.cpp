// Compiled against a spanwise of another version: has a pipeline of its own, and shares only the current context.
#include <spanwise/spanwise.hpp>

#include <chrono>

#include "collect.hpp"

namespace {

std::vector<seen_span>& mine() {
  static std::vector<seen_span> seen;
  return seen;
}

} // namespace

/// Makes a span with the other version's library; gives its parent's id, and how many spans its own pipeline got.
std::string other_version_work(std::string& trace, std::size_t& arrived) {
  auto tracing = spanwise::start("other", spanwise::simple{collect{&mine()}});
  { spanwise::span span{"other"}; }
  if (tracing.shutdown(std::chrono::seconds{2}).left != 0) return {};
  arrived = mine().size();
  if (mine().empty()) return {};
  trace = mine().front().trace;
  return mine().front().parent;
}
