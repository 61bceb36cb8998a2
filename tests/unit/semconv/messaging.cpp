#include <spanwise/semconv/messaging.hpp>

#include "keys.hpp"

TEST_CASE("keys of messaging and their types, by the tables of the conventions") {
  CHECK(is<text>(messaging_operation_name, "messaging.operation.name"));
  CHECK(is<text>(messaging_system, "messaging.system"));
  CHECK(is<integer>(messaging_batch_message_count, "messaging.batch.message_count"));
  CHECK(is<text>(messaging_destination_name, "messaging.destination.name"));
  CHECK(is<text>(messaging_destination_template, "messaging.destination.template"));
  CHECK(is<boolean>(messaging_kafka_message_tombstone, "messaging.kafka.message.tombstone"));
  CHECK(is<text>(messaging_operation_type, "messaging.operation.type"));
  CHECK(is<text>(messaging_client_id, "messaging.client.id"));
  CHECK(is<text>(messaging_destination_partition_id, "messaging.destination.partition.id"));
  CHECK(is<text>(messaging_kafka_cluster_id, "messaging.kafka.cluster.id"));
  CHECK(is<text>(messaging_kafka_message_key, "messaging.kafka.message.key"));
  CHECK(is<integer>(messaging_kafka_offset, "messaging.kafka.offset"));
  CHECK(is<text>(messaging_message_conversation_id, "messaging.message.conversation_id"));
  CHECK(is<text>(messaging_message_id, "messaging.message.id"));
  CHECK(is<integer>(messaging_message_body_size, "messaging.message.body.size"));
  CHECK(is<integer>(messaging_message_envelope_size, "messaging.message.envelope.size"));
  CHECK(is<text>(messaging_consumer_group_name, "messaging.consumer.group.name"));
  CHECK(is<boolean>(messaging_destination_anonymous, "messaging.destination.anonymous"));
  CHECK(is<boolean>(messaging_destination_temporary, "messaging.destination.temporary"));
  CHECK(is<text>(messaging_rabbitmq_destination_routing_key, "messaging.rabbitmq.destination.routing_key"));
  CHECK(is<integer>(messaging_rabbitmq_message_delivery_tag, "messaging.rabbitmq.message.delivery_tag"));
}

TEST_CASE("well-known values of messaging") {
  CHECK(messaging_system_values::kafka == "kafka");
  CHECK(messaging_system_values::rabbitmq == "rabbitmq");
  CHECK(messaging_operation_type_values::process == "process");
  CHECK(messaging_operation_type_values::settle == "settle");
}
