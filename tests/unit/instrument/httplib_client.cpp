#include <spanwise/instrument/httplib_client.hpp>
#include <spanwise/instrument/httplib_server.hpp>

#include "httplib_fixture.hpp"

#include <functional>
#include <map>
#include <mutex>

using namespace testing;
using spanwise::span_kind;
using spanwise::status_code;
using Request = httplib::Request;
using Response = httplib::Response;

namespace {

#ifdef CPPHTTPLIB_VERSION_NUM
using form_items = httplib::UploadFormDataItems;
#else
using form_items = httplib::MultipartFormDataItems;
#endif

/// A server without tracing that says what it was asked.
struct mirror {
  mirror() {
    auto const note = [this](Request const& asked, Response& answer) {
      std::lock_guard const lock{guard};
      last = asked;
      answer.set_content(asked.method + " " + asked.target + " " + asked.body, "text/plain");
    };
    server.Get("/.*", note)
        .Post("/.*", note)
        .Put("/.*", note)
        .Patch("/.*", note)
        .Delete("/.*", note)
        .Options("/.*", note);
    running.emplace(server);
  }
  [[nodiscard]] std::string header(char const* name) {
    std::lock_guard const lock{guard};
    return last.get_header_value_count(name) == 1 ? last.get_header_value(name)
                                                  : "#" + std::to_string(last.get_header_value_count(name));
  }
  [[nodiscard]] std::string url() const { return running->url(); }

  httplib::Server server;
  std::mutex guard;
  Request last;
  std::optional<serving<httplib::Server>> running;
};

std::string traceparent_of(spanwise::memory_span const& work) {
  return "00-" + hex(work.trace_id()) + "-" + hex(work.span_id()) + ((work.flags() & 2) != 0 ? "-03" : "-01");
}

} // namespace

TEST_CASE("a request becomes a client span with what the conventions ask for") {
  tracing traced;
  mirror there;
  spanwise::traced_client client{there.url()};
  static_assert(std::is_same_v<decltype(client), spanwise::traced_client<httplib::Client>>);
  {
    spanwise::span const order{"order"};
    auto const answer = client.Get("/stock/42?sig=secret&page=2");
    REQUIRE(answer);
    CHECK(answer->status == 200);
  }
  auto const spans = traced.spans(2);
  auto const& work = one(spans, span_kind::client);
  auto const& order = one(spans, span_kind::internal);
  CHECK(work.name() == "GET");
  CHECK(work.status() == status_code::unset);
  CHECK(work.start() < work.end());
  CHECK(work.scope_name() == "spanwise.httplib");
  CHECK(work.parent_span_id() == order.span_id());
  CHECK(work.trace_id() == order.trace_id());
  CHECK(text(work, "http.request.method") == "GET");
  CHECK(text(work, "url.full") == there.url() + "/stock/42?sig=REDACTED&page=2");
  CHECK(text(work, "server.address") == "127.0.0.1");
  CHECK(text(work, "server.port") == std::to_string(there.running->port()));
  CHECK(text(work, "network.peer.address") == "127.0.0.1");
  CHECK(text(work, "network.peer.port") == std::to_string(there.running->port()));
  CHECK(text(work, "network.protocol.version") == "1.1");
  CHECK(text(work, "http.response.status_code") == "200");
  for (char const* absent : {"error.type", "http.request.method_original", "network.protocol.name",
                             "http.request.resend_count", "url.scheme", "http.request.body.size",
                             "http.response.body.size", "network.transport", "user_agent.original", "url.template"})
    CHECK(!has(work, absent));
  CHECK(there.header("traceparent") == traceparent_of(work));
}

