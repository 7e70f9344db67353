// How deliveries stand in their table. Private to the store.
#pragma once

#include <string_view>

#include "model/delivery.hpp"
#include "storage/sql/connection.hpp"

namespace wrapup {

/// Stands for a payload that is kept with its call's request.
inline constexpr std::string_view kInCall = "c";

/// In the order that read_delivery() takes.
inline constexpr std::string_view kDeliveryColumns =
    "workspace_id, delivery_id, webhook_id, type, endpoint_id, call_id, model_id, revision, replay_id, state, "
    "attempts, "
    "next_at, created_at, first_sent_at, ended_at, failure";

Delivery read_delivery(const sql::Row& row);
Status insert_delivery(sql::Connection& db, const Delivery& delivery);

}  // namespace wrapup
