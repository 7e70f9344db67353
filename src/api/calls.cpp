#include "api/call_json.hpp"
#include "api/handlers.hpp"

namespace wrapup::api {

namespace {

// The answer to a call that was placed or reported, as the original's. `eta` is in seconds.
std::string accepted_body(const Accepted& accepted) {
  std::string body;
  JsonWriter out(body);
  out.begin_object().member("status", "success");
  out.key("response").begin_object().member("answer", "ok").member("call_id", accepted.call_id).end_object();
  out.member("eta", 1).end_object();
  return body;
}

}  // namespace

Answer place_call(Services& services, const ApiRequest& request) {
  if (auto fine = request.no_query(); !fine) co_return fail(std::move(fine.error()));
  auto call = read_call_request(request.http.body);
  if (!call) co_return fail(std::move(call.error()));
  if (is_masked_phone(call->phone)) {
    co_return fail(invalid_fields({{"/phone", "is masked; a call needs the whole number, such as +15550100123"}}));
  }
  if (auto fine = check_webhook_url(services, call->external_webhook_url, "/external_webhook_url"); !fine) {
    co_return fail(std::move(fine.error()));
  }
  Accepted accepted;
  auto reply = co_await write_once(services, request, [&](Store& store) -> Result<std::string> {
    auto placed = services.intake.place(store, request.workspace_id, std::move(*call), request.http.body);
    if (!placed) return fail(std::move(placed.error()));
    accepted = std::move(*placed);
    return accepted_body(accepted);
  });
  if (reply) {
    services.metrics.calls_placed.Increment();
    Intake::announce(services.store.feeds(), request.workspace_id, accepted);
  }
  co_return reply;
}

Answer report_call(Services& services, const ApiRequest& request) {
  if (auto fine = request.no_query(); !fine) co_return fail(std::move(fine.error()));
  auto report = read_report(request.http.body);
  if (!report) co_return fail(std::move(report.error()));
  if (auto fine = check_webhook_url(services, report->call.external_webhook_url, "/external_webhook_url"); !fine) {
    co_return fail(std::move(fine.error()));
  }
  // One commit takes in a report and what came of it, where nothing has to be waited for in between.
  auto foreseen = services.intake.foresee(request.workspace_id, *report, request.http.body);
  std::function<Frozen()> work_out;
  if (foreseen) work_out = co_await services.foresee(foreseen->record, foreseen->agent, foreseen->row.request);
  Accepted accepted;
  auto reply = co_await write_once(
      services, request,
      [&](Store& store) -> Result<std::string> {
        auto taken = foreseen
                         ? services.intake.report(store, *foreseen)
                         : services.intake.report(store, request.workspace_id, std::move(*report), request.http.body);
        if (!taken) return fail(std::move(taken.error()));
        accepted = std::move(*taken);
        return accepted_body(accepted);
      },
      [&](const auto& once) {
        if (!work_out) return services.store.write_bare(once);
        const auto prepare = [&] {
          foreseen->frozen = work_out();
          foreseen->record = nullptr;
        };
        return services.store.write_prepared(services.workers, prepare, once);
      });
  if (reply) {
    services.metrics.calls_reported.Increment();
    if (accepted.agent) services.intake.remember(accepted.agent);
    if (accepted.delivery) {
      services.metrics.webhooks_built.Increment();
      accepted.delivery->body = std::make_shared<const std::string>(std::move(foreseen->frozen->revision.payload));
    }
    Intake::announce(services.store.feeds(), request.workspace_id, accepted);
  }
  co_return reply;
}

Answer report_events(Services& services, const ApiRequest& request) {
  if (auto fine = request.no_query(); !fine) co_return fail(std::move(fine.error()));
  auto body = parse_json(request.http.body);
  if (!body) co_return fail(std::move(body.error()));
  auto events = read_events(*body);
  if (!events) co_return fail(std::move(events.error()));
  Accepted accepted;
  auto reply = co_await write_once(services, request, [&](Store& store) -> Result<std::string> {
    auto taken = services.intake.events(store, request.workspace_id, request.param("call_id"), *events);
    if (!taken) return fail(std::move(taken.error()));
    accepted = std::move(*taken);
    return envelope("success", [&](JsonWriter& out) {
      out.member("call_id", accepted.call_id).key("status").string(to_string(accepted.status));
      out.member("received", static_cast<std::int64_t>(events->size())).member("new", accepted.new_events);
    });
  });
  if (reply) {
    services.metrics.events_accepted.Increment(static_cast<double>(accepted.new_events));
    Intake::announce(services.store.feeds(), request.workspace_id, accepted);
  }
  co_return reply;
}

Answer cancel_call(Services& services, const ApiRequest& request) {
  if (auto fine = request.no_query(); !fine) co_return fail(std::move(fine.error()));
  Accepted accepted;
  auto reply = co_await write_once(services, request, [&](Store& store) -> Result<std::string> {
    auto canceled = services.intake.cancel(store, request.workspace_id, request.param("call_id"));
    if (!canceled) return fail(std::move(canceled.error()));
    accepted = std::move(*canceled);
    return accepted_body(accepted);
  });
  if (reply) Intake::announce(services.store.feeds(), request.workspace_id, accepted);
  co_return reply;
}

Answer list_calls(Services& services, const ApiRequest& request) {
  Query query(request.query);
  CallFilter filter;
  filter.model_id = query.text("model_id");
  filter.call_status = query.text("call_status");
  if (!filter.call_status.empty() && !call_status_from(filter.call_status)) {
    std::string names;
    for (const auto name : call_status_names()) names.append(names.empty() ? "" : ", ").append(name);
    query.wrong("call_status", "must be one of " + names);
  }
  filter.end_call_reason = query.text("end_call_reason");
  filter.phone = query.text("lead_phone_number");
  filter.search = query.text("search");
  filter.from = query.time("from_date");
  filter.to = query.time("to_date");
  filter.duration_min = query.integer("duration_min", 0, INT64_MAX);
  filter.duration_max = query.integer("duration_max", 0, INT64_MAX);
  filter.before = query.text("cursor");
  if (!filter.before.empty() && !is_uuid(filter.before))
    query.wrong("cursor", "must be a next_cursor of an answer before");
  filter.limit = query.integer("limit", 1, 100).value_or(20);
  filter.offset = query.integer("offset", 0, INT64_MAX).value_or(0);
  if (auto fine = query.done(); !fine) co_return fail(std::move(fine.error()));
  auto page =
      co_await services.store.read([&](Store& store) { return store.list_calls(request.workspace_id, filter); });
  if (!page) co_return fail(std::move(page.error()));
  Status written;
  std::string body = envelope("ok", [&](JsonWriter& out) {
    out.key("pagination").begin_object();
    out.member("total_records", page->total).member("limit", filter.limit).member("offset", filter.offset);
    out.member("total_exact", page->exact).key("next_cursor");
    page->next.empty() ? out.null() : out.string(page->next);
    out.end_object().key("calls").begin_array();
    for (const auto& stored : page->calls) {
      if (written) written = write_call(out, stored, false);
    }
    out.end_array();
  });
  if (!written) co_return fail(std::move(written.error()));
  co_return json_reply(std::move(body));
}

Answer get_call(Services& services, const ApiRequest& request) {
  if (auto fine = request.no_query(); !fine) co_return fail(std::move(fine.error()));
  auto stored = co_await services.store.read(
      [&](Store& store) { return store.get_call(request.workspace_id, request.param("call_id")); });
  if (!stored) co_return fail(std::move(stored.error()));
  Status written;
  std::string body = envelope("ok", [&](JsonWriter& out) {
    out.key("pagination").begin_object().member("total_records", 1).member("limit", 1).member("offset", 0).end_object();
    out.key("calls").begin_array();
    written = write_call(out, *stored, true);
    out.end_array();
  });
  if (!written) co_return fail(std::move(written.error()));
  co_return json_reply(std::move(body));
}

}  // namespace wrapup::api
