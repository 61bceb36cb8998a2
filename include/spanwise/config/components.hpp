// What a program was built with, of which a configuration file names what runs: exporters, and samplers, propagators
// and resource detectors of your own.
#pragma once

#include <spanwise/config/model.hpp>
#include <spanwise/export/any_of.hpp>
#include <spanwise/export/otlp_file.hpp>
#include <spanwise/export/otlp_settings.hpp>
#include <spanwise/pipeline/any_exporter.hpp>
#include <spanwise/resource/detector.hpp>
#include <spanwise/start/chosen_propagators.hpp>
#include <spanwise/trace/id_generator.hpp>
#include <spanwise/trace/sampler.hpp>

#include <array>
#include <concepts>
#include <string_view>
#include <tuple>

namespace spanwise::inline SPANWISE_ABI::detail {

/// A type with a name for configuration files by which it is an exporter.
template <class Component>
concept named_exporter = requires {
  { Component::exporter_name } -> std::convertible_to<std::string_view>;
};

/// A sampler of a user's own with such a name.
template <class Component>
concept named_sampler = sampler<Component> && std::copy_constructible<Component> && requires {
  { Component::sampler_name } -> std::convertible_to<std::string_view>;
};

/// An id generator of a user's own with such a name.
template <class Component>
concept named_id_generator = id_generator<Component> && std::copy_constructible<Component> && requires {
  { Component::id_generator_name } -> std::convertible_to<std::string_view>;
};

/// What an exporter is called in a file, and which of several of a name it is.
struct built_exporter {
  std::string_view name{};
  std::string_view encoding{};

  friend constexpr bool operator==(built_exporter const&, built_exporter const&) noexcept = default;
};

template <named_exporter Choice> constexpr built_exporter name_in_file() noexcept {
  choice_name const own = name_of_choice<Choice>();
  if (own.exporter == "otlp_file") return {"otlp_file/development"};
  if (own.exporter != "otlp") return {own.exporter};
  if (own.protocol == "grpc") return {"otlp_grpc"};
  return {"otlp_http", own.protocol == "http/json" ? std::string_view{"json"} : "protobuf"};
}

/// True if no two components are called the same.
template <class... Components> constexpr bool named_apart() noexcept {
  struct called {
    int what = 0;
    built_exporter name{};
  };
  auto const call = []<class Component>(std::type_identity<Component>) -> called {
    if constexpr (named_exporter<Component>) return {1, name_in_file<Component>()};
    else if constexpr (named_sampler<Component>) return {2, {Component::sampler_name}};
    else if constexpr (named_format<Component>) return {3, {Component::name}};
    else if constexpr (named_id_generator<Component>) return {5, {Component::id_generator_name}};
    else if constexpr (resource_detector<Component> &&
                       requires { typename std::bool_constant<(Component::name, true)>; })
      return {4, {Component::name}};
    else return {};
  };
  std::array<called, sizeof...(Components) + 1> const all{call(std::type_identity<Components>{})..., called{}};
  for (std::size_t i = 0; i < all.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (all[i].what != 0 && all[i].what == all[j].what && all[i].name == all[j].name) return false;
  return true;
}

/// Lets a component of a user's own read its properties, with `bool configure(config_properties&)`; one without takes
/// none. False if something is wrong; there is a fault then.
template <class Component> bool configure_own(Component& into, config_component const& from, config_faults& faults) {
  config_properties properties = from.properties.for_faults(faults, from.name);
  std::size_t const before = faults.count();
  if constexpr (requires {
                  { into.configure(properties) } -> std::convertible_to<bool>;
                }) {
    bool good = false;
    if (!contain([&] { good = into.configure(properties); })) {
      properties.fault("threw an exception while it was set up");
      return false;
    }
    if (!good && faults.count() == before) properties.fault("was refused by the component of this name");
  }
  properties.refuse_unknown();
  return faults.count() == before;
}

} // namespace spanwise::inline SPANWISE_ABI::detail
