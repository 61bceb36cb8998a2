// What a handler finds around it: the caller's context, its own span, and what the options made of them.
#include <spanwise/instrument/httplib_server.hpp>

#include "httplib_fixture.hpp"

#include <atomic>
#include <mutex>

using namespace testing;
using spanwise::span_kind;
using spanwise::status_code;
using Request = httplib::Request;
using Response = httplib::Response;
using traced_server = spanwise::traced_server<httplib::Server>;

namespace {

void say_hi(Request const&, Response& answer) {
  answer.set_content("hi", "text/plain");
}

/// Serves "/" once, with these headers, and gives the one span of it.
spanwise::memory_span span_of(spanwise::http_server_options chosen,
                              std::string const& headers = "Host: shop.example\r\n") {
  tracing traced;
  traced_server server{std::move(chosen)};
  server.Get("/", say_hi);
  serving const running{server};
  CHECK(exchange(running.port(), get("/", headers)).find("200 OK") != std::string::npos);
  return traced.spans(1)[0];
}

} // namespace

TEST_CASE("the caller's trace goes on, through the handler and what it calls") {
  tracing traced;
  traced_server server;
  spanwise::context seen;
  server.Get("/", [&](Request const&, Response&) {
    seen = spanwise::current_context();
    spanwise::current_span().set("cart.items", 3);
    spanwise::span child{"work"};
  });
  serving const running{server};
  static_cast<void>(exchange(
      running.port(), get("/", std::string{traceparent} + "tracestate: acme=1,other=2\r\nBaggage: user=ada\r\n")));
  auto const spans = traced.spans(2);
  auto const& work = one(spans, span_kind::server);
  auto const& child = one(spans, span_kind::internal);
  CHECK(hex(work.trace_id()) == trace);
  CHECK(hex(work.parent_span_id()) == caller);
  CHECK(work.trace_state() == "acme=1,other=2");
  CHECK(text(work, "cart.items") == "3");
  CHECK(child.parent_span_id() == work.span_id());
  CHECK(child.trace_id() == work.trace_id());
  CHECK(seen.span().span_id() == work.span_id());
  CHECK(!seen.span().remote());
  CHECK(seen.baggage().get("user") == "ada");
}

TEST_CASE("a trace that cannot be read starts anew") {
  for (std::string const bad : {
           "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7\r\n",
           "traceparent: 00-00000000000000000000000000000000-00f067aa0ba902b7-01\r\n",
           "traceparent: 00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01\r\n",
           "traceparent: ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n",
           "traceparent: garbage\r\n",
           "traceparent:\r\n",
           "tracestate: acme=1\r\n",
           "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n"
           "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n",
       }) {
    INFO(bad);
    spanwise::memory_span const work = span_of({}, bad);
    CHECK(hex(work.trace_id()) != trace);
    CHECK(work.trace_id().valid());
    CHECK(!work.parent_span_id().valid());
    CHECK(work.trace_state().empty());
  }
}

