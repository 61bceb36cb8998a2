// What the services answer each other and their callers: an HTTP status and a JSON body. It has the shape of an
// expected value, so `span.check(reply)` turns a span into an error that says why.
#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

namespace shop {

struct reply {
  int status = 200;
  nlohmann::json body = nlohmann::json::object();

  [[nodiscard]] bool has_value() const { return status == 200; }
  [[nodiscard]] std::string error() const { return body.value("error", "status " + std::to_string(status)); }
};

[[nodiscard]] inline reply refuse(int status, std::string_view why) {
  return {status, {{"error", why}}};
}

} // namespace shop
