// Makes the exporters that a configuration names out of those that the program was built with.
#pragma once

#include <spanwise/config/components.hpp>
#include <spanwise/config/exporter_list.hpp>

#include <type_traits>
#include <utility>

namespace spanwise::inline SPANWISE_ABI::detail {

/// Sets what the file says of an exporter that sends OTLP over HTTP; the rest stays as code gave it.
template <class Otlp>
SPANWISE_SMALL void set_otlp(Otlp& into, exporter_config const& from, std::vector<std::string>& remarks) {
  otlp_config const& otlp = from.otlp;
  auto const set = [](std::string& member, std::string const& value) {
    if (!value.empty()) member = value;
  };
  if constexpr (requires { into.traces_endpoint; }) set(into.traces_endpoint, otlp.endpoint);
  else set(into.endpoint, otlp.endpoint);
  set(into.certificate, otlp.ca_file);
  set(into.client_certificate, otlp.cert_file);
  set(into.client_key, otlp.key_file);
  if (!otlp.headers.empty()) into.headers = otlp.headers;
  if (otlp.timeout) into.timeout = otlp.timeout;
  auto const cannot = [&](std::string_view property, std::string_view what) {
    remarks.push_back(joined({from.properties.path(), ".", property, " has no effect: ", what}));
  };
  if (otlp.compression == "gzip") cannot("compression", "this exporter sends plain bodies");
  if (otlp.max_request_size && *otlp.max_request_size != std::int64_t{64} << 20)
    cannot("max_request_size", "larger requests than 64 MiB are sent as several, and that is fixed");
  if (otlp.max_response_size && *otlp.max_response_size != std::int64_t{4} << 20)
    cannot("max_response_size", "what an answer may have is fixed");
}

/// Sets what the file says of one exporter; false, with a fault, where that can't be.
template <class Choice>
SPANWISE_SMALL bool set_exporter(Choice& into, exporter_config const& from, config_faults& faults,
                                 std::vector<std::string>& remarks) {
  built_exporter constexpr built = name_in_file<Choice>();
  if constexpr (requires(config_properties& properties) { into.configure(properties); }) {
    return configure_own(into, from, faults);
  } else if constexpr ((built.name == "otlp_http" || built.name == "otlp_grpc") && requires {
                         into.headers;
                         into.timeout;
                         into.certificate;
                       }) {
    set_otlp(into, from, remarks);
  } else if constexpr (built.name == "otlp_file/development" && requires { into.path; }) {
    if (!from.file_path.empty() || from.properties.has("output_stream")) into.path = from.file_path;
  } else if constexpr (built.name != "console") {
    // What the schema has was read already; an exporter of a user's own that goes by its name may want none of it.
    if constexpr (built.name.starts_with("otlp_")) {
      if (from.properties.size() != 0) {
        from.properties.for_faults(faults, from.name)
            .fault("has properties, which the exporter of this name does not take");
        return false;
      }
    }
    return configure_own(into, from, faults);
  }
  return true;
}

/// Exporters to choose from, each of which may be taken several times if it can be copied.
template <class... Components> class exporter_shelf {
public:
  explicit exporter_shelf(std::tuple<Components...>& built) noexcept : built_{built} {}

  /// One more exporter for the list; a fault if there is none of that name.
  SPANWISE_SMALL void take(exporter_list& list, exporter_config const& wanted, config_faults& faults,
                           std::vector<std::string>& remarks) {
    std::optional<std::size_t> const place = find(wanted);
    if (!place) return tell_missing(wanted, faults);
    take_at(*place, list, wanted, faults, remarks, std::index_sequence_for<Components...>{});
  }

  /// The one that the environment chooses, by its place among the exporters alone.
  SPANWISE_SMALL exporter_list by_environment(environment const& env) {
    std::vector<choice_name> names;
    std::vector<std::size_t> places;
    each([&]<class Component>(std::size_t place, std::type_identity<Component>) {
      if constexpr (named_exporter<Component>) {
        names.push_back(name_of_choice<Component>());
        places.push_back(place);
      }
    });
    exporter_list list;
    for (std::size_t const chosen : choose_exporters(names, env)) hand_out(places[chosen], list);
    return list;
  }

private:
  template <class Visit> static void each(Visit const& visit) {
    std::size_t place = 0;
    (visit(place++, std::type_identity<Components>{}), ...);
  }

  /// Where several have the name, the encoding that the file asks for; protobuf if it leaves that open.
  SPANWISE_SMALL static std::optional<std::size_t> find(exporter_config const& wanted) {
    std::optional<std::size_t> found;
    each([&]<class Component>(std::size_t place, std::type_identity<Component>) {
      if constexpr (named_exporter<Component>) {
        built_exporter constexpr one = name_in_file<Component>();
        std::string_view const asked = wanted.otlp.encoding;
        if (one.name != wanted.name || (!asked.empty() && one.encoding != asked && !one.encoding.empty())) return;
        if (!found || one.encoding == "protobuf") found = place;
      }
    });
    return found;
  }

  SPANWISE_SMALL static void tell_missing(exporter_config const& wanted, config_faults& faults) {
    std::string names;
    bool other_encoding = false;
    each([&]<class Component>(std::size_t, std::type_identity<Component>) {
      if constexpr (named_exporter<Component>) {
        built_exporter constexpr one = name_in_file<Component>();
        other_encoding = other_encoding || one.name == wanted.name;
        add_item(names, one.name);
        if (!one.encoding.empty()) names += joined({" (", one.encoding, ")"});
      }
    });
    config_properties properties = wanted.properties.for_faults(faults, wanted.name);
    properties.fault(joined({other_encoding ? std::string_view{"asks for the encoding "} : "is no exporter that",
                             other_encoding ? std::string_view{wanted.otlp.encoding} : "",
                             other_encoding ? std::string_view{", which"} : "", " this program was",
                             other_encoding ? std::string_view{" not"} : "", " built with (it has ", names,
                             "); to have more, name them in spanwise::from_config{...} where tracing starts"}));
  }

  template <std::size_t... Places>
  SPANWISE_SMALL void take_at(std::size_t place, exporter_list& list, exporter_config const& wanted,
                              config_faults& faults, std::vector<std::string>& remarks,
                              std::index_sequence<Places...>) {
    auto const take_one = [&]<class Component>(Component& held, bool& taken) {
      if constexpr (named_exporter<Component>) {
        if constexpr (std::is_copy_constructible_v<Component>) {
          Component copy = held;
          if (set_exporter(copy, wanted, faults, remarks)) list.all.push_back({any_exporter{std::move(copy)}});
        } else if (std::exchange(taken, true)) {
          config_properties properties = wanted.properties.for_faults(faults, wanted.name);
          properties.fault("is named a second time, but this exporter can't be copied; name it once");
        } else if (set_exporter(held, wanted, faults, remarks)) {
          list.all.push_back({any_exporter{std::move(held)}});
        }
      }
    };
    ((place == Places ? take_one(std::get<Places>(built_), taken_[Places]) : void()), ...);
  }

  void hand_out(std::size_t place, exporter_list& list) {
    hand_out_at(place, list, std::index_sequence_for<Components...>{});
  }
  template <std::size_t... Places>
  void hand_out_at(std::size_t place, exporter_list& list, std::index_sequence<Places...>) {
    auto const take_one = [&]<class Component>(Component& held) {
      if constexpr (named_exporter<Component>) list.all.push_back({any_exporter{std::move(held)}});
    };
    ((place == Places ? take_one(std::get<Places>(built_)) : void()), ...);
  }

  std::tuple<Components...>& built_;
  bool taken_[sizeof...(Components) + 1]{};
};

} // namespace spanwise::inline SPANWISE_ABI::detail
