// Calls whatever can be called, as std::invoke does and without <functional>: functions, function objects, and members
// of an object that is given itself, by pointer, or by std::reference_wrapper.
#pragma once

#include <spanwise/detail/config.hpp>

#include <type_traits>
#include <utility>

namespace spanwise::inline SPANWISE_ABI::detail {

/// The object that `given` is, names or points at.
template <class Owner, class Given> constexpr decltype(auto) object_of(Given&& given) {
  using object = std::remove_cvref_t<Given>;
  if constexpr (std::is_base_of_v<Owner, object> || std::is_same_v<Owner, object>) return std::forward<Given>(given);
  else if constexpr (requires { requires std::is_base_of_v<Owner, std::remove_reference_t<decltype(given.get())>>; })
    return given.get();
  else return *std::forward<Given>(given);
}

template <class Member, class Owner, class Object, class... Arguments>
constexpr decltype(auto) invoke_member(Member Owner::*member, Object&& object, Arguments&&... arguments) {
  if constexpr (std::is_function_v<Member>)
    return (object_of<Owner>(std::forward<Object>(object)).*member)(std::forward<Arguments>(arguments)...);
  else return (object_of<Owner>(std::forward<Object>(object)).*member);
}

template <class Function, class... Arguments>
  requires std::is_invocable_v<Function, Arguments...>
constexpr decltype(auto) invoke(Function&& function, Arguments&&... arguments) {
  if constexpr (std::is_member_pointer_v<std::remove_cvref_t<Function>>)
    return invoke_member(function, std::forward<Arguments>(arguments)...);
  else return std::forward<Function>(function)(std::forward<Arguments>(arguments)...);
}

template <class> inline constexpr bool no_work = false;

/// Calls what is done inside a span: with the span if it takes one, else without.
template <class Work, class Span> constexpr decltype(auto) invoke_work(Work&& work, Span& around) {
  if constexpr (std::is_invocable_v<Work, Span&>) return detail::invoke(std::forward<Work>(work), around);
  else if constexpr (std::is_invocable_v<Work>) return std::forward<Work>(work)();
  else
    static_assert(no_work<Work>, "spanwise: in() calls its work as work() or work(span); put anything else, such as a "
                                 "member of another object, into a lambda");
}

} // namespace spanwise::inline SPANWISE_ABI::detail