TEST_CASE("the port is told where none is given, the peer only where it is sure") {
  tracing traced;
  spanwise::traced_client client{"http://no-such-host.invalid"};
  client.set_connection_timeout(1);
  CHECK(!client.Get("/"));
  auto const spans = traced.spans(1);
  CHECK(text(spans[0], "server.address") == "no-such-host.invalid");
  CHECK(text(spans[0], "server.port") == "80");
  CHECK(text(spans[0], "url.full") == "http://no-such-host.invalid/");
  CHECK(!has(spans[0], "network.peer.address"));
  CHECK(!has(spans[0], "http.response.status_code"));
  CHECK(!has(spans[0], "network.protocol.version"));
  CHECK(spans[0].status() == status_code::error);
}

TEST_CASE("every call of the client carries the context, with and without headers of its own") {
  tracing traced;
  mirror there;
  spanwise::traced_client<httplib::Client> client{"127.0.0.1", there.running->port()};
  httplib::Headers headers{{"X-Mine", "1"}};
  httplib::Headers const constant = headers;
  httplib::Params const params{{"a b", "1&2"}};
  form_items const items{{"field", "content", "", ""}};
  std::string const body = "body";
  std::string received;
  auto const receive = [&](char const* data, std::size_t size) {
    received.append(data, size);
    return true;
  };
  auto const provide = [](std::size_t, std::size_t, httplib::DataSink& sink) { return sink.write("body", 4); };
  auto const stream = [](std::size_t, httplib::DataSink& sink) {
    sink.write("body", 4);
    sink.done();
    return true;
  };
  auto const progress = [](std::uint64_t, std::uint64_t) { return true; };

  using call = std::function<httplib::Result()>;
  struct {
    char const* method;
    bool with_headers;
    call send;
  } const calls[] = {
      {"GET", false, [&] { return client.Get("/"); }},
      {"GET", false, [&] { return client.Get(std::string{"/"}); }},
      {"GET", true, [&] { return client.Get("/", headers); }},
      {"GET", true, [&] { return client.Get("/", constant); }},
      {"GET", true,
       [&] {
         return client.Get("/", {{"X-Mine", "1"}});
       }},
      {"GET", true,
       [&] {
         return client.Get("/", httplib::Headers{{"X-Mine", "1"}});
       }},
      {"GET", false, [&] { return client.Get("/", progress); }},
      {"GET", false, [&] { return client.Get("/", receive); }},
      {"GET", true, [&] { return client.Get("/", headers, receive); }},
      {"GET", true,
       [&] {
         return client.Get("/", {{"X-Mine", "1"}}, receive, progress);
       }},
      {"GET", false,
       [&] {
         return client.Get(
             "/", [](Response const&) { return true; }, receive);
       }},
      {"GET", true, [&] { return client.Get("/", params, headers); }},
      {"GET", true,
       [&] {
         return client.Get("/", {{"a", "1"}}, headers);
       }},
      {"GET", true,
       [&] {
         return client.Get("/", {{"a", "1"}}, {{"X-Mine", "1"}});
       }},
      {"GET", true,
       [&] {
         return client.Get("/", params, {{"X-Mine", "1"}});
       }},
      {"GET", true, [&] { return client.Get("/", params, constant, progress); }},
      {"HEAD", false, [&] { return client.Head("/"); }},
      {"HEAD", true, [&] { return client.Head("/", headers); }},
      {"POST", false, [&] { return client.Post("/"); }},
      {"POST", false, [&] { return client.Post("/", "body", "text/plain"); }},
      {"POST", false, [&] { return client.Post("/", "body", 4, "text/plain"); }},
      {"POST", false, [&] { return client.Post("/", body, "text/plain"); }},
      {"POST", true, [&] { return client.Post("/", headers, body, "text/plain"); }},
      {"POST", true,
       [&] {
         return client.Post("/", {{"X-Mine", "1"}}, "body", "text/plain");
       }},
      {"POST", false, [&] { return client.Post("/", 4, provide, "text/plain"); }},
      {"POST", true, [&] { return client.Post("/", headers, 4, provide, "text/plain"); }},
      {"POST", false, [&] { return client.Post("/", stream, "text/plain"); }},
      {"POST", true, [&] { return client.Post("/", constant, stream, "text/plain"); }},
      {"POST", false, [&] { return client.Post("/", params); }},
      {"POST", true, [&] { return client.Post("/", headers, params); }},
      {"POST", false, [&] { return client.Post("/", items); }},
      {"POST", true, [&] { return client.Post("/", headers, items); }},
      {"POST", true, [&] { return client.Post("/", headers, items, "boundary"); }},
      {"PUT", false, [&] { return client.Put("/"); }},
      {"PUT", false, [&] { return client.Put("/", body, "text/plain"); }},
      {"PUT", true, [&] { return client.Put("/", headers, body, "text/plain"); }},
      {"PUT", false, [&] { return client.Put("/", params); }},
      {"PUT", false, [&] { return client.Put("/", items); }},
      {"PATCH", false, [&] { return client.Patch("/"); }},
      {"PATCH", false, [&] { return client.Patch("/", body, "text/plain"); }},
      {"PATCH", true, [&] { return client.Patch("/", constant, body, "text/plain"); }},
      {"DELETE", false, [&] { return client.Delete("/"); }},
      {"DELETE", true, [&] { return client.Delete("/", headers); }},
      {"DELETE", false, [&] { return client.Delete("/", body, "text/plain"); }},
      {"DELETE", true, [&] { return client.Delete("/", headers, body, "text/plain"); }},
      {"OPTIONS", false, [&] { return client.Options("/"); }},
      {"OPTIONS", true, [&] { return client.Options("/", constant); }},
  };
  int number = 0;
  for (auto const& each : calls) {
    INFO(each.method << " " << number++);
    traced.sink().clear();
    auto const answer = each.send();
    REQUIRE(answer);
    CHECK(answer->status == 200);
    auto const spans = traced.spans(1);
    CHECK(spans[0].name() == each.method);
    CHECK(text(spans[0], "http.request.method") == each.method);
    CHECK(there.header("traceparent") == traceparent_of(spans[0]));
    CHECK(there.header("x-mine") == (each.with_headers ? "1" : "#0"));
    std::lock_guard const lock{there.guard};
    CHECK(there.last.method == each.method);
  }
  CHECK(headers == constant); // the caller's own are never changed
}

