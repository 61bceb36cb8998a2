// The instrumentation scopes that a process has used: which library made a span, and in which version.
// A span's record names its scope by a small number; the back half looks the number up here.
#pragma once

#include <spanwise/core/diagnostics.hpp>
#include <spanwise/core/unlimited_attribute.hpp>
#include <spanwise/core/value_view.hpp>
#include <spanwise/core/wire.hpp>
#include <spanwise/detail/utf8.hpp>

#include <new>
#include <span>
#include <string_view>

namespace spanwise::inline SPANWISE_ABI {

/// What a tracer says of itself: name, version and schema URL of the instrumentation, each possibly empty.
struct scope_view {
  std::string_view name;
  std::string_view version;
  std::string_view schema_url;
  std::span<std::byte const> encoded; ///< the OTLP InstrumentationScope message

  [[nodiscard]] attribute_range attributes() const noexcept { return {encoded, 3}; }
};

namespace detail {

/// The same as a tracer has it, which names what it was made from.
struct scope_ref {
  std::string_view name;
  std::string_view version;
  std::string_view schema_url;
  std::uint64_t hash; ///< of the three texts
  std::span<attribute const> attributes{};
  std::uint64_t made_of{}; ///< a hash of the attributes; 0 for constants

  /// Tells scopes apart at a glance. Attributes that are constants count by where they lie: their values can't be looked
  /// at while compiling. Others may lie where others lay before.
  [[nodiscard]] SPANWISE_INLINE std::uint64_t mark() const noexcept {
    return hash + made_of + reinterpret_cast<std::uintptr_t>(attributes.data());
  }
};

/// Writes them as field 3 of an InstrumentationScope, and gives a hash of them. Their order says nothing, and of those
/// that have one key the last counts.
SPANWISE_COLD std::uint64_t put_scope_attributes(tape& out, std::span<attribute const> given) noexcept {
  std::uint64_t sum = 0;
  for (attribute const& each : given) {
    bool again = each.absent() || each.key_text().empty();
    for (attribute const* later = &each + 1; later != given.data() + given.size(); ++later)
      again = again || (!later->absent() && later->key_text() == each.key_text());
    std::size_t const before = out.size();
    if (again || !put_unlimited_attribute(out, tag::bytes_3, each.key_text(), each.value())) continue;
    std::uint64_t hash = 14695981039346656037ULL;
    for (std::size_t at = before; at < out.size(); ++at) hash = (hash ^ out.data()[at]) * 1099511628211ULL;
    sum += hash;
  }
  return sum;
}

inline constexpr std::uint32_t most_scope_bytes = 1U << 20;
[[nodiscard]] SPANWISE_COLD std::uint64_t hash_of_attributes(std::span<attribute const> given) noexcept {
  inline_tape out{most_scope_bytes};
  return put_scope_attributes(out, given);
}

} // namespace detail

/// The scopes in use, by number; entries are added by any thread and never change or go away.
class scope_list {
public:
  static constexpr std::size_t capacity = 256;

  constexpr scope_list() noexcept = default;
  scope_list(scope_list const&) = delete;
  scope_list& operator=(scope_list const&) = delete;

  /// The number of this scope, adding it at first use. A full list gives 0, the unnamed scope, and says so once.
  ///
  /// `attributes` are encoded, as field 3 of an InstrumentationScope; `hash` is of all that is given.
  std::uint16_t find_or_add(std::uint64_t hash, std::string_view name, std::string_view version,
                            std::string_view schema_url, std::span<unsigned char const> attributes = {}) noexcept {
    entry* added = nullptr;
    for (std::size_t number = 0; number < capacity; ++number) {
      entry* present = entries_[number].load(detail::acquire);
      if (present == nullptr) {
        if (added == nullptr) added = make(hash, name, version, schema_url, attributes);
        if (added == nullptr) return 0;
        if (entries_[number].compare_exchange(present, added, detail::acq_rel, detail::acquire))
          return static_cast<std::uint16_t>(number);
      }
      if (present->hash == hash) {
        ::operator delete(added);
        return static_cast<std::uint16_t>(number);
      }
    }
    ::operator delete(added);
    detail::count_misuse(misuse::too_many_scopes);
    return 0;
  }

  /// What was last noted of a scope, 0 at first.
  [[nodiscard]] std::uint32_t note(std::size_t number) const noexcept {
    entry const* const present = entries_[number].load(detail::acquire);
    return present == nullptr ? 0 : present->note.load(detail::relaxed);
  }
  void note(std::size_t number, std::uint32_t what) noexcept {
    if (entry* const present = entries_[number].load(detail::acquire)) present->note.store(what, detail::relaxed);
  }

  [[nodiscard]] scope_view operator[](std::size_t number) const noexcept {
    entry const* const present = number < capacity ? entries_[number].load(detail::acquire) : nullptr;
    return present == nullptr ? scope_view{} : present->view;
  }

  [[nodiscard]] std::size_t size() const noexcept {
    std::size_t count = 0;
    while (count < capacity && entries_[count].load(detail::acquire) != nullptr) ++count;
    return count;
  }

private:
  struct entry {
    std::uint64_t hash;
    scope_view view;
    detail::atomic<std::uint32_t> note{0};
  };

  /// Receivers refuse whole requests for one byte that is no UTF-8.
  static entry* make(std::uint64_t hash, std::string_view name, std::string_view version, std::string_view schema_url,
                     std::span<unsigned char const> attributes) noexcept {
    using detail::repaired_size;
    std::size_t const texts = repaired_size(name) + repaired_size(version) + repaired_size(schema_url);
    auto* const block = static_cast<unsigned char*>(::operator new(
        sizeof(entry) + 2 * texts + attributes.size() + 4 * detail::max_varint_size, std::nothrow));
    if (block == nullptr) return nullptr;
    unsigned char* const message = block + sizeof(entry);
    unsigned char* out = message;
    auto const field = [&](unsigned char tag, std::string_view text) {
      if (text.empty()) return;
      *out++ = tag;
      out = detail::put_varint(out, repaired_size(text));
      out = detail::put_repaired(out, text);
    };
    field(detail::tag::bytes_1, name);
    field(detail::tag::bytes_2, version);
    out = detail::put_bytes(out, attributes.data(), attributes.size());
    auto const size = static_cast<std::size_t>(out - message);
    auto const kept = [&](std::string_view text) {
      auto const* const start = reinterpret_cast<char const*>(out);
      out = detail::put_repaired(out, text);
      return std::string_view{start, static_cast<std::size_t>(reinterpret_cast<char const*>(out) - start)};
    };
    scope_view const view{kept(name), kept(version), kept(schema_url), {reinterpret_cast<std::byte const*>(message), size}};
    return new (block) entry{hash, view};
  }

  detail::atomic<entry*> entries_[capacity]{};
};

} // namespace spanwise::inline SPANWISE_ABI
