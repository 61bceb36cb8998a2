// The calls of a span that is reached through something else: a handle, or whatever is current.
// They are those of `span`, which has its own because they are inlined there.
#pragma once

#include <spanwise/trace/span.hpp>

#include <initializer_list>
#include <string_view>

namespace spanwise::inline SPANWISE_ABI {

/// `Self::change(f)` calls `f(body)` if there is a span that is recorded, safely.
template <class Self> class span_calls {
public:
  template <class Value> void set(key name, Value const& value) const noexcept { set(attribute{name, value}); }
  template <class Value> void set(any_key name, Value const& value) const noexcept { set(attribute{name, value}); }
  template <class Held, class Value> void set(typed_key<Held> name, Value const& value) const noexcept {
    set(attribute{name, value});
  }
  template <class Element> void set(key name, std::initializer_list<Element> values) const noexcept {
    set(attribute{name, values});
  }
  template <class Element> void set(any_key name, std::initializer_list<Element> values) const noexcept {
    set(attribute{name, values});
  }
  template <class Held, class Element>
  void set(typed_key<Held> name, std::initializer_list<Element> values) const noexcept {
    set(attribute{name, values});
  }
  void set(key name, std::initializer_list<attribute> entries) const noexcept { set(attribute{name, entries}); }
  void set(any_key name, std::initializer_list<attribute> entries) const noexcept { set(attribute{name, entries}); }
  void set(attribute const& a, attribute const& b = {}, attribute const& c = {}, attribute const& d = {},
           attribute const& e = {}, attribute const& f = {}, attribute const& g = {},
           attribute const& h = {}) const noexcept {
    attribute const* const all[]{&a, &b, &c, &d, &e, &f, &g, &h};
    attribute const* const* at = all;
    attribute const* const* const end = all + sizeof all / sizeof *all;
    while (at != end) {
      detail::span_body::value_bounds bounds{};
      change([&](detail::span_body& body) {
        while (at != end && body.set(**at, false)) ++at;
        if (at != end) bounds = body.bounds();
      });
      if (bounds.limits == nullptr) [[likely]]
        return;
      set_ready(**at++, bounds);
    }
  }

  SPANWISE_INLINE void event(text_view name, attribute const& a = {}, attribute const& b = {}, attribute const& c = {},
             attribute const& d = {}) const noexcept {
    event(name, time_point{}, a, b, c, d);
  }
  SPANWISE_INLINE void event(text_view name, time_point when, attribute const& a = {}, attribute const& b = {},
             attribute const& c = {}, attribute const& d = {}) const noexcept {
    if (a.nested() || b.nested() || c.nested() || d.nested()) [[unlikely]] add_any_event(name, when, {a, b, c, d});
    else add_event(name, when, {a, b, c, d});
  }
  void link(span_context const& to, attribute const& a = {}, attribute const& b = {}, attribute const& c = {},
            attribute const& d = {}) const noexcept {
    with_ready({a, b, c, d}, [&](attribute const* ready, std::size_t count) {
      change([&](detail::span_body& body) { body.add_link(to, ready, count); });
    });
  }

  void error(text_view description = {}) const noexcept { status(status_code::error, description); }
  void ok() const noexcept { status(status_code::ok); }
  void status(status_code code, text_view description = {}) const noexcept {
    change([&](detail::span_body& body) { body.set_status(code, description); });
  }
  void update_name(text_view name) const noexcept {
    change([&](detail::span_body& body) { body.update_name(name); });
  }

  template <class Exception>
  void record_exception(Exception const& thrown, attribute const& a = {}, attribute const& b = {},
                        attribute const& c = {}, attribute const& d = {}) const noexcept {
    record_exception(thrown, time_point{}, a, b, c, d);
  }
  template <class Exception>
  void record_exception(Exception const& thrown, time_point when, attribute const& a = {}, attribute const& b = {},
                        attribute const& c = {}, attribute const& d = {}) const noexcept {
    detail::with_exception(thrown, [&](std::string_view type, std::string_view message) {
      add_any_event("exception", when,
                    {{"exception.type", type}, {"exception.message", detail::if_any(message)}, a, b, c, d});
    });
  }
  template <class Exception> void record_failure(Exception const& thrown) const noexcept {
    detail::with_exception(thrown, [&](std::string_view type, std::string_view message) {
      add_event("exception", {}, {{"exception.type", type}, {"exception.message", detail::if_any(message)}});
      set("error.type", type);
      error(message);
    });
  }
  template <class Result> bool check(Result const& result) const noexcept {
    bool const good = detail::succeeded(result);
    if (!good)
      detail::with_failure(result, [&](std::string_view type, std::string_view message) {
        if (!type.empty()) set("error.type", type);
        error(message);
      });
    return good;
  }

private:
  template <class Change> void change(Change const& apply) const noexcept {
    static_cast<Self const&>(*this).change(apply);
  }
  void add_event(std::string_view name, time_point when, std::initializer_list<attribute> attributes) const noexcept {
    change([&](detail::span_body& body) { body.add_event(name, when, attributes.begin(), attributes.size()); });
  }
  void add_any_event(std::string_view name, time_point when, std::initializer_list<attribute> attributes) const noexcept {
    with_ready(attributes, [&](attribute const* ready, std::size_t count) {
      change([&](detail::span_body& body) { body.add_event(name, when, ready, count); });
    });
  }

  // What only code of users can write is written between two changes: by then nothing is locked, and that code may
  // change the same span.

  SPANWISE_COLD void set_ready(attribute const& given, detail::span_body::value_bounds const& bounds) const noexcept {
    detail::ready_attributes const ready{&given, 1, *bounds.limits, bounds.most};
    change([&](detail::span_body& body) { body.set(ready); });
  }
  template <class Use> void with_ready(std::initializer_list<attribute> given, Use const& use) const noexcept {
    if (!detail::any_nested(given.begin(), given.size())) return use(given.begin(), given.size());
    detail::span_body::value_bounds bounds{};
    change([&](detail::span_body& body) { bounds = body.bounds(); });
    if (bounds.limits == nullptr) return;
    detail::ready_attributes const ready{given.begin(), given.size(), *bounds.limits, bounds.most};
    use(ready.data(), ready.size());
  }
};

} // namespace spanwise::inline SPANWISE_ABI