TEST_CASE("parameters of a GET appear in the URL as they are sent") {
  tracing traced;
  mirror there;
  spanwise::traced_client client{there.url()};
  httplib::Params const params{{"a b", "1&2"}, {"sig", "secret"}};
  REQUIRE(client.Get("/x", params, httplib::Headers{}));
  auto const spans = traced.spans(1);
  CHECK(text(spans[0], "url.full") == there.url() + "/x?a%20b=1%262&sig=REDACTED");
}

TEST_CASE("requests made by hand are traced") {
  tracing traced;
  mirror there;
  spanwise::traced_client client{there.url()};
  Request request;
  request.method = "GET";
  request.path = "/by-hand?a";
  Response response;
  httplib::Error error{};
  REQUIRE(client.send(request, response, error));
  CHECK(response.status == 200);
  CHECK(text(traced.spans(1)[0], "url.full") == there.url() + "/by-hand?a");
  CHECK(there.header("traceparent") == traceparent_of(traced.spans(1)[0]));

  traced.sink().clear();
  Request const constant = request;
  auto const answer = client.send(constant);
  REQUIRE(answer);
  CHECK(there.header("traceparent") == traceparent_of(traced.spans(1)[0]));

  traced.sink().clear();
  request.method = "BREW";
  static_cast<void>(client.send(request));
  auto const spans = traced.spans(1);
  CHECK(spans[0].name() == "HTTP");
  CHECK(text(spans[0], "http.request.method") == "_OTHER");
  CHECK(text(spans[0], "http.request.method_original") == "BREW");
}

