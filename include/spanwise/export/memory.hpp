// Keeps finished spans in this process, for tests: `memory_sink sink; start("test", memory{sink})`, then sink.spans().
// Not for production: what is not cleared stays in memory.
#pragma once

#include <spanwise/core/span_view.hpp>
#include <spanwise/detail/contain.hpp>
#include <spanwise/detail/counted.hpp>
#include <spanwise/detail/monitor.hpp>
#include <spanwise/pipeline/exporter.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace spanwise::inline SPANWISE_ABI {

/// A finished span that keeps what it shows: a span_view that stays valid. Copies share one block of bytes.
class memory_span : public span_view {
public:
  memory_span(record const& finished, scope_view const& scope, detail::counted<spanwise::resource const> of)
      : memory_span{copied(finished, scope), finished.size, scope, std::move(of)} {}

  /// Name and version of the tracer that made it; empty for the default one.
  [[nodiscard]] std::string_view scope_name() const noexcept { return scope_.name; }
  [[nodiscard]] std::string_view scope_version() const noexcept { return scope_.version; }
  [[nodiscard]] std::string_view scope_schema_url() const noexcept { return scope_.schema_url; }
  [[nodiscard]] attribute_range scope_attributes() const noexcept { return scope_.attributes(); }
  /// The resource of the pipeline that it came through.
  [[nodiscard]] spanwise::resource const& resource() const noexcept { return *resource_; }

private:
  using block = detail::counted<std::string>;

  memory_span(block bytes, std::size_t size, scope_view const& scope, detail::counted<spanwise::resource const> of)
      : span_view{std::as_bytes(std::span{bytes->data(), size})}, bytes_{std::move(bytes)}, resource_{std::move(of)} {
    char const* at = bytes_->data() + size;
    auto const next = [&at](std::string_view text) {
      return std::string_view{std::exchange(at, at + text.size()), text.size()};
    };
    scope_.name = next(scope.name);
    scope_.version = next(scope.version);
    scope_.schema_url = next(scope.schema_url);
    scope_.encoded = {reinterpret_cast<std::byte const*>(at), scope.encoded.size()};
  }

  static block copied(record const& finished, scope_view const& scope) {
    auto bytes = block::make();
    bytes->reserve(finished.size + scope.name.size() + scope.version.size() + scope.schema_url.size() +
                   scope.encoded.size());
    bytes->append(reinterpret_cast<char const*>(finished.message), finished.size)
        .append(scope.name)
        .append(scope.version)
        .append(scope.schema_url)
        .append(reinterpret_cast<char const*>(scope.encoded.data()), scope.encoded.size());
    return bytes;
  }

  block bytes_;
  detail::counted<spanwise::resource const> resource_;
  scope_view scope_{};
};

/// Where `memory` puts spans; a handle, of which copies mean the same store. Safe for any thread.
class memory_sink {
public:
  memory_sink() : state_{detail::counted<state>::make()} {}

  /// The spans so far, in the order in which they were exported.
  [[nodiscard]] std::vector<memory_span> spans() const {
    detail::locked const held{state_->guard};
    return state_->spans;
  }
  [[nodiscard]] std::size_t size() const {
    detail::locked const held{state_->guard};
    return state_->spans.size();
  }
  /// The first span of this name, if there is one.
  [[nodiscard]] std::optional<memory_span> find(std::string_view name) const {
    detail::locked const held{state_->guard};
    for (memory_span const& each : state_->spans)
      if (each.name() == name) return each;
    return std::nullopt;
  }
  void clear() {
    detail::locked const held{state_->guard};
    state_->spans.clear();
  }
  /// Waits until there are at least `count` spans; false if there are not within `longest`.
  bool wait_for(std::size_t count, duration longest = detail::seconds(5)) const {
    deadline const until = deadline::in(longest);
    detail::locked held{state_->guard};
    return state_->grown.wait_until(held, until.steady_ns(), [&] { return state_->spans.size() >= count; });
  }

  /// Copies the spans of a batch; what `memory` does. All of them or, when it throws for want of memory, none.
  template <class = detail::on_use> void add(span_batch const& batch) {
    std::vector<memory_span> added;
    added.reserve(batch.records.size());
    auto const resource = detail::counted<spanwise::resource const>::make(batch.resource);
    for (record const& each : batch.records) added.emplace_back(each, batch.scopes[each.scope], resource);
    {
      detail::locked const held{state_->guard};
      state_->spans.insert(state_->spans.end(), added.begin(), added.end());
    }
    state_->grown.notify_all();
  }

private:
  struct state {
    detail::mutex guard;
    detail::condition grown;
    std::vector<memory_span> spans;
  };

  detail::counted<state> state_;
};

/// Exports into a sink that the test keeps a handle of. After shutdown nothing is taken any more; the sink stays
/// readable.
struct memory {
  static constexpr std::string_view exporter_name = "memory";
  static constexpr bool immediate = true;

  memory_sink sink;
};

template <class Client> struct sender<memory, Client> {
  sender(memory described, exporter_setup const&) noexcept : sink_{std::move(described.sink)} {}

  export_result export_spans(span_batch const& batch, deadline) noexcept {
    std::size_t const size = batch.records.size();
    bool const taken = !closed_ && detail::contain([&] { sink_.add(batch); });
    return taken ? export_result{.exported = size} : export_result{.failed = size};
  }
  void shutdown(deadline) noexcept { closed_ = true; }

private:
  memory_sink sink_;
  bool closed_{};
};

} // namespace spanwise::inline SPANWISE_ABI
