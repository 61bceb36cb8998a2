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
    change([&](detail::span_body& body) {
      for (attribute const* each : {&a, &b, &c, &d, &e, &f, &g, &h}) body.set(*each);
    });
  }

  void event(text_view name, attribute const& a = {}, attribute const& b = {}, attribute const& c = {},
             attribute const& d = {}) const noexcept {
    add_event(name, {}, {a, b, c, d});
  }
  void event(text_view name, time_point when, attribute const& a = {}, attribute const& b = {},
             attribute const& c = {}, attribute const& d = {}) const noexcept {
    add_event(name, when, {a, b, c, d});
  }
  void link(span_context const& to, attribute const& a = {}, attribute const& b = {}, attribute const& c = {},
            attribute const& d = {}) const noexcept {
    std::initializer_list<attribute> const given{a, b, c, d};
    change([&](detail::span_body& body) { body.add_link(to, given.begin(), given.size()); });
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
    detail::with_exception(thrown, [&](std::string_view type, std::string_view message) {
      add_event("exception", {},
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
};

} // namespace spanwise::inline SPANWISE_ABI