TEST_CASE("4xx and 5xx are errors for a client, 3xx is none") {
  tracing traced;
  httplib::Server plain;
  plain.Get("/(\\d+)", [](Request const& asked, Response& answer) { answer.status = std::stoi(asked.matches[1]); });
  serving const running{plain};
  spanwise::traced_client client{running.url()};
  for (int const status : {200, 204, 304, 400, 404, 429, 500, 503}) {
    INFO(status);
    traced.sink().clear();
    REQUIRE(client.Get("/" + std::to_string(status)));
    auto const spans = traced.spans(1);
    CHECK(text(spans[0], "http.response.status_code") == std::to_string(status));
    CHECK(spans[0].status() == (status >= 400 ? status_code::error : status_code::unset));
    CHECK(text(spans[0], "error.type") == (status >= 400 ? std::to_string(status) : "-"));
    CHECK(spans[0].status_message().empty());
  }
}

TEST_CASE("no answer is an error with the name of what went wrong") {
  tracing traced;
  spanwise::traced_client client{"127.0.0.1", unused_port()};
  auto const answer = client.Get("/");
  CHECK(!answer);
  CHECK(answer.error() == httplib::Error::Connection);
  auto const spans = traced.spans(1);
  CHECK(spans[0].status() == status_code::error);
  CHECK(text(spans[0], "error.type") == "connection_error");
  std::string const sentence =
      to_string(answer.error()); // one word in older versions, which says no more than the type
  CHECK(spans[0].status_message() == (sentence.find(' ') == sentence.npos ? "" : sentence));
  CHECK(!has(spans[0], "http.response.status_code"));
}

TEST_CASE("a request that its caller cancels is no error") {
  tracing traced;
  mirror there;
  spanwise::traced_client client{there.url()};
  auto const answer = client.Get("/", [](char const*, std::size_t) { return false; });
  CHECK(!answer);
  auto const spans = traced.spans(1);
  CHECK(spans[0].status() == status_code::unset);
  CHECK(!has(spans[0], "error.type"));
}

TEST_CASE("an exception from a callback of the caller is recorded and goes on") {
  tracing traced;
  mirror there;
  spanwise::traced_client client{there.url()};
  auto const fails = [](char const*, std::size_t) -> bool { throw std::runtime_error{"disk full"}; };
  CHECK_THROWS_AS(client.Get("/", fails), std::runtime_error);
  auto const spans = traced.spans(1);
  CHECK(spans[0].status() == status_code::error);
  CHECK(spans[0].status_message() == "disk full");
  CHECK(text(spans[0], "error.type") == "std::runtime_error");
}

TEST_CASE("a redirect that the client follows belongs to the one span") {
  tracing traced;
  httplib::Server plain;
  plain.Get("/old", [](Request const&, Response& answer) { answer.set_redirect("/new"); });
  plain.Get("/new", [](Request const&, Response& answer) { answer.set_content("new", "text/plain"); });
  serving const running{plain};
  spanwise::traced_client client{running.url()};
  client.set_follow_location(true);
  auto const answer = client.Get("/old");
  REQUIRE(answer);
  CHECK(answer->body == "new");
  auto const spans = traced.spans(1);
  CHECK(text(spans[0], "url.full") == running.url() + "/old");
  CHECK(text(spans[0], "http.response.status_code") == "200");
}

