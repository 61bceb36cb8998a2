// A YAML document as it was read: nodes in one array that name each other by their positions, with the places where
// they stand. Aliases name the node that they repeat. Variables are filled in, types are not judged yet.
#pragma once

#include <spanwise/config/core_schema.hpp>
#include <spanwise/detail/counted.hpp>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace spanwise::inline SPANWISE_ABI {

enum class config_node_kind : std::uint8_t { scalar, list, map };

/// One node of a document.
struct config_node {
  config_node_kind kind = config_node_kind::scalar;
  bool broken = false;      ///< variables could not be filled in; there is a fault already
  bool substituted = false; ///< variables were filled in: `text` may be secret, `written` is not
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  std::string text{};                                           ///< of a scalar
  std::string written{};                                        ///< the text before variables were filled in
  typed_scalar value{};                                         ///< of a scalar
  std::vector<std::uint32_t> items{};                           ///< of a list
  std::vector<std::pair<std::string, std::uint32_t>> entries{}; ///< of a map, in the order of the file

  [[nodiscard]] bool is_null() const noexcept {
    return kind == config_node_kind::scalar && value.type == scalar_type::null;
  }
};

/// The nodes of one file.
struct config_document {
  std::string file{};
  std::vector<config_node> nodes{};
  std::uint32_t root = 0; ///< there is one if there are nodes
};

} // namespace spanwise::inline SPANWISE_ABI
