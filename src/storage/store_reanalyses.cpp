#include <array>

#include "base/json.hpp"
#include "base/utf8.hpp"
#include "storage/store.hpp"
#include "storage/where.hpp"

namespace wrapup {

namespace {

constexpr std::string_view kColumns =
    "workspace_id, reanalysis_id, state, filter, analyze_with, rate, total, queued, position, created_at, updated_at";
constexpr std::array kStates{ReplayState::running, ReplayState::paused, ReplayState::canceled, ReplayState::completed};

std::string filter_text(const CallFilter& filter) {
  json::object text{{"model_id", filter.model_id},
                    {"call_status", filter.call_status},
                    {"end_call_reason", filter.end_call_reason},
                    {"phone", filter.phone},
                    {"search", filter.search}};
  if (filter.from) text["from"] = *filter.from;
  if (filter.to) text["to"] = *filter.to;
  if (filter.duration_min) text["duration_min"] = *filter.duration_min;
  if (filter.duration_max) text["duration_max"] = *filter.duration_max;
  return to_text(text);
}

CallFilter filter_from(std::string_view text) {
  CallFilter filter;
  const auto parsed = parse_json(text);
  if (!parsed || !parsed->is_object()) return filter;
  const json::object& members = parsed->get_object();
  const auto text_of = [&](std::string_view name) {
    const auto* found = members.if_contains(name);
    return found && found->is_string() ? std::string(found->get_string()) : std::string();
  };
  const auto number_of = [&](std::string_view name) {
    const auto* found = members.if_contains(name);
    return found && found->is_int64() ? std::optional<std::int64_t>(found->get_int64()) : std::nullopt;
  };
  filter.model_id = text_of("model_id");
  filter.call_status = text_of("call_status");
  filter.end_call_reason = text_of("end_call_reason");
  filter.phone = text_of("phone");
  filter.search = text_of("search");
  filter.from = number_of("from");
  filter.to = number_of("to");
  filter.duration_min = number_of("duration_min");
  filter.duration_max = number_of("duration_max");
  return filter;
}

Reanalysis read_job(const sql::Row& row) {
  Reanalysis job;
  job.workspace_id = row.text(0);
  job.reanalysis_id = row.text(1);
  for (const auto state : kStates) {
    if (row.text(2) == to_string(state)) job.state = state;
  }
  job.filter = filter_from(row.text(3));
  job.with = analyze_with_from(row.text(4));
  job.rate = row.integer(5);
  job.total = row.integer(6);
  job.queued = row.integer(7);
  job.position = row.text(8);
  job.created_at = row.integer(9);
  job.updated_at = row.integer(10);
  return job;
}

Error reanalysis_not_found(const std::string& id) {
  return {Code::not_found,
          "reanalysis_not_found",
          "there is no re-analysis " + std::string(utf8_beginning(id, 100)) + " in this workspace",
          "",
          {}};
}

Status read_progress(sql::Connection& db, Reanalysis& job) {
  auto read = db.run(
      "SELECT count(*) FROM call WHERE workspace_id = $1 AND reanalysis_id = $2 AND reanalyze = 1 AND due_at IS NOT "
      "NULL",
      {job.workspace_id, job.reanalysis_id}, [&](const sql::Row& row) { job.waiting = row.integer(0); });
  if (!read) return fail(read.error());
  return {};
}

Where where_calls(const std::string& workspace_id, const CallFilter& filter) {
  Where where(workspace_id);
  if (!filter.model_id.empty()) where.add("agent_id = ", filter.model_id);
  if (!filter.call_status.empty()) where.add("status = ", filter.call_status);
  if (!filter.end_call_reason.empty()) where.add("end_call_reason = ", filter.end_call_reason);
  if (!filter.phone.empty()) where.add("phone = ", filter.phone);
  if (filter.from) where.add("started_at >= ", *filter.from);
  if (filter.to) where.add("started_at < ", *filter.to);
  if (filter.duration_min) where.add("duration_s >= ", *filter.duration_min);
  if (filter.duration_max) where.add("duration_s <= ", *filter.duration_max);
  if (!filter.search.empty()) {
    // One after another: placeholders must appear in the order they are made.
    const std::string exact = where.bind(filter.search);
    const std::string in_name = where.contains("name", filter.search);
    const std::string in_phone = where.contains("phone", filter.search);
    where.add("(call_id = " + exact + " OR external_id = " + exact + " OR " + in_name + " OR " + in_phone + ")");
  }
  return where;
}

Where ended_calls(const std::string& workspace_id, const CallFilter& filter) {
  Where where = where_calls(workspace_id, filter);
  where.add("terminal = 1 AND revision > 0");
  return where;
}

}  // namespace

Result<std::int64_t> Store::count_ended_calls(const std::string& workspace_id, const CallFilter& filter) {
  plan_by_values();
  std::int64_t count = 0;
  const Where where = ended_calls(workspace_id, filter);
  auto read = db_.run("SELECT count(*) FROM call WHERE " + where.sql(), where.params().data(), where.params().size(),
                      [&](const sql::Row& row) { count = row.integer(0); });
  if (!read) return fail(read.error());
  return count;
}

Status Store::add_reanalysis(const Reanalysis& job) {
  auto stored = db_.run(
      "INSERT INTO reanalysis (" + std::string(kColumns) + ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
      {job.workspace_id, job.reanalysis_id, to_string(job.state), filter_text(job.filter), to_text(job.with), job.rate,
       job.total, job.queued, job.position, job.created_at, job.updated_at});
  if (!stored) return fail(stored.error());
  return {};
}

Result<Reanalysis> Store::get_reanalysis(const std::string& workspace_id, const std::string& reanalysis_id) {
  std::optional<Reanalysis> found;
  auto read =
      db_.run("SELECT " + std::string(kColumns) + " FROM reanalysis WHERE workspace_id = $1 AND reanalysis_id = $2" +
                  std::string(db_.for_update()),
              {workspace_id, reanalysis_id}, [&](const sql::Row& row) { found = read_job(row); });
  if (!read) return fail(read.error());
  if (!found) return fail(reanalysis_not_found(reanalysis_id));
  if (auto counted = read_progress(db_, *found); !counted) return fail(counted.error());
  return std::move(*found);
}

Result<std::pair<std::int64_t, std::vector<Reanalysis>>> Store::list_reanalyses(const std::string& workspace_id,
                                                                                std::int64_t limit,
                                                                                std::int64_t offset) {
  std::pair<std::int64_t, std::vector<Reanalysis>> page;
  auto counted = db_.run("SELECT count(*) FROM reanalysis WHERE workspace_id = $1", {workspace_id},
                         [&](const sql::Row& row) { page.first = row.integer(0); });
  if (!counted) return fail(counted.error());
  auto read =
      db_.run("SELECT " + std::string(kColumns) +
                  " FROM reanalysis WHERE workspace_id = $1 ORDER BY reanalysis_id DESC LIMIT $2 OFFSET $3",
              {workspace_id, limit, offset}, [&](const sql::Row& row) { page.second.push_back(read_job(row)); });
  if (!read) return fail(read.error());
  for (auto& job : page.second) {
    if (auto progress = read_progress(db_, job); !progress) return fail(progress.error());
  }
  return page;
}

Result<std::vector<Reanalysis>> Store::running_reanalyses() {
  std::vector<Reanalysis> jobs;
  auto read =
      db_.run("SELECT " + std::string(kColumns) + " FROM reanalysis WHERE state = 'running' ORDER BY reanalysis_id", {},
              [&](const sql::Row& row) { jobs.push_back(read_job(row)); });
  if (!read) return fail(read.error());
  return jobs;
}

Result<std::vector<std::string>> Store::next_to_reanalyze(const Reanalysis& job, std::int64_t limit) {
  plan_by_values();
  std::vector<std::string> calls;
  Where where = ended_calls(job.workspace_id, job.filter);
  where.add("created_at < ", job.created_at);
  where.add("call_id > ", job.position);
  const std::string query =
      "SELECT call_id FROM call WHERE " + where.sql() + " ORDER BY call_id LIMIT " + where.bind(limit);
  auto read = db_.run(query, where.params().data(), where.params().size(),
                      [&](const sql::Row& row) { calls.emplace_back(row.text(0)); });
  if (!read) return fail(read.error());
  return calls;
}

Status Store::mark_reanalysis(const CallKey& key, const std::string& reanalysis_id) {
  auto changed = db_.run("UPDATE call SET reanalysis_id = $1 WHERE workspace_id = $2 AND call_id = $3",
                         {reanalysis_id, key.workspace_id, key.call_id});
  if (!changed) return fail(changed.error());
  return {};
}

Status Store::update_reanalysis(const Reanalysis& job) {
  auto changed = db_.run(
      "UPDATE reanalysis SET state = $1, rate = $2, queued = $3, position = $4, updated_at = $5 "
      "WHERE workspace_id = $6 AND reanalysis_id = $7",
      {to_string(job.state), job.rate, job.queued, job.position, job.updated_at, job.workspace_id, job.reanalysis_id});
  if (!changed) return fail(changed.error());
  if (*changed == 0) return fail(reanalysis_not_found(job.reanalysis_id));
  return {};
}

Result<std::int64_t> Store::cancel_reanalyzed(const std::string& workspace_id, const std::string& reanalysis_id) {
  return db_.run(
      "UPDATE call SET due_at = NULL, reanalyze = 0, analyze_with = '' WHERE workspace_id = $1 AND reanalysis_id = $2 "
      "AND reanalyze = 1 AND due_at IS NOT NULL",
      {workspace_id, reanalysis_id});
}

}  // namespace wrapup