TEST_CASE("before tracing starts the current context goes along") {
  mirror there;
  spanwise::traced_client client{there.url()};
  REQUIRE(client.Get("/"));
  CHECK(there.header("traceparent") == "#0");
  {
    auto const incoming = spanwise::attach(spanwise::extract(std::map<std::string, std::string>{
        {"traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}, {"baggage", "user=ada"}}));
    REQUIRE(client.Get("/"));
  }
  CHECK(there.header("traceparent") == "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
  CHECK(there.header("baggage") == "user=ada");

  tracing traced; // comes alive at start
  REQUIRE(client.Get("/"));
  CHECK(there.header("traceparent") == traceparent_of(traced.spans(1)[0]));
}

TEST_CASE("the options of a client do what they say") {
  tracing traced;
  mirror there;
  spanwise::traced_client client{
      there.url(),
      {.filter = [](spanwise::http_request_view const& asked) { return asked.path() != "/quiet"; },
       .span_name =
           [](spanwise::http_request_view const& asked) {
             return asked.header("x-job").empty() ? std::string{} : "job " + std::string{asked.query()};
           },
       .request_headers = {"X-Job"},
       .response_headers = {"Content-Type"},
       .secret_query_keys = {"token"},
       .record_body_sizes = true,
       .record_socket = true}};
  {
    spanwise::span const around{"around"};
    REQUIRE(client.Get("/quiet"));
  }
  CHECK(there.header("traceparent") == traceparent_of(traced.spans(1)[0]));
  traced.sink().clear();

  REQUIRE(client.Get("/x?a=1&token=t", {{"X-Job", "7"}}));
  auto const spans = traced.spans(1);
  auto const& work = spans[0];
  CHECK(work.name() == "job a=1&token=t");
  CHECK(text(work, "url.full") == there.url() + "/x?a=1&token=REDACTED");
  CHECK(text(work, "http.request.header.x-job") == "[7]");
  CHECK(text(work, "http.response.header.content-type") == "[text/plain]");
  CHECK(text(work, "http.response.body.size") == std::to_string(std::string{"GET /x?a=1&token=t "}.size()));
  CHECK(text(work, "url.scheme") == "http");
  CHECK(text(work, "network.transport") == "tcp");
}

TEST_CASE("other formats and another tracer can be used") {
  spanwise::memory_sink sink;
  spanwise::provider const separate{"separate", spanwise::simple{spanwise::memory{sink}}};
  mirror there;
  spanwise::traced_client client{there.url(),
                                 {.propagators = spanwise::composite<>{}, .tracer = separate.tracer("mine", "2")}};
  REQUIRE(client.Get("/"));
  CHECK(there.header("traceparent") == "#0");
  REQUIRE(sink.wait_for(1));
  CHECK(sink.spans()[0].scope_name() == "mine");
}

TEST_CASE("what is not to be traced goes by the client itself") {
  tracing traced;
  mirror there;
  spanwise::traced_client client{there.url()};
  REQUIRE(client.untraced().Get("/"));
  CHECK(there.header("traceparent") == "#0");
  CHECK(traced.sink().size() == 0);
  auto moved = std::move(client);
  REQUIRE(moved.Get("/"));
  CHECK(traced.spans(1).size() == 1);
}

TEST_CASE("a trace goes through two servers and comes back whole") {
  tracing traced;
  spanwise::traced_server<httplib::Server> inventory;
  inventory.Post("/reserve", [](Request const&, Response& answer) {
    spanwise::span const reserve{"reserve-inventory"};
    answer.set_content("reserved", "text/plain");
  });
  serving const inventory_running{inventory};
  spanwise::traced_server<httplib::Server> gateway;
  gateway.Get("/checkout", [&](Request const&, Response& answer) {
    spanwise::traced_client client{inventory_running.url()};
    auto const reserved = client.Post("/reserve", "{}", "application/json");
    answer.set_content(reserved ? reserved->body : "none", "text/plain");
  });
  serving const gateway_running{gateway};
  spanwise::traced_client client{gateway_running.url()};
  auto const answer = client.Get("/checkout");
  REQUIRE(answer);
  CHECK(answer->body == "reserved");

  auto const spans = traced.spans(5);
  std::map<std::string, spanwise::memory_span const*> by_id;
  for (auto const& each : spans) by_id[hex(each.span_id())] = &each;
  std::string path;
  for (auto const* at = &*std::find_if(spans.begin(), spans.end(),
                                       [](auto const& each) { return each.name() == "reserve-inventory"; });
       ;) {
    path += std::string{at->name()} + " <- ";
    CHECK(at->trace_id() == spans[0].trace_id());
    if (!at->parent_span_id().valid()) break;
    auto const above = by_id.find(hex(at->parent_span_id()));
    REQUIRE(above != by_id.end());
    CHECK(above->second->start() <= at->start());
    at = above->second;
  }
  CHECK(path == "reserve-inventory <- POST /reserve <- POST <- GET /checkout <- GET <- ");
}
