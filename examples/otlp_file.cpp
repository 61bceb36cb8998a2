// otlp_file appends spans to a file, as JSON lines that a collector reads: for machines without one, and to keep
// traces.
#include <spanwise/spanwise.hpp>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

int main() {
  std::string const path = std::filesystem::temp_directory_path() / "spanwise-example.jsonl";
  std::filesystem::remove(path);
  {
    auto tracing = spanwise::start("shop", spanwise::batch{spanwise::otlp_file{.path = path}});
    spanwise::span order{"order", {"order.id", "A-1"}};
  } // what is queued is written here

  std::ifstream file{path};
  for (std::string line; std::getline(file, line);) std::printf("%s\n", line.c_str());
  auto const rights = std::filesystem::status(path).permissions() & std::filesystem::perms::all;
  std::printf("rights: %o\n", static_cast<unsigned>(rights)); // spans may hold what is nobody's business
  std::filesystem::remove(path);
}

// Prints:
// {"resourceSpans":[{...{"key":"service.name","value":{"stringValue":"shop"}}...{"key":"order.id","value":{"stringValue":"A-1"}}...}]}
// rights: 600
