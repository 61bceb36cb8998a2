// Reading a traceparent header and writing one: the header alone, into a ready buffer, both of it, and whole contexts
// from and to a map, as the peers do it.
#include "cases.hpp"
#include "work.hpp"

#include <map>

void bench::propagate_cases() {
  std::string header = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  run("propagate/extract", spans_a_round, [&] {
    for (std::size_t i = 0; i < spans_a_round; ++i) {
      keep(header);
      keep(spanwise::read_traceparent(header));
    }
  });
  auto const from = spanwise::extract(std::map<std::string, std::string>{{"traceparent", header}});
  char buffer[spanwise::traceparent_size];
  run("propagate/inject", spans_a_round, [&] {
    for (std::size_t i = 0; i < spans_a_round; ++i) {
      keep(from);
      spanwise::write_traceparent(buffer, from.span());
      keep(buffer);
    }
  });
  run("propagate/both", spans_a_round, [&] {
    for (std::size_t i = 0; i < spans_a_round; ++i) {
      keep(header);
      if (auto const read = spanwise::read_traceparent(header)) spanwise::write_traceparent(buffer, *read);
      keep(buffer);
    }
  });
  std::map<std::string, std::string> map{{"traceparent", header}};
  run("propagate/extract-map", spans_a_round, [&] {
    for (std::size_t i = 0; i < spans_a_round; ++i) keep(spanwise::extract(map));
  });
  run("propagate/inject-map", spans_a_round, [&] {
    for (std::size_t i = 0; i < spans_a_round; ++i) {
      spanwise::inject(from, map);
      keep(map);
    }
  });
}
