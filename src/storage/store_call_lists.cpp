// Lists of calls: newest start first. Each filter by an exact value has an index that begins with it and goes on with
// the start, so that a page is read from one place of one index, whatever the number of calls; bench/README.md has the
// plans.
#include <algorithm>

#include "storage/store.hpp"
#include "storage/where.hpp"

namespace wrapup {

namespace {

// What the filter says but for the search, which looks into the rows.
Where conditions(const std::string& workspace_id, const CallFilter& filter) {
  Where where(workspace_id);
  if (!filter.model_id.empty()) where.add("agent_id = ", filter.model_id);
  if (!filter.call_status.empty()) where.add("status = ", filter.call_status);
  if (!filter.end_call_reason.empty()) where.add("end_call_reason = ", filter.end_call_reason);
  if (!filter.phone.empty()) {
    // The index is by the last two digits first: new numbers then come to a hundred places of it, not each to a place
    // of its own. The term on the phone alone is written so that the planner does not put its value into the other.
    where.add("substr(phone, length(phone) - 1) = ",
              std::string_view(filter.phone).substr(filter.phone.size() < 2 ? 0 : filter.phone.size() - 2));
    where.add("phone || '' = ", filter.phone);
  }
  if (filter.from) where.add("started_at >= ", *filter.from);
  if (filter.to) where.add("started_at < ", *filter.to);
  if (filter.duration_min) where.add("duration_s >= ", *filter.duration_min);
  if (filter.duration_max) where.add("duration_s <= ", *filter.duration_max);
  return where;
}

void add_search(Where& where, const std::string& search) {
  // One after another: placeholders must appear in the order they are made.
  const std::string exact = where.bind(search);
  const std::string in_name = where.contains("name", search);
  const std::string in_phone = where.contains("phone", search);
  where.add("(call_id = " + exact + " OR external_id = " + exact + " OR " + in_name + " OR " + in_phone + ")");
}

bool is_plain(const CallFilter& filter) {
  return filter.model_id.empty() && filter.call_status.empty() && filter.end_call_reason.empty() &&
         filter.phone.empty() && filter.search.empty() && !filter.from && !filter.to && !filter.duration_min &&
         !filter.duration_max;
}

// One number; 0 when there is no row.
Result<std::int64_t> number(sql::Connection& db, const std::string& query, const std::vector<sql::Param>& params) {
  std::int64_t out = 0;
  auto read = db.run(query, params.data(), params.size(), [&](const sql::Row& row) { out = row.integer(0); });
  if (!read) return fail(std::move(read.error()));
  return out;
}

}  // namespace

// Where a page goes on: behind the call `before`, which may have gone by now; then by the time in its id.
Result<Timestamp> Store::start_of(const std::string& workspace_id, const std::string& call_id) {
  std::optional<Timestamp> start;
  auto read = db_.run("SELECT started_at FROM call WHERE workspace_id = $1 AND call_id = $2", {workspace_id, call_id},
                      [&](const sql::Row& row) { start = row.integer(0); });
  if (!read) return fail(std::move(read.error()));
  return start.value_or(time_of_id(call_id).value_or(0));
}

Status Store::count_listed(const std::string& workspace_id, const CallFilter& filter, CallPage& page) {
  if (is_plain(filter)) {
    auto total = number(db_, "SELECT calls FROM call_count WHERE workspace_id = $1", {workspace_id});
    if (!total) return fail(std::move(total.error()));
    page.total = *total;
    return {};
  }
  if (!filter.search.empty()) {
    // Counting would read every row once more than the page did.
    const auto found = static_cast<std::int64_t>(page.calls.size());
    page.exact = filter.before.empty() && found < filter.limit && (found > 0 || filter.offset == 0);
    page.total = page.exact ? filter.offset + found : std::max(filter.offset + found, found);
    return {};
  }
  Where where = conditions(workspace_id, filter);
  const std::string most = where.bind(kMostCounted + 1);
  auto total = number(db_, "SELECT count(*) FROM (SELECT 1 FROM call WHERE " + where.sql() + " LIMIT " + most + ")",
                      where.params());
  if (!total) return fail(std::move(total.error()));
  page.exact = *total <= kMostCounted;
  page.total = std::min(*total, kMostCounted);
  return {};
}

Result<CallPage> Store::list_calls(const std::string& workspace_id, const CallFilter& filter) {
  CallPage page;
  Where where = conditions(workspace_id, filter);
  if (!filter.search.empty()) add_search(where, filter.search);
  if (!filter.before.empty()) {
    auto start = start_of(workspace_id, filter.before);
    if (!start) return fail(std::move(start.error()));
    const std::string at = where.bind(*start);
    where.add("started_at <= " + at + " AND (started_at < " + at + " OR call_id < " + where.bind(filter.before) + ")");
  }
  std::string query = "SELECT call_id FROM call WHERE " + where.sql() +
                      " ORDER BY started_at DESC, call_id DESC LIMIT " + where.bind(filter.limit);
  query += " OFFSET " + where.bind(filter.offset);
  std::vector<std::string> ids;
  auto read = db_.run(query, where.params().data(), where.params().size(),
                      [&](const sql::Row& row) { ids.emplace_back(row.text(0)); });
  if (!read) return fail(read.error());
  for (const auto& id : ids) {
    auto stored = get_call(workspace_id, id);
    if (!stored) return fail(stored.error());
    page.calls.push_back(std::move(*stored));
  }
  if (auto counted = count_listed(workspace_id, filter, page); !counted) return fail(std::move(counted.error()));
  return page;
}

}  // namespace wrapup