TEST_CASE("headers of 32 KiB do no harm") {
  std::string headers{traceparent};
  for (int i = 0; i < 5; ++i) {
    headers += "baggage: key" + std::to_string(i) + "=" + std::string(7'000, 'v') + "\r\n";
    headers += "tracestate: t" + std::to_string(i) + "=" + std::string(7'000, 's') + "\r\n";
    headers += "X-Channel: " + std::string(7'000, 'c') + "\r\n";
  }
  spanwise::memory_span const work = span_of({.request_headers = {"x-channel"}}, headers);
  CHECK(hex(work.trace_id()) == trace);
  CHECK(hex(work.parent_span_id()) == caller);
  CHECK(work.trace_state().empty());
  CHECK(text(work, "http.request.header.x-channel").size() == 5 * 7'001 + 1);
}

TEST_CASE("a caller that is not sampled is followed") {
  tracing traced;
  traced_server server;
  std::atomic<bool> same_trace{false};
  server.Get("/", [&](Request const&, Response&) {
    spanwise::context const now = spanwise::current_context();
    same_trace = hex(now.span().trace_id()) == trace && !now.span().sampled() && hex(now.span().span_id()) != caller;
  });
  serving const running{server};
  static_cast<void>(
      exchange(running.port(), get("/", "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00\r\n")));
  CHECK(same_trace);
  CHECK(traced.sink().size() == 0);
}

TEST_CASE("before tracing starts the caller's context is passed on") {
  traced_server server;
  std::mutex guard;
  spanwise::context seen;
  server.Get("/", [&](Request const&, Response& answer) {
    std::lock_guard const lock{guard};
    seen = spanwise::current_context();
    answer.set_content("hi", "text/plain");
  });
  server.Get("/throw", [](Request const&, Response&) -> void { throw std::runtime_error{"x"}; });
  serving const running{server};
  std::string const answer = exchange(running.port(), get("/", std::string{traceparent} + "baggage: user=ada\r\n"));
  CHECK(answer.substr(answer.size() - 2) == "hi");
  {
    std::lock_guard const lock{guard};
    CHECK(hex(seen.span().trace_id()) == trace);
    CHECK(hex(seen.span().span_id()) == caller);
    CHECK(seen.span().remote());
    CHECK(seen.baggage().get("user") == "ada");
  }
  CHECK(exchange(running.port(), get("/throw")).find(" 500 ") != std::string::npos);
  CHECK(exchange(running.port(), get("/nowhere")).find(" 404 ") != std::string::npos);

  tracing traced; // comes alive at start
  static_cast<void>(exchange(running.port(), get("/")));
  CHECK(traced.spans(1)[0].name() == "GET /");
}

TEST_CASE("a filtered request has no span, but its caller's context") {
  tracing traced;
  traced_server server{{.filter = [](spanwise::http_request_view const& asked) {
    return asked.path() != "/health" && asked.header("user-agent") != "prober";
  }}};
  std::atomic<int> passed_on{0};
  auto const look = [&](Request const&, Response&) {
    passed_on += hex(spanwise::current_context().span().span_id()) == caller;
  };
  server.Get("/health", look).Get("/work", look);
  serving const running{server};
  static_cast<void>(exchange(running.port(), get("/health", traceparent)));
  static_cast<void>(exchange(running.port(), get("/work", std::string{traceparent} + "User-Agent: prober\r\n")));
  static_cast<void>(exchange(running.port(), get("/nowhere", "User-Agent: prober\r\n")));
  CHECK(passed_on == 2);
  static_cast<void>(exchange(running.port(), get("/work", traceparent)));
  CHECK(traced.spans(1)[0].name() == "GET /work");
}

TEST_CASE("a public endpoint starts a trace of its own and links to the caller's") {
  spanwise::memory_span const work =
      span_of({.public_endpoint = true}, std::string{traceparent} + "tracestate: acme=1\r\n");
  CHECK(hex(work.trace_id()) != trace);
  CHECK(!work.parent_span_id().valid());
  int links = 0;
  for (auto const link : work.links()) {
    ++links;
    CHECK(hex(link.trace_id()) == trace);
    CHECK(hex(link.span_id()) == caller);
    CHECK(link.trace_state() == "acme=1");
  }
  CHECK(links == 1);

  spanwise::memory_span const alone = span_of({.public_endpoint = true});
  CHECK(alone.links().begin() == alone.links().end());

  auto const from_outside = [](spanwise::http_request_view const& asked) { return asked.header("x-internal").empty(); };
  CHECK(hex(span_of({.public_endpoint = from_outside}, std::string{traceparent} + "X-Internal: 1\r\n").trace_id()) ==
        trace);
  CHECK(hex(span_of({.public_endpoint = from_outside}, traceparent).trace_id()) != trace);
}

TEST_CASE("a span is named by the program where it wants to") {
  auto const by_channel = [](spanwise::http_request_view const& asked) {
    std::string name{asked.header("x-channel")};
    return name.empty() ? name : name + " " + std::string{asked.route()};
  };
  CHECK(span_of({.span_name = by_channel}, "X-Channel: app\r\n").name() == "app /");
  CHECK(span_of({.span_name = by_channel}).name() == "GET /");
  auto const fails = [](spanwise::http_request_view const&) -> std::string { throw std::runtime_error{"no name"}; };
  CHECK(span_of({.span_name = fails}).name() == "GET /");
}

TEST_CASE("chosen headers are recorded, of requests and of responses") {
  tracing traced;
  traced_server server{{.request_headers = {"X-Channel", "X-Missing"}, .response_headers = {"content-type", "X-Part"}}};
  server.Get("/", [](Request const&, Response& answer) {
    answer.headers.emplace("X-Part", "1");
    answer.headers.emplace("X-Part", "2");
    answer.set_content("hi", "text/plain");
  });
  serving const running{server};
  static_cast<void>(exchange(running.port(), get("/", "X-Channel: app\r\nx-channel: web\r\n")));
  auto const spans = traced.spans(1);
  // Some versions of cpp-httplib keep the values of one name in another order.
  std::string const channels = text(spans[0], "http.request.header.x-channel");
  CHECK((channels == "[app,web]" || channels == "[web,app]"));
  CHECK(!has(spans[0], "http.request.header.x-missing"));
  CHECK(text(spans[0], "http.response.header.content-type") == "[text/plain]");
  std::string const parts = text(spans[0], "http.response.header.x-part");
  CHECK((parts == "[1,2]" || parts == "[2,1]"));
}

TEST_CASE("the caller is told of the span, where that is wanted") {
  tracing traced;
  traced_server server{{.context_header = "traceresponse"}};
  server.Get("/", say_hi).Get("/throw", [](Request const&, Response&) -> void { throw std::runtime_error{"x"}; });
  serving const running{server};
  httplib::Client client{"127.0.0.1", running.port()};
  for (char const* path : {"/", "/throw"}) {
    traced.sink().clear();
    auto const answer = client.Get(path);
    REQUIRE(answer);
    auto const spans = traced.spans(1);
    CHECK(answer->get_header_value("traceresponse") ==
          "00-" + hex(spans[0].trace_id()) + "-" + hex(spans[0].span_id()) + (spans[0].flags() & 2 ? "-03" : "-01"));
  }
}

TEST_CASE("other formats and another tracer can be used") {
  spanwise::memory_sink sink;
  spanwise::provider const separate{"separate", spanwise::simple{spanwise::memory{sink}}};
  tracing traced;
  traced_server server{{.propagators = spanwise::composite<>{}, .tracer = separate.tracer("mine", "2")}};
  server.Get("/", say_hi);
  serving const running{server};
  static_cast<void>(exchange(running.port(), get("/", traceparent)));
  REQUIRE(sink.wait_for(1));
  CHECK(hex(sink.spans()[0].trace_id()) != trace);
  CHECK(sink.spans()[0].scope_name() == "mine");
  CHECK(traced.sink().size() == 0);
}

TEST_CASE("the span is current in the hooks behind the handler, and gone after them") {
  tracing traced;
  traced_server server;
  std::mutex guard;
  std::vector<std::string> seen;
  auto const look = [&](std::string const& where) {
    std::lock_guard const lock{guard};
    seen.push_back(where + " " + hex(spanwise::current_context().span().span_id()));
  };
  server.Get("/", [&](Request const&, Response& answer) {
    look("handler");
    answer.status = 500;
  });
  server.set_error_handler([&](Request const&, Response&) { look("error"); });
  server.set_post_routing_handler([&](Request const&, Response&) { look("post"); });
  server.set_logger([&](Request const&, Response const&) { look("log"); });
  server.set_pre_routing_handler([&](Request const&, Response&) {
    look("pre");
    return httplib::Server::HandlerResponse::Unhandled;
  });
  serving const running{server};
  httplib::Client client{"127.0.0.1", running.port()};
  client.set_keep_alive(true); // both requests on one thread
  REQUIRE(client.Get("/"));
  REQUIRE(client.Get("/"));
  auto const spans = traced.spans(2);
  std::vector<std::string> expected;
  for (auto const& each : spans)
    for (char const* where : {"pre ", "handler ", "error ", "post ", "log "})
      expected.push_back(where + (where == std::string{"pre "} ? std::string(16, '0') : hex(each.span_id())));
  CHECK(seen == expected);
}

TEST_CASE("responses that are copied, kept or replaced disturb nothing") {
  tracing traced;
  traced_server server;
  std::vector<Response> kept;
  std::mutex guard;
  server.Get("/keep", say_hi).Get("/replace", say_hi).Get("/again", [&](Request const&, Response& answer) {
    std::lock_guard const lock{guard};
    answer = kept.front();
  });
  server.set_post_routing_handler([&](Request const& asked, Response& answer) {
    std::lock_guard const lock{guard};
    if (asked.path == "/keep") kept.push_back(answer);
    if (asked.path == "/replace") answer = Response{};
    if (answer.status == -1) answer.status = 202;
  });
  {
    serving const running{server};
    for (char const* path : {"/keep", "/replace", "/again", "/keep"})
      static_cast<void>(exchange(running.port(), get(path)));
    auto const spans = traced.spans(4);
    for (auto const& each : spans) CHECK(each.status() == status_code::unset);
    CHECK(spans[1].name() == "GET /replace");
  }
  kept.clear();
  CHECK(traced.sink().size() == 4);
}

TEST_CASE("requests on many threads have their own spans", "[threads]") {
  tracing traced;
  traced_server server;
  server.Get("/(\\d+)", [](Request const& asked, Response& answer) {
    spanwise::span inner{"inner", {"number", asked.matches[1].str()}};
    answer.set_content(asked.matches[1].str(), "text/plain");
  });
  constexpr int clients = 4;
  constexpr int requests = 50;
  serving const running{server};
  std::vector<std::thread> threads;
  for (int i = 0; i < clients; ++i)
    threads.emplace_back([&, i] {
      httplib::Client client{"127.0.0.1", running.port()};
      client.set_keep_alive(i % 2 == 0);
      for (int k = 0; k < requests; ++k)
        static_cast<void>(client.Get(("/" + std::to_string(i * requests + k)).c_str()));
    });
  for (auto& each : threads) each.join();
  auto const spans = traced.spans(2 * clients * requests);
  std::vector<std::string> numbers;
  for (auto const& inner : spans) {
    if (inner.kind() == span_kind::server) continue;
    numbers.push_back(text(inner, "number"));
    auto const outer = std::find_if(spans.begin(), spans.end(),
                                    [&](auto const& each) { return each.span_id() == inner.parent_span_id(); });
    REQUIRE(outer != spans.end());
    CHECK(text(*outer, "url.path") == "/" + numbers.back());
    CHECK(outer->trace_id() == inner.trace_id());
  }
  std::sort(numbers.begin(), numbers.end());
  CHECK(std::unique(numbers.begin(), numbers.end()) - numbers.begin() == clients * requests);
}
