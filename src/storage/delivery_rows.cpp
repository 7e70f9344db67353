#include "storage/delivery_rows.hpp"

namespace wrapup {

Delivery read_delivery(const sql::Row& row) {
  Delivery delivery;
  delivery.workspace_id = row.text(0);
  delivery.delivery_id = row.text(1);
  delivery.webhook_id = row.text(2);
  delivery.type = row.text(3);
  delivery.endpoint_id = row.text(4);
  delivery.call_id = row.text(5);
  delivery.model_id = row.text(6);
  delivery.revision = row.integer(7);
  delivery.replay_id = row.text(8);
  delivery.state = delivery_state_from(row.text(9)).value_or(DeliveryState::pending);
  delivery.attempts = row.integer(10);
  delivery.next_at = row.integer(11);
  delivery.created_at = row.integer(12);
  delivery.first_sent_at = row.optional_integer(13);
  delivery.ended_at = row.optional_integer(14);
  delivery.failure = row.text(15);
  return delivery;
}

Status insert_delivery(sql::Connection& db, const Delivery& delivery) {
  return db.send(
      "INSERT INTO delivery (workspace_id, delivery_id, webhook_id, type, endpoint_id, call_id, model_id, revision, "
      "replay_id, state, attempts, next_at, created_at, first_sent_at, ended_at, failure) VALUES "
      "($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
      {delivery.workspace_id, delivery.delivery_id, delivery.webhook_id, delivery.type, delivery.endpoint_id,
       delivery.call_id, delivery.model_id, delivery.revision,
       delivery.replay_id.empty() ? sql::Param(nullptr) : sql::Param(delivery.replay_id), to_string(delivery.state),
       delivery.attempts, delivery.next_at, delivery.created_at, delivery.first_sent_at, delivery.ended_at,
       delivery.failure});
}

}  // namespace wrapup
