#include "api/handlers.hpp"
#include "base/time.hpp"
#include "model/endpoint.hpp"
#include "net/tls_options.hpp"
#include "net/url.hpp"

namespace wrapup::api {

namespace {

json::value time_value(std::optional<Timestamp> at) {
  return at && *at > 0 ? json::value(format_utc(*at)) : json::value(nullptr);
}

void write_attempts(JsonWriter& out, const std::vector<Attempt>& attempts) {
  out.key("last_answers").begin_array();
  for (const auto& attempt : attempts) {
    out.begin_object().member("webhook_log_id", attempt.attempt_id).member("at", format_utc(attempt.at));
    out.member("status", attempt.status).key("response_status_code");
    attempt.response_code == 0 ? out.null() : out.integer(attempt.response_code);
    out.member("error_class", attempt.error).key("duration_ms").number(double(attempt.duration_us) / kMillisecond);
    out.end_object();
  }
  out.end_array();
}

Status write_endpoint(const Services& services, JsonWriter& out, const EndpointRow& row) {
  const Timestamp now = services.clock.now();
  const Endpoint& endpoint = row.endpoint;
  auto settings = open_settings(endpoint, services.secrets);
  if (!settings) return fail(std::move(settings.error()));
  const EndpointHealth& health = endpoint.health;
  out.member("endpoint_id", endpoint.endpoint_id).member("url", endpoint.url);
  out.member("state", to_string(endpoint.state)).member("state_reason", endpoint.state_reason);
  out.member("state_since", time_value(endpoint.state_at));
  out.key("circuit").begin_object();
  out.member("state", !health.open ? "closed" : health.probe_at > now ? "open" : "half_open");
  out.member("failures_in_a_row", health.failures).member("failing_since", time_value(health.failing_since));
  out.member("next_probe_at", health.open ? time_value(health.probe_at) : json::value(nullptr)).end_object();
  out.member("held_until", health.held_until > now ? time_value(health.held_until) : json::value(nullptr));
  out.member("pending", row.pending).member("oldest_due_at", time_value(row.oldest_due));
  write_attempts(out, row.last_attempts);
  for (const auto& [name, value] : endpoint_settings_json(*settings, false)) out.member(name, value);
  out.member("created_at", format_utc(endpoint.created_at));
  return {};
}

Result<std::string> endpoint_body(const Services& services, Store& store, const Endpoint& endpoint) {
  auto row = store.describe_endpoint(endpoint.workspace_id, endpoint.endpoint_id);
  if (!row) return fail(std::move(row.error()));
  Status written;
  std::string body = envelope("success", [&](JsonWriter& out) { written = write_endpoint(services, out, *row); });
  if (!written) return fail(std::move(written.error()));
  return body;
}

// What a client sends: settings, and for a new one the URL.
struct Change {
  std::string url;
  json::object body;
};

Result<EndpointSettings> apply(const Services& services, const Change& change, const Endpoint& endpoint) {
  auto settings = open_settings(endpoint, services.secrets);
  if (!settings) return settings;
  std::vector<FieldError> errors;
  Fields fields(change.body, "", errors);
  if (!change.url.empty()) fields.find("url");
  read_endpoint_settings(fields, errors, *settings);
  fields.done();
  if (const auto fine = check_tls({settings->ca, settings->certificate, settings->key}, services.clock.now()); !fine) {
    for (const auto& wrong : fine.error().fields) errors.push_back({"/tls" + wrong.path, wrong.message});
  }
  if (!errors.empty()) return fail(invalid_fields(std::move(errors)));
  return settings;
}

// Stores what `verb(Store&)` made of an endpoint, answers with it, and tells delivery.
template <class Verb>
Answer change_endpoint(Services& services, const ApiRequest& request, Verb verb) {
  std::optional<Endpoint> changed;
  auto reply = co_await write_once(services, request, [&](Store& store) -> Result<std::string> {
    Result<Endpoint> endpoint = verb(store);
    if (!endpoint) return fail(std::move(endpoint.error()));
    if (auto kept = store.update_endpoint(*endpoint); !kept) return fail(std::move(kept.error()));
    changed = std::move(*endpoint);
    return endpoint_body(services, store, *changed);
  });
  if (reply && changed) services.store.feeds().endpoints.offer(std::move(*changed));
  co_return reply;
}

}  // namespace

// On a URL that is known it changes what is sent, so that a set-up script can run twice.
Answer make_endpoint(Services& services, const ApiRequest& request) {
  if (auto fine = request.no_query(); !fine) co_return fail(std::move(fine.error()));
  auto body = request.object();
  if (!body) co_return fail(std::move(body.error()));
  std::vector<FieldError> errors;
  const std::string given = Fields(*body, "", errors).required_text("url", kMaxUrl).value_or("");
  if (!errors.empty()) co_return fail(invalid_fields(std::move(errors)));
  if (auto fine = check_webhook_url(services, given, "/url"); !fine) co_return fail(std::move(fine.error()));
  const Change change{given, std::move(*body)};
  co_return co_await change_endpoint(services, request, [&](Store& store) -> Result<Endpoint> {
    auto endpoint = store.endpoint_of(request.workspace_id, change.url, new_id(services.clock, services.entropy),
                                      services.clock.now());
    if (!endpoint) return endpoint;
    auto settings = apply(services, change, *endpoint);
    if (!settings) return fail(std::move(settings.error()));
    seal_settings(*endpoint, *settings, services.secrets, services.entropy);
    return endpoint;
  });
}

Answer put_endpoint(Services& services, const ApiRequest& request) {
  if (auto fine = request.no_query(); !fine) co_return fail(std::move(fine.error()));
  auto body = request.object();
  if (!body) co_return fail(std::move(body.error()));
  const Change change{"", std::move(*body)};
  co_return co_await change_endpoint(services, request, [&](Store& store) -> Result<Endpoint> {
    auto endpoint = store.get_endpoint(request.workspace_id, request.param("endpoint_id"));
    if (!endpoint) return endpoint;
    auto settings = apply(services, change, *endpoint);
    if (!settings) return fail(std::move(settings.error()));
    seal_settings(*endpoint, *settings, services.secrets, services.entropy);
    return endpoint;
  });
}

Answer pause_endpoint(Services& services, const ApiRequest& request) {
  if (auto fine = request.no_query(); !fine) co_return fail(std::move(fine.error()));
  co_return co_await change_endpoint(services, request, [&](Store& store) -> Result<Endpoint> {
    auto endpoint = store.get_endpoint(request.workspace_id, request.param("endpoint_id"));
    if (!endpoint) return endpoint;
    endpoint->state = EndpointState::paused;
    endpoint->state_reason = "paused by its owner";
    endpoint->state_at = services.clock.now();
    return endpoint;
  });
}

// Also closes the circuit, ends what Retry-After asked for and the waits of retries: its owner says that it is well.
Answer resume_endpoint(Services& services, const ApiRequest& request) {
  if (auto fine = request.no_query(); !fine) co_return fail(std::move(fine.error()));
  co_return co_await change_endpoint(services, request, [&](Store& store) -> Result<Endpoint> {
    auto endpoint = store.get_endpoint(request.workspace_id, request.param("endpoint_id"));
    if (!endpoint) return endpoint;
    endpoint->state = EndpointState::active;
    endpoint->state_reason.clear();
    endpoint->state_at = services.clock.now();
    const bool told_disabled = endpoint->health.told_disabled;
    endpoint->health = EndpointHealth();
    endpoint->health.told_disabled = told_disabled;
    auto due = store.make_due(endpoint->workspace_id, endpoint->endpoint_id);
    if (!due) return fail(std::move(due.error()));
    return endpoint;
  });
}

Answer delete_endpoint(Services& services, const ApiRequest& request) {
  if (auto fine = request.no_query(); !fine) co_return fail(std::move(fine.error()));
  std::optional<Endpoint> gone;
  auto reply = co_await write_once(services, request, [&](Store& store) -> Result<std::string> {
    auto endpoint = store.get_endpoint(request.workspace_id, request.param("endpoint_id"));
    if (!endpoint) return fail(std::move(endpoint.error()));
    auto canceled = store.delete_endpoint(request.workspace_id, endpoint->endpoint_id);
    if (!canceled) return fail(std::move(canceled.error()));
    gone = std::move(*endpoint);
    return envelope("success", [&](JsonWriter& out) { out.member("answer", "ok").member("canceled", *canceled); });
  });
  if (!reply || !gone) co_return reply;
  gone->state = EndpointState::disabled;  // for what delivery still holds in memory
  services.store.feeds().endpoints.offer(*gone);
  co_return reply;
}

Answer get_endpoint(Services& services, const ApiRequest& request) {
  if (auto fine = request.no_query(); !fine) co_return fail(std::move(fine.error()));
  auto row = co_await services.store.read(
      [&](Store& store) { return store.describe_endpoint(request.workspace_id, request.param("endpoint_id")); });
  if (!row) co_return fail(std::move(row.error()));
  Status written;
  std::string body = envelope("ok", [&](JsonWriter& out) { written = write_endpoint(services, out, *row); });
  if (!written) co_return fail(std::move(written.error()));
  co_return json_reply(std::move(body));
}

Answer list_endpoints(Services& services, const ApiRequest& request) {
  Query query(request.query);
  EndpointFilter filter;
  filter.search = query.text("search");
  const std::string state = query.text("state");
  filter.state = endpoint_state_from(state);
  if (!state.empty() && !filter.state) query.wrong("state", "must be one of active, paused, disabled");
  const std::string circuit = query.text("circuit");
  if (!circuit.empty() && circuit != "open" && circuit != "closed") query.wrong("circuit", "must be open or closed");
  if (!circuit.empty()) filter.circuit_open = circuit == "open";
  filter.before = query.text("cursor");
  if (!filter.before.empty() && !is_uuid(filter.before))
    query.wrong("cursor", "must be a next_cursor of an answer before");
  filter.limit = query.integer("limit", 1, 100).value_or(20);
  filter.offset = query.integer("offset", 0, INT64_MAX).value_or(0);
  if (auto fine = query.done(); !fine) co_return fail(std::move(fine.error()));
  auto page =
      co_await services.store.read([&](Store& store) { return store.list_endpoints(request.workspace_id, filter); });
  if (!page) co_return fail(std::move(page.error()));
  Status written;
  std::string body = envelope("ok", [&](JsonWriter& out) {
    out.key("pagination").begin_object();
    out.member("total_records", page->total).member("limit", filter.limit).member("offset", filter.offset);
    out.key("next_cursor");
    const bool full = static_cast<std::int64_t>(page->endpoints.size()) == filter.limit;
    full ? out.string(page->endpoints.back().endpoint.endpoint_id) : out.null();
    out.end_object().key("endpoints").begin_array();
    for (const auto& row : page->endpoints) {
      out.begin_object();
      if (written) written = write_endpoint(services, out, row);
      out.end_object();
    }
    out.end_array();
  });
  if (!written) co_return fail(std::move(written.error()));
  co_return json_reply(std::move(body));
}

}  // namespace wrapup::api
