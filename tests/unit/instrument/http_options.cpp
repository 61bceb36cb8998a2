#include <spanwise/instrument/http_options.hpp>

#include "catch.hpp"

#include <map>
#include <string>

namespace {

using headers = std::map<std::string, std::string>;

spanwise::http_request_view view_of(headers const& given, std::string_view target = "/a%20b?x=1") {
  return {"GET", target, "/:any", spanwise::text_map_ref{given}};
}

} // namespace

TEST_CASE("a request shows what was sent") {
  headers const given{{"x-channel", "app"}};
  spanwise::http_request_view const request = view_of(given);
  CHECK(request.method() == "GET");
  CHECK(request.path() == "/a%20b");
  CHECK(request.query() == "x=1");
  CHECK(request.route() == "/:any");
  CHECK(request.header("X-Channel") == "app");
  CHECK(request.header("x-other") == "");
}

TEST_CASE("a condition is yes, no, or a function") {
  headers const given;
  spanwise::http_request_view const request = view_of(given);
  spanwise::http_condition condition = true;
  CHECK(condition(request, false));
  condition = false;
  CHECK(!condition(request, true));
  std::string const wanted = "/a%20b";
  condition = [wanted](spanwise::http_request_view const& asked) { return asked.path() == wanted; };
  CHECK(condition(request, false));
  CHECK(!condition(view_of(given, "/other"), true));
  spanwise::http_condition const copy = condition;
  CHECK(copy(request, false));
}

TEST_CASE("a function that throws counts as not given") {
  headers const given;
  spanwise::http_request_view const request = view_of(given);
  spanwise::http_condition const condition = [](spanwise::http_request_view const&) -> bool { throw 1; };
  CHECK(condition(request, true));
  CHECK(!condition(request, false));
  spanwise::http_span_namer const namer = [](spanwise::http_request_view const&) -> std::string { throw 1; };
  CHECK(namer(request) == "");
}

TEST_CASE("a namer names, or leaves it") {
  headers const given;
  CHECK(spanwise::http_span_namer{}(view_of(given)) == "");
  spanwise::http_span_namer const namer = [](spanwise::http_request_view const& asked) {
    return "call " + std::string{asked.method()};
  };
  CHECK(namer(view_of(given)) == "call GET");
}

TEST_CASE("formats are those of the process unless others are chosen") {
  spanwise::context const sent{spanwise::span_context{*spanwise::trace_id::from_hex("3f9a1c5be27d4d0b8c6e0a47d15f2b93"),
                                                      *spanwise::span_id::from_hex("5ad3e7f1096b2c48")},
                               spanwise::baggage{}.set("user", "ada")};
  headers all;
  spanwise::http_propagators{}.inject(sent, all);
  CHECK(all.count("traceparent") == 1);
  CHECK(all.count("baggage") == 1);
  CHECK(spanwise::http_propagators{}.extract(all).baggage() == sent.baggage());

  spanwise::http_propagators const chosen = spanwise::trace_context{};
  headers some;
  chosen.inject(sent, some);
  CHECK(some.count("traceparent") == 1);
  CHECK(some.count("baggage") == 0);
  CHECK(chosen.extract(all).span().span_id() == sent.span().span_id());
  CHECK(chosen.extract(all).baggage().empty());

  spanwise::http_propagators const none = spanwise::composite<>{};
  headers nothing;
  none.inject(sent, nothing);
  CHECK(nothing.empty());
}

TEST_CASE("options are filled by name") {
  spanwise::http_server_options const server{
      .filter = [](spanwise::http_request_view const& r) { return r.path() != "/health"; },
      .public_endpoint = true,
      .request_headers = {"x-channel"},
      .context_header = "traceresponse"};
  headers const given;
  CHECK(server.filter(view_of(given), false));
  CHECK(!server.filter(view_of(given, "/health"), true));
  CHECK(server.public_endpoint(view_of(given), false));
  CHECK(server.trust_forwarded);
  spanwise::http_client_options const client{.record_body_sizes = true};
  CHECK(client.filter(view_of(given), false));
}
