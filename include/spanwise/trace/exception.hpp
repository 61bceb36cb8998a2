// Puts an exception into words for the event that records it: the name of its type and its message.
#pragma once

#include <spanwise/detail/contain.hpp>

#include <concepts>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <optional>
#include <string_view>

#if defined(__cpp_rtti)
#include <typeinfo>
#endif
#if !defined(_MSC_VER)
#include <cxxabi.h>
#endif

namespace spanwise::inline SPANWISE_ABI::detail {

/// The name of a type as the compiler spells it, for builds without RTTI.
template <class Type> constexpr std::string_view static_type_name() noexcept {
#if defined(_MSC_VER)
  std::string_view const text = __FUNCSIG__;
  std::size_t const from = text.find("static_type_name<") + 17;
  return text.substr(from, text.rfind('>') - from);
#else
  std::string_view const text = __PRETTY_FUNCTION__;
  std::size_t const from = text.find("Type = ") + 7;
  return text.substr(from, text.find_first_of(";]", from) - from);
#endif
}

#if defined(__cpp_rtti)
/// Gives the readable name of a type to `use`.
template <class Use> void with_type_name(std::type_info const& type, Use const& use) noexcept {
#if defined(_MSC_VER)
  use(std::string_view{type.name()});
#else
  int status = 0;
  char* const readable = abi::__cxa_demangle(type.name(), nullptr, nullptr, &status);
  use(std::string_view{readable != nullptr ? readable : type.name()});
  std::free(readable);
#endif
}
#endif

/// Text that is left out where there is none.
constexpr std::optional<std::string_view> if_any(std::string_view text) noexcept {
  return text.empty() ? std::nullopt : std::optional{text};
}

template <class Exception>
concept has_what = requires(Exception const& thrown) {
  { thrown.what() } -> std::convertible_to<char const*>;
};

/// Gives type name and message of an exception object to `use`; an exception_ptr is opened, an empty one gives nothing.
template <class Exception, class Use> void with_exception(Exception const& thrown, Use const& use) noexcept {
  if constexpr (std::same_as<Exception, std::exception_ptr>) {
    if (thrown == nullptr) return;
#if defined(__cpp_exceptions)
    try {
      std::rethrow_exception(thrown);
    } catch (std::exception const& known) {
      with_exception(known, use);
    } catch (...) {
#if defined(__cpp_rtti) && !defined(_MSC_VER)
      if (std::type_info const* const type = abi::__cxa_current_exception_type())
        return with_type_name(*type, [&](std::string_view name) { use(name, std::string_view{}); });
#endif
      use(std::string_view{"unknown"}, std::string_view{});
    }
#endif
  } else {
    std::string_view message;
    if constexpr (has_what<Exception>) {
      char const* text = nullptr;
      static_cast<void>(contain([&] { text = thrown.what(); }));
      if (text != nullptr) message = text;
    }
#if defined(__cpp_rtti)
    with_type_name(typeid(thrown), [&](std::string_view name) { use(name, message); });
#else
    use(static_type_name<Exception>(), message);
#endif
  }
}

} // namespace spanwise::inline SPANWISE_ABI::detail
