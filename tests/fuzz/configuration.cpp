// Configuration files of any text, and the variables in them: read, or refused with faults that name their places; twice
// the same. What a variable holds is never read as structure or as another reference.
#include <spanwise/config/parse_configuration.hpp>

#include "fuzz.hpp"

#include <vector>

namespace {

using fuzz::require;

void check_line(std::string_view text) {
  require(text.size() < 3000, "a fault is bounded", text);
  require(spanwise::detail::valid_utf8(text), "a fault is UTF-8", text);
  for (char const letter : text)
    require(static_cast<unsigned char>(letter) >= 0x20 && letter != 0x7f, "a fault is one line", text);
}

std::vector<std::string> faults_of(spanwise::configuration const& read) {
  std::vector<std::string> lines;
  for (spanwise::config_fault const& each : read.faults) lines.push_back(each.text());
  return lines;
}

void check_substitution(std::string_view text, spanwise::environment const& env) {
  std::string problem;
  auto const result = spanwise::substitute_variables(text, env, problem);
  require(result.has_value() == problem.empty(), "a text is substituted, or there is a reason why not", text);
  if (!result) return check_line(problem);
  if (text.find('$') == text.npos) require(*result == text, "without references a text stays as it is", text);
  // What a variable holds comes as it is: dollar signs of it are no references.
  std::size_t references = 0;
  for (char const letter : text) references += letter == '$';
  require(result->size() <= text.size() + references * 40, "a text grows by what variables hold", text);
  std::string coded;
  for (char const letter : text) coded.append(letter == '$' ? "$$" : std::string(1, letter));
  require(spanwise::substitute_variables(coded, env) == text, "two dollar signs are one", text);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  fuzz::exact const input{{reinterpret_cast<char const*>(data), size}};
  spanwise::environment const env{{"A", "1"}, {"B", "${A} $$ a: [b"}, {"EMPTY", ""}, {"URL", "http://collector:4318"}};
  check_substitution(input.text(), env);
  spanwise::configuration const read = spanwise::parse_configuration(input.text(), "file", env);
  std::vector<std::string> const faults = faults_of(read);
  for (std::string const& each : faults) {
    check_line(each);
    require(each.starts_with("file"), "a fault names its file", each);
  }
  for (std::string const& each : read.remarks) check_line(each);
  require(read.faults.empty() == faults.empty(), "faults are held");
  require(faults_of(spanwise::parse_configuration(input.text(), "file", env)) == faults, "the same text has the same faults", input.text());
  return 0;
}
