#include <spanwise/config/substitution.hpp>

#include "catch.hpp"

#include <nlohmann/json.hpp>

#include <fstream>

using namespace spanwise;

TEST_CASE("variables are filled in as the vectors have it") {
  std::ifstream file{std::string{SPANWISE_TEST_VECTORS} + "/config_substitution.json"};
  REQUIRE(file);
  auto const vectors = nlohmann::json::parse(file)["vectors"];
  CHECK(vectors.size() == 23);
  for (auto const& vector : vectors) {
    INFO(vector["id"].get<std::string>());
    key_values variables;
    for (auto const& [name, value] : vector["input"]["env"].items())
      variables.emplace_back(name, value.get<std::string>());
    auto const found = substitute_variables(vector["input"]["text"].get<std::string>(), environment{variables});
    if (vector["expected"].contains("error")) CHECK_FALSE(found);
    else CHECK(found == vector["expected"]["text"].get<std::string>());
  }
}

TEST_CASE("what is wrong with a reference is said") {
  auto const [text, problem] = GENERATE(table<char const*, char const*>(
      {{"${}", "the reference ${} names no variable"},
       {"${env:}", "the reference ${env:} names no variable"},
       {"${ NAME}", "the reference ${ NAME} names a variable that does not begin with a letter or an underscore"},
       {"${1NAME}", "the reference ${1NAME} names a variable that does not begin with a letter or an underscore"},
       {"${NA-ME}",
        "the reference ${NA-ME} names a variable with other characters than letters, digits and underscores"},
       {"x${A:?b}y", "the reference ${A:?b} has a prefix other than env:, or something else than :- before a default"},
       {"${A:-b\nc}", "the reference ${A:-b?c} has a default with line breaks or control characters"}}));
  std::string found;
  CHECK_FALSE(substitute_variables(text, environment{}, found));
  CHECK(found == problem);
}

TEST_CASE("a default is taken as it stands, and ends at the first brace") {
  environment const env{{"A", "x"}};
  CHECK(substitute_variables("${B:-${A}}", env) == "${A}");
  CHECK(substitute_variables("${B:-\xc3\xa9\t}", env) == "\xc3\xa9\t");
  CHECK(substitute_variables("${env:-y}", env) == "y"); // a variable that is called env
  CHECK(substitute_variables("${env:A:-y}", env) == "x");
  CHECK(substitute_variables("$", env) == "$");
  CHECK(substitute_variables("$A$$", env) == "$A$");
}

TEST_CASE("two dollar signs are one before anything else is read, and what no brace closes is no reference") {
  environment const env{{"A", "x"}, {"B", "y"}};
  CHECK(substitute_variables("${C:-$$}", env) == "${C:-$}");
  CHECK(substitute_variables("${C:-$${C}}", env) == "${C:-${C}}");
  CHECK(substitute_variables("$${A:-${A}}", env) == "${A:-x}");
  CHECK(substitute_variables("${A$$${B}", env) == "${A$y");
  CHECK(substitute_variables("a ${", env) == "a ${");
  CHECK(substitute_variables("${A${B", env) == "${A${B");
  CHECK(substitute_variables("${A$${B}}", env) == "${A${B}}");
}

TEST_CASE("a text of many references is read in one go, and what they make of it is bounded") {
  std::string unclosed;
  for (int i = 0; i < 300'000; ++i) unclosed += "${";
  CHECK(substitute_variables(unclosed + "$$}", environment{}) == unclosed + "$}");
  std::string many;
  for (int i = 0; i < 200; ++i) many += "${A}";
  environment const env{{"A", std::string(10'000, 'x')}};
  std::string problem;
  CHECK_FALSE(substitute_variables(many, env, problem));
  CHECK(problem == "the reference ${A} makes the text longer than 1 MiB");
  CHECK(substitute_variables(std::string_view{many}.substr(0, 400), env) == std::string(1'000'000, 'x'));
}

TEST_CASE("blanks at the ends of what a variable holds belong to it") {
  CHECK(substitute_variables("<${A}>", environment{{"A", " x\n"}}) == "< x\n>");
  CHECK(substitute_variables("${A:-d}", environment{{"A", " "}}) == " ");
}
