#include <spanwise/semconv/db.hpp>

#include "keys.hpp"

TEST_CASE("keys of databases and their types, by the tables of the conventions") {
  CHECK(is<text>(db_system_name, "db.system.name"));
  CHECK(is<text>(db_collection_name, "db.collection.name"));
  CHECK(is<text>(db_namespace, "db.namespace"));
  CHECK(is<text>(db_operation_name, "db.operation.name"));
  CHECK(is<text>(db_response_status_code, "db.response.status_code"));
  CHECK(is<integer>(db_operation_batch_size, "db.operation.batch.size"));
  CHECK(is<text>(db_query_summary, "db.query.summary"));
  CHECK(is<text>(db_query_text, "db.query.text"));
  CHECK(is<text>(db_stored_procedure_name, "db.stored_procedure.name"));
  CHECK(is<text>(db_query_parameter<"some-name">, "db.query.parameter.some-name"));
  CHECK(is<integer>(db_response_returned_rows, "db.response.returned_rows"));
}

TEST_CASE("well-known values of databases") {
  CHECK(db_system_name_values::mysql == "mysql");
  CHECK(db_system_name_values::postgresql == "postgresql");
  CHECK(db_system_name_values::redis == "redis");
  CHECK(db_system_name_values::microsoft_sql_server == "microsoft.sql_server");
  CHECK(db_system_name_values::other_sql == "other_sql");
}
