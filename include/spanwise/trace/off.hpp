// Tracing that is off at compile time: the same names, nothing inside. The machine code is that of the program without
// the spans. Arguments are still evaluated; a value that is dear to make belongs behind `recording()`.
#pragma once

#include <spanwise/trace/current_span.hpp>
#include <spanwise/trace/tracer.hpp>

namespace spanwise::inline SPANWISE_ABI {

/// Takes every call of a span and does nothing.
template <> class [[maybe_unused]] basic_span<off> {
public:
  [[nodiscard]] constexpr explicit basic_span(text_view, attribute = {}, attribute = {}, attribute = {},
                                              attribute = {}, attribute = {}, attribute = {}, attribute = {},
                                              attribute = {}) noexcept {}
  [[nodiscard]] constexpr basic_span(text_view, span_kind, attribute = {}, attribute = {}, attribute = {},
                                     attribute = {}, attribute = {}, attribute = {}, attribute = {},
                                     attribute = {}) noexcept {}
  [[nodiscard]] constexpr basic_span(text_view, span_options const&, attribute = {}, attribute = {},
                                     attribute = {}, attribute = {}, attribute = {}, attribute = {}, attribute = {},
                                     attribute = {}) noexcept {}
  basic_span(basic_span const&) = delete;
  basic_span& operator=(basic_span const&) = delete;
  // Not defaulted: a struct that holds a span would be called unused by compilers.
  constexpr ~basic_span() {}

  template <class Value> constexpr void set(key, Value const&) const noexcept {}
  template <class Value> constexpr void set(any_key, Value const&) const noexcept {}
  template <class Held, class Value> constexpr void set(typed_key<Held>, Value const&) const noexcept {
    detail::judge_value<Held, Value>();
  }
  template <class Element> constexpr void set(key, std::initializer_list<Element>) const noexcept {}
  template <class Element> constexpr void set(any_key, std::initializer_list<Element>) const noexcept {}
  template <class Held, class Element>
  constexpr void set(typed_key<Held>, std::initializer_list<Element>) const noexcept {
    detail::judge_value<Held, std::initializer_list<Element>>();
  }
  constexpr void set(key, std::initializer_list<attribute>) const noexcept {}
  constexpr void set(any_key, std::initializer_list<attribute>) const noexcept {}
  constexpr void set(attribute const&, attribute const& = {}, attribute const& = {}, attribute const& = {},
                     attribute const& = {}, attribute const& = {}, attribute const& = {},
                     attribute const& = {}) const noexcept {}
  constexpr void event(text_view, attribute const& = {}, attribute const& = {}, attribute const& = {},
                       attribute const& = {}) const noexcept {}
  constexpr void event(text_view, time_point, attribute const& = {}, attribute const& = {},
                       attribute const& = {}, attribute const& = {}) const noexcept {}
  constexpr void link(span_context const&, attribute const& = {}, attribute const& = {}, attribute const& = {},
                      attribute const& = {}) const noexcept {}
  constexpr void error(text_view = {}) const noexcept {}
  constexpr void ok() const noexcept {}
  constexpr void status(status_code, text_view = {}) const noexcept {}
  constexpr void update_name(text_view) const noexcept {}
  template <class Exception>
  constexpr void record_exception(Exception const&, attribute const& = {}, attribute const& = {}, attribute const& = {},
                                  attribute const& = {}) const noexcept {}
  template <class Exception>
  constexpr void record_exception(Exception const&, time_point, attribute const& = {}, attribute const& = {},
                                  attribute const& = {}, attribute const& = {}) const noexcept {}
  template <class Exception> constexpr void record_failure(Exception const&) const noexcept {}
  template <class Result> constexpr bool check(Result const& result) const noexcept { return detail::succeeded(result); }
  constexpr void end() const noexcept {}
  constexpr void end(time_point) const noexcept {}
  [[nodiscard]] spanwise::context context() const noexcept { return current_context(); }
  [[nodiscard]] static constexpr bool recording() noexcept { return false; }
};

/// Stands for an activation that activates nothing.
template <> class [[maybe_unused]] basic_activation<off> {
public:
  constexpr basic_activation() noexcept {}
  basic_activation(basic_activation const&) = delete;
  basic_activation& operator=(basic_activation const&) = delete;
  constexpr ~basic_activation() {}
};

template <> class [[maybe_unused]] basic_detached_span<off> : public basic_span<off> {
public:
  using basic_span<off>::basic_span;
  constexpr basic_detached_span(basic_detached_span&&) noexcept : basic_span<off>{text_view{}} {}
  constexpr basic_detached_span& operator=(basic_detached_span&&) noexcept { return *this; }
  [[nodiscard]] static constexpr basic_activation<off> activate() noexcept { return {}; }
};

template <> class [[maybe_unused]] basic_current_span<off> : public basic_span<off> {
public:
  constexpr basic_current_span() noexcept : basic_span<off>{text_view{}} {}
};

/// Makes spans that are nothing: `inline constexpr spanwise::basic_tracer<spanwise::off> tracer{"acme.orders"};`
template <> class basic_tracer<off> {
public:
  constexpr basic_tracer(text_view, text_view = {}, text_view = {}, std::span<attribute const> = {}) noexcept {}

  [[nodiscard]] constexpr basic_span<off> span(text_view name, attribute = {}, attribute = {}, attribute = {},
                                               attribute = {}, attribute = {}, attribute = {}, attribute = {},
                                               attribute = {}) const noexcept {
    return basic_span<off>{name};
  }
  [[nodiscard]] constexpr basic_span<off> span(text_view name, span_kind, attribute = {}, attribute = {},
                                               attribute = {}, attribute = {}, attribute = {}, attribute = {},
                                               attribute = {}, attribute = {}) const noexcept {
    return basic_span<off>{name};
  }
  [[nodiscard]] constexpr basic_span<off> span(text_view name, span_options const&, attribute = {},
                                               attribute = {}, attribute = {}, attribute = {}, attribute = {},
                                               attribute = {}, attribute = {}, attribute = {}) const noexcept {
    return basic_span<off>{name};
  }
  [[nodiscard]] constexpr basic_detached_span<off> detached(text_view name, span_options const& = {},
                                                            std::initializer_list<attribute> = {}) const noexcept {
    return basic_detached_span<off>{name};
  }
  template <class Work> constexpr decltype(auto) in(text_view name, Work&& work) const {
    basic_span<off> around{name};
    return detail::invoke_work(std::forward<Work>(work), around);
  }
  [[nodiscard]] static constexpr bool enabled() noexcept { return false; }
};

} // namespace spanwise::inline SPANWISE_ABI
