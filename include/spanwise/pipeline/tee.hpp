// The shapes of a pipeline beside a straight line: several exporters at once, each perhaps behind stages of its own.
#pragma once

#include <tuple>
#include <utility>

namespace spanwise::inline SPANWISE_ABI {

/// Sends each span to all of these; each branch keeps its own accounts.
///
/// They take turns on the one thread that exports, so a branch that hangs holds the others up until its time is over;
/// put what is quick and sure, such as a file, first.
template <class... Branches> struct tee {
  explicit tee(Branches... given) : branches{std::move(given)...} {}
  std::tuple<Branches...> branches;
};

/// Stages and the exporter behind them, as one branch of a tee: `tee{otlp_http{}, chain{filter{...}, otlp_file{...}}}`.
template <class... Parts> struct chain {
  explicit chain(Parts... given) : parts{std::move(given)...} {}
  std::tuple<Parts...> parts;
};

} // namespace spanwise::inline SPANWISE_ABI
