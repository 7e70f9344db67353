#include "api/analyze_with.hpp"
#include "api/handlers.hpp"
#include "base/time.hpp"

namespace wrapup::api {

namespace {

constexpr std::int64_t kMaxRate = 1000;

struct Wish {
  Reanalysis job;
  bool dry_run = false;
};

Result<Wish> read_wish(const Services& services, const json::object& body) {
  std::vector<FieldError> errors;
  Fields fields(body, "", errors);
  Wish wish;
  CallFilter& filter = wish.job.filter;
  filter.model_id = fields.text("model_id", 200).value_or("");
  filter.call_status = fields.text("call_status", 100).value_or("");
  if (!filter.call_status.empty() && !call_status_from(filter.call_status))
    fields.wrong("call_status", "must be a status of calls, such as completed");
  filter.end_call_reason = fields.text("end_call_reason", 200).value_or("");
  filter.phone = fields.text("lead_phone_number", 100).value_or("");
  filter.search = fields.text("search", 1000).value_or("");
  filter.from = fields.time("from_date");
  filter.to = fields.time("to_date");
  filter.duration_min = fields.integer("duration_min", 0, INT64_MAX);
  filter.duration_max = fields.integer("duration_max", 0, INT64_MAX);
  wish.job.with = read_with(services, fields);
  wish.job.rate = fields.integer("rate", 1, kMaxRate).value_or(wish.job.rate);
  wish.dry_run = fields.boolean("dry_run").value_or(false);
  const bool all = fields.boolean("all").value_or(false);
  fields.done();
  const bool filtered = !filter.model_id.empty() || !filter.call_status.empty() || !filter.end_call_reason.empty() ||
                        !filter.phone.empty() || !filter.search.empty() || filter.from || filter.to ||
                        filter.duration_min || filter.duration_max;
  if (!filtered && !all && errors.empty()) {
    fields.wrong("",
                 "names no filter: give at least one of model_id, call_status, end_call_reason, lead_phone_number, "
                 "search, from_date, to_date, duration_min, duration_max, or \"all\": true");
  }
  if (!errors.empty()) return fail(invalid_fields(std::move(errors)));
  return wish;
}

void write_filter(JsonWriter& out, const CallFilter& filter) {
  const auto text = [&](std::string_view name, std::string_view value) {
    if (!value.empty()) out.member(name, value);
  };
  out.key("filter").begin_object();
  text("model_id", filter.model_id);
  text("call_status", filter.call_status);
  text("end_call_reason", filter.end_call_reason);
  text("lead_phone_number", filter.phone);
  text("search", filter.search);
  if (filter.from) text("from_date", format_utc(*filter.from));
  if (filter.to) text("to_date", format_utc(*filter.to));
  if (filter.duration_min) out.member("duration_min", *filter.duration_min);
  if (filter.duration_max) out.member("duration_max", *filter.duration_max);
  out.end_object();
}

void write_job(JsonWriter& out, const Reanalysis& job) {
  const auto or_null = [&](std::string_view name, const std::string& value) {
    out.key(name);
    value.empty() ? out.null() : out.string(value);
  };
  out.member("reanalysis_id", job.reanalysis_id).member("state", to_string(job.state));
  write_filter(out, job.filter);
  or_null("model", job.with.model);
  or_null("prompt_version", job.with.prompt_version);
  out.member("rate", job.rate).key("progress").begin_object();
  out.member("total", job.total).member("queued", job.queued).member("analyzed", job.queued - job.waiting);
  out.member("waiting", job.waiting).end_object();
  out.member("created_at", format_utc(job.created_at)).member("updated_at", format_utc(job.updated_at));
}

std::string job_body(std::string_view status, const Reanalysis& job) {
  return envelope(status, [&](JsonWriter& out) { write_job(out, job); });
}

}  // namespace

Answer start_reanalysis(Services& services, const ApiRequest& request) {
  if (auto fine = request.no_query(); !fine) co_return fail(std::move(fine.error()));
  auto body = request.object();
  if (!body) co_return fail(std::move(body.error()));
  auto wish = read_wish(services, *body);
  if (!wish) co_return fail(std::move(wish.error()));
  if (wish->dry_run) {
    auto count = co_await services.store.read(
        [&](Store& store) { return store.count_ended_calls(request.workspace_id, wish->job.filter); });
    if (!count) co_return fail(std::move(count.error()));
    co_return json_reply(envelope("success", [&](JsonWriter& out) {
      out.member("dry_run", true).member("count", *count);
      write_filter(out, wish->job.filter);
    }));
  }
  auto reply = co_await write_once(services, request, [&](Store& store) -> Result<std::string> {
    Reanalysis job = wish->job;
    auto fine = check_with(services, store, request.workspace_id, nullptr, job.with);
    if (!fine) return fail(std::move(fine.error()));
    auto count = store.count_ended_calls(request.workspace_id, job.filter);
    if (!count) return fail(std::move(count.error()));
    job.workspace_id = request.workspace_id;
    job.reanalysis_id = new_id(services.clock, services.entropy);
    job.total = *count;
    job.created_at = job.updated_at = services.clock.now();
    if (auto kept = store.add_reanalysis(job); !kept) return fail(std::move(kept.error()));
    return job_body("success", job);
  });
  if (reply) services.store.feeds().reanalyses.offer("");
  co_return reply;
}

Answer list_reanalyses(Services& services, const ApiRequest& request) {
  Query query(request.query);
  const auto limit = query.integer("limit", 1, 100).value_or(20);
  const auto offset = query.integer("offset", 0, INT64_MAX).value_or(0);
  if (auto fine = query.done(); !fine) co_return fail(std::move(fine.error()));
  auto page = co_await services.store.read(
      [&](Store& store) { return store.list_reanalyses(request.workspace_id, limit, offset); });
  if (!page) co_return fail(std::move(page.error()));
  co_return json_reply(envelope("ok", [&](JsonWriter& out) {
    out.key("pagination").begin_object();
    out.member("total_records", page->first).member("limit", limit).member("offset", offset).end_object();
    out.key("reanalyses").begin_array();
    for (const auto& job : page->second) {
      out.begin_object();
      write_job(out, job);
      out.end_object();
    }
    out.end_array();
  }));
}

Answer get_reanalysis(Services& services, const ApiRequest& request) {
  if (auto fine = request.no_query(); !fine) co_return fail(std::move(fine.error()));
  auto job = co_await services.store.read(
      [&](Store& store) { return store.get_reanalysis(request.workspace_id, request.param("reanalysis_id")); });
  if (!job) co_return fail(std::move(job.error()));
  co_return json_reply(job_body("ok", *job));
}

namespace {

// From `from` to `to`; a job that is there already stays as it is.
Answer move_job(Services& services, const ApiRequest& request, ReplayState from, ReplayState to) {
  if (auto fine = request.no_query(); !fine) co_return fail(std::move(fine.error()));
  auto reply = co_await write_once(services, request, [&](Store& store) -> Result<std::string> {
    auto job = store.get_reanalysis(request.workspace_id, request.param("reanalysis_id"));
    if (!job) return fail(std::move(job.error()));
    const bool cancels = to == ReplayState::canceled;
    const bool ended = job->state == ReplayState::canceled || (job->state == ReplayState::completed && !cancels);
    if (job->state != to && (ended || (!cancels && job->state != from))) {
      return fail(Code::conflict, "illegal_transition",
                  "the re-analysis is " + std::string(to_string(job->state)) + " and cannot become " +
                      std::string(to_string(to)) + "; start another one");
    }
    job->state = to;
    job->updated_at = services.clock.now();
    if (cancels) {
      auto canceled = store.cancel_reanalyzed(request.workspace_id, job->reanalysis_id);
      if (!canceled) return fail(std::move(canceled.error()));
      job->queued -= *canceled;
      job->waiting -= *canceled;
    }
    if (auto kept = store.update_reanalysis(*job); !kept) return fail(std::move(kept.error()));
    return job_body("success", *job);
  });
  if (reply) services.store.feeds().reanalyses.offer("");
  co_return reply;
}

}  // namespace

Answer pause_reanalysis(Services& services, const ApiRequest& request) {
  return move_job(services, request, ReplayState::running, ReplayState::paused);
}

Answer resume_reanalysis(Services& services, const ApiRequest& request) {
  return move_job(services, request, ReplayState::paused, ReplayState::running);
}

Answer cancel_reanalysis(Services& services, const ApiRequest& request) {
  return move_job(services, request, ReplayState::running, ReplayState::canceled);
}

}  // namespace wrapup::api
