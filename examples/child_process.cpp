// A process goes on with the trace of the one that started it: the context travels in environment variables.
#include <spanwise/spanwise.hpp>

#include <spawn.h>
#include <sys/wait.h>

#include <string>
#include <vector>

int convert() {
  auto tracing = spanwise::start("converter", spanwise::console{});
  spanwise::span work{"convert", {.parent = spanwise::extract(spanwise::process_environment{})}};
  return 0;
}

int main(int count, char** arguments) {
  if (count > 1) return convert();
  auto tracing = spanwise::start("shop", spanwise::console{});
  spanwise::span starting{"start converter"};
  std::vector<std::string> variables{"LANG=C"}; // what else the process should see; a map or pairs will do too
  spanwise::inject(spanwise::child_environment{variables});

  std::vector<char*> environment;
  for (std::string& each : variables) environment.push_back(each.data());
  environment.push_back(nullptr);
  std::string task = "convert";
  char* command[] = {arguments[0], task.data(), nullptr};
  pid_t process = 0;
  starting.check(posix_spawn(&process, arguments[0], nullptr, nullptr, command, environment.data()) == 0);
  waitpid(process, nullptr, 0);
}

// Prints:
// trace ... 1 span
// converter  convert ... called by span ...
// trace ... 1 span
// shop  start converter ...
