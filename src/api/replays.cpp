#include "api/handlers.hpp"
#include "base/time.hpp"
#include "net/url.hpp"

namespace wrapup::api {

namespace {

constexpr std::int64_t kMaxRate = 1000;

void write_filter(JsonWriter& out, const DeliveryFilter& filter) {
  const auto text = [&](std::string_view name, std::string_view value) {
    if (!value.empty()) out.member(name, value);
  };
  out.key("filter").begin_object();
  text("assistant_id", filter.model_id);
  text("call_id", filter.call_id);
  text("endpoint_id", filter.endpoint_id);
  text("error_class", filter.failure);
  if (filter.state) text("status", to_string(*filter.state));
  if (filter.from) text("from_date", format_utc(*filter.from));
  if (filter.to) text("to_date", format_utc(*filter.to));
  out.end_object();
}

void write_replay(JsonWriter& out, const Replay& replay) {
  out.member("replay_id", replay.replay_id).member("state", to_string(replay.state));
  write_filter(out, replay.filter);
  out.key("url");
  replay.url.empty() ? out.null() : out.string(replay.url);
  out.member("rate", replay.rate).key("progress").begin_object();
  out.member("total", replay.total).member("queued", replay.queued).member("delivered", replay.delivered);
  out.member("exhausted", replay.exhausted).member("canceled", replay.canceled);
  out.member("waiting", replay.queued - replay.delivered - replay.exhausted - replay.canceled).end_object();
  out.member("created_at", format_utc(replay.created_at)).member("updated_at", format_utc(replay.updated_at));
}

std::string replay_body(std::string_view status, const Replay& replay) {
  return envelope(status, [&](JsonWriter& out) { write_replay(out, replay); });
}

std::optional<DeliveryState> state_named(std::string_view name) {
  if (name == "success") return DeliveryState::delivered;
  if (name == "failed") return DeliveryState::exhausted;
  return delivery_state_from(name);
}

struct Wish {
  Replay replay;
  bool dry_run = false;
};

Result<Wish> read_wish(const Services& services, const json::object& body) {
  std::vector<FieldError> errors;
  Fields fields(body, "", errors);
  Wish wish;
  DeliveryFilter& filter = wish.replay.filter;
  filter.model_id = fields.text("assistant_id", 200).value_or(fields.text("model_id", 200).value_or(""));
  filter.call_id = fields.text("call_id", 200).value_or("");
  filter.endpoint_id = fields.text("endpoint_id", 200).value_or("");
  filter.failure = fields.text("error_class", 100).value_or("");
  filter.from = fields.time("from_date");
  filter.to = fields.time("to_date");
  if (const auto status = fields.text("status", 100)) {
    filter.state = state_named(*status);
    if (!filter.state) fields.wrong("status", "must be one of delivered, exhausted, canceled, pending");
  }
  wish.replay.url = fields.text("url", kMaxUrl).value_or("");
  wish.replay.rate = fields.integer("rate", 1, kMaxRate).value_or(wish.replay.rate);
  wish.dry_run = fields.boolean("dry_run").value_or(false);
  const bool all = fields.boolean("all").value_or(false);
  fields.done();
  const bool filtered = !filter.model_id.empty() || !filter.call_id.empty() || !filter.endpoint_id.empty() ||
                        !filter.failure.empty() || filter.state || filter.from || filter.to;
  if (!filtered && !all && errors.empty()) {
    fields.wrong("",
                 "names no filter: give at least one of assistant_id, call_id, endpoint_id, error_class, status, "
                 "from_date, to_date, or \"all\": true");
  }
  if (!errors.empty()) return fail(invalid_fields(std::move(errors)));
  if (auto fine = check_webhook_url(services, wish.replay.url, "/url"); !fine) return fail(std::move(fine.error()));
  return wish;
}

// What a log entry's id names: the delivery of an attempt, or a delivery by its own id or its webhook's.
Result<Delivery> delivery_named(Store& store, const std::string& workspace_id, const std::string& id) {
  auto attempt = store.get_attempt(workspace_id, id);
  if (attempt) return store.get_delivery(workspace_id, attempt->delivery_id);
  if (attempt.error().code != Code::not_found) return fail(std::move(attempt.error()));
  auto delivery = store.get_delivery(workspace_id, id);
  if (!delivery && delivery.error().code == Code::not_found) return fail(std::move(attempt.error()));
  return delivery;
}

}  // namespace

Answer replay_log(Services& services, const ApiRequest& request) {
  if (auto fine = request.no_query(); !fine) co_return fail(std::move(fine.error()));
  json::object body;
  if (!request.http.body.empty()) {
    auto given = request.object();
    if (!given) co_return fail(std::move(given.error()));
    body = std::move(*given);
  }
  std::vector<FieldError> errors;
  Fields fields(body, "", errors);
  const std::string url = fields.text("url", kMaxUrl).value_or("");
  fields.done();
  if (!errors.empty()) co_return fail(invalid_fields(std::move(errors)));
  if (auto fine = check_webhook_url(services, url, "/url"); !fine) co_return fail(std::move(fine.error()));
  std::optional<DueDelivery> made;
  auto reply = co_await write_once(services, request, [&](Store& store) -> Result<std::string> {
    auto delivery = delivery_named(store, request.workspace_id, request.param("log_id"));
    if (!delivery) return fail(std::move(delivery.error()));
    auto due = store.replay_delivery(*delivery, url, new_id(services.clock, services.entropy),
                                     new_id(services.clock, services.entropy), services.clock.now());
    if (!due) return fail(std::move(due.error()));
    made = std::move(*due);
    return envelope("success", [&](JsonWriter& out) {
      out.member("delivery_id", made->delivery.delivery_id).member("webhook_id", made->delivery.webhook_id);
      out.member("call_id", made->delivery.call_id).member("endpoint_id", made->endpoint.endpoint_id);
      out.member("url", made->endpoint.url).member("endpoint_state", to_string(made->endpoint.state));
    });
  });
  if (reply && made) services.store.feeds().deliveries.offer(std::move(*made));
  co_return reply;
}

Answer start_replay(Services& services, const ApiRequest& request) {
  if (auto fine = request.no_query(); !fine) co_return fail(std::move(fine.error()));
  auto body = request.object();
  if (!body) co_return fail(std::move(body.error()));
  auto wish = read_wish(services, *body);
  if (!wish) co_return fail(std::move(wish.error()));
  if (wish->dry_run) {
    auto count = co_await services.store.read(
        [&](Store& store) { return store.count_deliveries(request.workspace_id, wish->replay.filter); });
    if (!count) co_return fail(std::move(count.error()));
    co_return json_reply(envelope("success", [&](JsonWriter& out) {
      out.member("dry_run", true).member("count", *count);
      write_filter(out, wish->replay.filter);
    }));
  }
  auto reply = co_await write_once(services, request, [&](Store& store) -> Result<std::string> {
    Replay replay = wish->replay;
    auto count = store.count_deliveries(request.workspace_id, replay.filter);
    if (!count) return fail(std::move(count.error()));
    replay.workspace_id = request.workspace_id;
    replay.replay_id = new_id(services.clock, services.entropy);
    replay.total = *count;
    replay.created_at = replay.updated_at = services.clock.now();
    if (auto kept = store.add_replay(replay); !kept) return fail(std::move(kept.error()));
    return replay_body("success", replay);
  });
  if (reply) services.store.feeds().replays.offer("");
  co_return reply;
}

Answer list_replays(Services& services, const ApiRequest& request) {
  Query query(request.query);
  const auto limit = query.integer("limit", 1, 100).value_or(20);
  const auto offset = query.integer("offset", 0, INT64_MAX).value_or(0);
  if (auto fine = query.done(); !fine) co_return fail(std::move(fine.error()));
  auto page = co_await services.store.read(
      [&](Store& store) { return store.list_replays(request.workspace_id, limit, offset); });
  if (!page) co_return fail(std::move(page.error()));
  co_return json_reply(envelope("ok", [&](JsonWriter& out) {
    out.key("pagination").begin_object();
    out.member("total_records", page->total).member("limit", limit).member("offset", offset).end_object();
    out.key("replays").begin_array();
    for (const auto& replay : page->replays) {
      out.begin_object();
      write_replay(out, replay);
      out.end_object();
    }
    out.end_array();
  }));
}

Answer get_replay(Services& services, const ApiRequest& request) {
  if (auto fine = request.no_query(); !fine) co_return fail(std::move(fine.error()));
  auto replay = co_await services.store.read(
      [&](Store& store) { return store.get_replay(request.workspace_id, request.param("replay_id")); });
  if (!replay) co_return fail(std::move(replay.error()));
  co_return json_reply(replay_body("ok", *replay));
}

namespace {

// From `from` to `to`; a replay that is there already stays as it is.
Answer move_replay(Services& services, const ApiRequest& request, ReplayState from, ReplayState to) {
  if (auto fine = request.no_query(); !fine) co_return fail(std::move(fine.error()));
  auto reply = co_await write_once(services, request, [&](Store& store) -> Result<std::string> {
    auto replay = store.get_replay(request.workspace_id, request.param("replay_id"));
    if (!replay) return fail(std::move(replay.error()));
    const bool cancels = to == ReplayState::canceled;
    const bool ended = replay->state == ReplayState::canceled || (replay->state == ReplayState::completed && !cancels);
    if (replay->state != to && (ended || (!cancels && replay->state != from))) {
      return fail(Code::conflict, "illegal_transition",
                  "the replay is " + std::string(to_string(replay->state)) + " and cannot become " +
                      std::string(to_string(to)) + "; start another one");
    }
    replay->state = to;
    replay->updated_at = services.clock.now();
    if (auto kept = store.update_replay(*replay); !kept) return fail(std::move(kept.error()));
    if (cancels) {
      auto canceled = store.cancel_replayed(request.workspace_id, replay->replay_id);
      if (!canceled) return fail(std::move(canceled.error()));
      replay->canceled += *canceled;
    }
    return replay_body("success", *replay);
  });
  if (reply) services.store.feeds().replays.offer("");
  co_return reply;
}

}  // namespace

Answer pause_replay(Services& services, const ApiRequest& request) {
  return move_replay(services, request, ReplayState::running, ReplayState::paused);
}

Answer resume_replay(Services& services, const ApiRequest& request) {
  return move_replay(services, request, ReplayState::paused, ReplayState::running);
}

Answer cancel_replay(Services& services, const ApiRequest& request) {
  return move_replay(services, request, ReplayState::running, ReplayState::canceled);
}

}  // namespace wrapup::api
