#include <spanwise/instrument/httplib_exchange.hpp>

#include "catch.hpp"

#include <map>
#include <vector>

using namespace spanwise::detail;

namespace {

enum class old_error { Success, Unknown, Connection, Read, Canceled };
enum class new_error { Success, Unknown, Connection, Read, Canceled, ConnectionTimeout, Timeout, ConnectionClosed };

using header_list = std::multimap<std::string, std::string>;
using param_list = std::vector<std::pair<std::string, std::string>>;

/// Has the calls of a client, some with headers and some without, and says which one was made.
struct client_like {
  std::string Get(char const*) { return "path"; }
  std::string Get(char const*, header_list const& headers) { return "headers " + std::to_string(headers.size()); }
  std::string Get(char const*, param_list const&, header_list const& headers) {
    return "params, headers " + std::to_string(headers.size());
  }
  std::string Put(char const*) { return "path"; }
  std::string Put(char const*, header_list const& headers, std::string const& body, std::string const& type) {
    return "headers " + std::to_string(headers.size()) + " '" + body + "' '" + type + "'";
  }
  std::string Post(char const*, header_list const&, char const* body, std::size_t size) { return {body, size}; }
};

} // namespace

TEST_CASE("errors have names, those too that only some versions know") {
  CHECK(httplib_error_name(old_error::Connection) == "connection_error");
  CHECK(httplib_error_name(old_error::Read) == "read_error");
  CHECK(httplib_error_name(old_error::Unknown) == "_OTHER");
  CHECK(httplib_error_name(new_error::ConnectionTimeout) == "timeout");
  CHECK(httplib_error_name(new_error::Timeout) == "timeout");
  CHECK(httplib_error_name(new_error::ConnectionClosed) == "connection_closed");
  CHECK(was_cancelled(old_error::Canceled));
  CHECK(!was_cancelled(new_error::Read));
}

TEST_CASE("headers go where a call takes them") {
  client_like client;
  header_list const headers{{"traceparent", "x"}, {"a", "b"}};
  header_list own{{"a", "b"}};
  param_list const params{{"p", "q"}};
  CHECK(call_with_headers(httplib_get{}, client, headers, "/") == "headers 2");
  CHECK(call_with_headers(httplib_get{}, client, headers, "/", own) == "headers 2");
  CHECK(call_with_headers(httplib_get{}, client, headers, "/", header_list{}) == "headers 2");
  CHECK(call_with_headers(httplib_get{}, client, headers, "/", params, own) == "params, headers 2");
  CHECK(call_with_headers(httplib_get{}, client, headers, "/", params) == "params, headers 2");
  CHECK(call_with_headers(httplib_put{}, client, headers, "/") == "headers 2 '' ''");
  CHECK(call_with_headers(httplib_post{}, client, headers, "/", "body", handed_on(4)) == "body");
  CHECK(own.size() == 1);
}

TEST_CASE("parameters are percent-encoded as in a URL") {
  CHECK(query_of(param_list{}) == "");
  CHECK(query_of(param_list{{"a b", "1&2=3"}, {"c", ""}, {"\xc3\xa4", "~"}}) == "a%20b=1%262%3D3&c=&%C3%A4=~");
}
