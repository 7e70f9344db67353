// What the owner of a workspace is told of delivery itself: webhooks to the operations URL, through the same durable
// path as all others. Pure but for the store verb.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "model/endpoint.hpp"
#include "storage/store.hpp"

namespace wrapup {

inline constexpr std::string_view kEndpointDisabled = "endpoint.disabled";
inline constexpr std::string_view kEndpointRecovered = "endpoint.recovered";
inline constexpr std::string_view kDeliveryExhausted = "delivery.exhausted";

/// Of a type above. {id, type, timestamp, workspace_id, data: {endpoint_id, url, state, reason, failing_since}}
Message endpoint_message(std::string_view type, const Endpoint& endpoint, const std::string& id, Timestamp now);
/// {…, data: {delivery_id, webhook_id, event_type, call_id, revision, attempts, failure, endpoint_id, url}}
Message exhausted_message(const Delivery& delivery, const Endpoint& endpoint, const std::string& id, Timestamp now);

/// Sends `messages` to the operations URL of their workspace, if there is one; none about that URL itself. Part of the
/// caller's transaction. `new_endpoint_id`: for the endpoint of that URL, if it is new.
Result<std::vector<DueDelivery>> tell_operations(Store& store, const std::vector<Message>& messages,
                                                 const std::string& about_url, const std::string& new_endpoint_id);

}  // namespace wrapup
