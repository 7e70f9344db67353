#include "delivery/operations.hpp"

#include "base/json.hpp"
#include "base/time.hpp"

namespace wrapup {

namespace {

// Writes what all have in common; `data` fills the object of that name.
template <class WriteData>
Message message(std::string_view type, const std::string& workspace_id, const std::string& id, Timestamp now,
                WriteData data) {
  Message out;
  out.workspace_id = workspace_id;
  out.webhook_id = "evt_" + id;
  out.type = type;
  out.created_at = now;
  JsonWriter json(out.body);
  json.begin_object().member("id", out.webhook_id).member("type", type).member("timestamp", format_utc(now));
  json.member("workspace_id", workspace_id).key("data").begin_object();
  data(json);
  json.end_object().end_object();
  return out;
}

}  // namespace

Message endpoint_message(std::string_view type, const Endpoint& endpoint, const std::string& id, Timestamp now) {
  return message(type, endpoint.workspace_id, id, now, [&](JsonWriter& json) {
    json.member("endpoint_id", endpoint.endpoint_id).member("url", endpoint.url);
    json.member("state", to_string(endpoint.state)).member("reason", endpoint.state_reason);
    const auto& since = endpoint.health.failing_since;
    json.member("failing_since", since ? std::optional<std::string>(format_utc(*since)) : std::nullopt);
  });
}

Message exhausted_message(const Delivery& delivery, const Endpoint& endpoint, const std::string& id, Timestamp now) {
  Message out = message(kDeliveryExhausted, delivery.workspace_id, id, now, [&](JsonWriter& json) {
    json.member("delivery_id", delivery.delivery_id).member("webhook_id", delivery.webhook_id);
    json.member("event_type", delivery.type).member("call_id", delivery.call_id);
    json.member("revision", delivery.revision).member("attempts", delivery.attempts);
    json.member("failure", delivery.failure).member("endpoint_id", endpoint.endpoint_id).member("url", endpoint.url);
  });
  out.call_id = delivery.call_id;
  out.model_id = delivery.model_id;
  return out;
}

Result<std::vector<DueDelivery>> tell_operations(Store& store, const std::vector<Message>& messages,
                                                 const std::string& about_url, const std::string& new_endpoint_id) {
  std::vector<DueDelivery> sent;
  if (messages.empty()) return sent;
  auto settings = store.workspace_settings(messages.front().workspace_id);
  if (!settings && settings.error().code == Code::not_found) return sent;  // nobody to tell
  if (!settings) return fail(std::move(settings.error()));
  const auto* found = settings->if_contains("operations_url");
  if (!found || !found->is_string()) return sent;
  const std::string url(found->get_string());
  if (url.empty() || url == about_url) return sent;
  for (const Message& each : messages) {
    auto due = store.send_message(each, url, new_endpoint_id);
    if (!due) return fail(std::move(due.error()));
    sent.push_back(std::move(*due));
  }
  return sent;
}

}  // namespace wrapup
