#include <algorithm>

#include "model/payload.hpp"
#include "storage/delivery_rows.hpp"
#include "storage/store.hpp"
#include "storage/weeks.hpp"

namespace wrapup {

namespace {

constexpr std::string_view kMessagePrefix = "evt_";
constexpr Duration kSlack = kDay;               // of what is written down to the day, or a moment before its commit
constexpr std::int64_t kRowsInACommit = 2'000;  // about

Result<bool> any(sql::Connection& db, std::string_view query, std::initializer_list<sql::Param> params) {
  bool found = false;
  auto read = db.run(query, params, [&](const sql::Row&) { found = true; });
  if (!read) return fail(std::move(read.error()));
  return found;
}

Result<bool> is_pending(sql::Connection& db, const std::string& workspace_id, const std::string& delivery_id) {
  return any(db, "SELECT 1 FROM delivery WHERE workspace_id = $1 AND delivery_id = $2 AND state = 'pending'",
             {workspace_id, delivery_id});
}

// What a first delivery and its replays have in common.
struct Sent {
  std::string workspace_id;
  std::string call_id;
  std::vector<std::string> webhook_ids;
};

Result<bool> waits(sql::Connection& db, const Sent& sent) {
  for (const auto& id : sent.webhook_ids) {
    auto first = is_pending(db, sent.workspace_id, id);
    if (!first || *first) return first;
    auto again =
        any(db,
            "SELECT 1 FROM delivery WHERE workspace_id = $1 AND call_id = $2 AND delivery_id <> webhook_id AND "
            "webhook_id = $3 AND state = 'pending' LIMIT 1",
            {sent.workspace_id, sent.call_id, id});
    if (!again || *again) return again;
  }
  return false;
}

Status delete_sent(sql::Connection& db, const Sent& sent) {
  for (const auto& id : sent.webhook_ids) {
    auto first = db.run("DELETE FROM delivery WHERE workspace_id = $1 AND delivery_id = $2", {sent.workspace_id, id});
    if (!first) return fail(std::move(first.error()));
    auto again = db.run(
        "DELETE FROM delivery WHERE workspace_id = $1 AND call_id = $2 AND delivery_id <> webhook_id AND "
        "webhook_id = $3",
        {sent.workspace_id, sent.call_id, id});
    if (!again) return fail(std::move(again.error()));
  }
  return {};
}

// The webhooks of a call; nothing while it must stay.
Result<std::optional<Sent>> webhooks_of_call(sql::Connection& db, const std::string& workspace_id,
                                             const std::string& call_id) {
  std::optional<Sent> sent;
  auto read =
      db.run("SELECT revision FROM call WHERE workspace_id = $1 AND call_id = $2 AND terminal = 1 AND due_at IS NULL",
             {workspace_id, call_id}, [&](const sql::Row& row) {
               sent = Sent{workspace_id, call_id, {}};
               for (std::int64_t i = 1; i <= row.integer(0); ++i) sent->webhook_ids.push_back(webhook_id(call_id, i));
             });
  if (!read) return fail(std::move(read.error()));
  if (!sent) return sent;
  auto pending = waits(db, *sent);
  if (!pending) return fail(std::move(pending.error()));
  if (*pending) sent.reset();
  return sent;
}

Result<std::optional<Sent>> webhook_of_message(sql::Connection& db, const std::string& workspace_id,
                                               const std::string& webhook_id) {
  Sent sent{workspace_id, "", {webhook_id}};
  auto read = db.run("SELECT call_id FROM delivery WHERE workspace_id = $1 AND delivery_id = $2",
                     {workspace_id, webhook_id}, [&](const sql::Row& row) { sent.call_id = row.text(0); });
  if (!read) return fail(std::move(read.error()));
  auto pending = waits(db, sent);
  if (!pending) return fail(std::move(pending.error()));
  return *pending ? std::optional<Sent>() : std::optional<Sent>(std::move(sent));
}

// Whether it was last used well before `before`, has nothing waiting, and is nothing that its owner set.
Result<bool> is_forgettable(sql::Connection& db, const std::string& workspace_id, const std::string& endpoint_id,
                            Timestamp before) {
  return any(db,
             "SELECT 1 FROM endpoint AS e WHERE workspace_id = $1 AND endpoint_id = $2 AND used_at < $3 AND "
             "state <> 'paused' AND length(settings) = 0 AND NOT EXISTS (SELECT 1 FROM delivery AS d WHERE "
             "d.workspace_id = e.workspace_id AND d.endpoint_id = e.endpoint_id AND d.state = 'pending')",
             {workspace_id, endpoint_id, before - kSlack});
}

// The versions of an agent below this one were replaced (or deleted with the agent) well before `before`, and no call
// of that time is left that could have begun with one of them. Nothing when there is none.
Result<std::optional<std::int64_t>> first_needed_version(sql::Connection& db, const std::string& workspace_id,
                                                         const std::string& agent_id, Timestamp before) {
  std::optional<std::int64_t> first;
  auto read = db.run(
      "SELECT max(v.version) + CASE WHEN a.deleted_at < $1 THEN 1 ELSE 0 END, min(v.version) FROM agent AS a "
      "JOIN agent_version AS v ON v.workspace_id = a.workspace_id AND v.agent_id = a.agent_id "
      "WHERE a.workspace_id = $2 AND a.agent_id = $3 AND v.created_at < $1 GROUP BY a.deleted_at",
      {before - kSlack, workspace_id, agent_id}, [&](const sql::Row& row) {
        if (row.integer(0) > row.integer(1)) first = row.integer(0);
      });
  if (!read) return fail(std::move(read.error()));
  if (!first) return first;
  auto used = any(db, "SELECT 1 FROM call WHERE workspace_id = $1 AND agent_id = $2 AND call_id < $3 LIMIT 1",
                  {workspace_id, agent_id, first_id_at(before)});
  if (!used) return fail(std::move(used.error()));
  if (*used) first.reset();
  return first;
}

// The ids that `query` answers, and where to go on: nowhere when there were fewer than asked for.
Result<OldRows> ids_of(sql::Connection& db, std::string_view query, std::initializer_list<sql::Param> params,
                       std::int64_t limit) {
  OldRows rows;
  auto read = db.run(query, params, [&](const sql::Row& row) { rows.ids.emplace_back(row.text(0)); });
  if (!read) return fail(std::move(read.error()));
  if (static_cast<std::int64_t>(rows.ids.size()) >= limit) rows.next = rows.ids.back();
  return rows;
}

// Leaves out what must stay.
template <class MayGo>
Result<OldRows> only(Result<OldRows> rows, MayGo may_go) {
  if (!rows) return rows;
  std::vector<std::string> free;
  for (auto& id : rows->ids) {
    auto sent = may_go(id);
    if (!sent) return fail(std::move(sent.error()));
    if (*sent) free.push_back(std::move(id));
  }
  rows->ids = std::move(free);
  return rows;
}

}  // namespace

Result<std::int64_t> Store::used_bytes() { return db_.used_bytes(); }

Status Store::try_write() {
  if (auto made = ensure_workspace("", 0); !made) return made;
  auto gone = db_.run("DELETE FROM workspace WHERE workspace_id = $1", {""});
  if (!gone) return fail(std::move(gone.error()));
  return {};
}

Result<std::vector<std::string>> Store::workspaces() {
  std::vector<std::string> ids;
  auto read = db_.run("SELECT workspace_id FROM workspace ORDER BY workspace_id", {},
                      [&](const sql::Row& row) { ids.emplace_back(row.text(0)); });
  if (!read) return fail(std::move(read.error()));
  return ids;
}

Result<std::optional<Timestamp>> Store::oldest_kept(const std::string& workspace_id) {
  std::optional<Timestamp> oldest;
  for (const std::string_view query : {"SELECT min(call_id) FROM call WHERE workspace_id = $1",
                                       "SELECT min(attempt_id) FROM attempt WHERE workspace_id = $1"}) {
    auto read = db_.run(query, {workspace_id}, [&](const sql::Row& row) {
      const auto at = row.is_null(0) ? std::nullopt : time_of_id(row.text(0));
      if (at && (!oldest || *at < *oldest)) oldest = at;
    });
    if (!read) return fail(std::move(read.error()));
  }
  return oldest;
}

Result<OldRows> Store::old_rows(OldKind kind, const std::string& workspace_id, Timestamp before,
                                const std::string& after, std::int64_t limit) {
  const std::string end = first_id_at(before);
  const auto up_to = [&](std::string_view query, const std::string& last) {
    return ids_of(db_, query, {workspace_id, after, last, limit}, limit);
  };
  switch (kind) {
    case OldKind::attempts:
      return up_to(
          "SELECT attempt_id FROM attempt WHERE workspace_id = $1 AND attempt_id > $2 AND attempt_id < $3 "
          "ORDER BY attempt_id LIMIT $4",
          end);
    case OldKind::calls:
      return only(up_to("SELECT call_id FROM call WHERE workspace_id = $1 AND call_id > $2 AND call_id < $3 "
                        "ORDER BY call_id LIMIT $4",
                        end),
                  [&](const std::string& id) { return webhooks_of_call(db_, workspace_id, id); });
    case OldKind::messages:
      return only(up_to("SELECT webhook_id FROM message WHERE workspace_id = $1 AND webhook_id > $2 AND "
                        "webhook_id < $3 ORDER BY webhook_id LIMIT $4",
                        std::string(kMessagePrefix) + end),
                  [&](const std::string& id) { return webhook_of_message(db_, workspace_id, id); });
    case OldKind::endpoints:
      return only(up_to("SELECT endpoint_id FROM endpoint WHERE workspace_id = $1 AND endpoint_id > $2 AND "
                        "endpoint_id < $3 ORDER BY endpoint_id LIMIT $4",
                        end),
                  [&](const std::string& id) { return is_forgettable(db_, workspace_id, id, before); });
    case OldKind::agent_versions:
      return only(ids_of(db_,
                         "SELECT agent_id FROM agent WHERE workspace_id = $1 AND agent_id > $2 "
                         "ORDER BY agent_id LIMIT $3",
                         {workspace_id, after, limit}, limit),
                  [&](const std::string& id) { return first_needed_version(db_, workspace_id, id, before); });
  }
  return OldRows();
}

Result<std::int64_t> Store::delete_call(const std::string& workspace_id, const std::string& call_id) {
  auto sent = webhooks_of_call(db_, workspace_id, call_id);
  if (!sent) return fail(std::move(sent.error()));
  if (!*sent) return 0;
  if (auto gone = delete_sent(db_, **sent); !gone) return fail(std::move(gone.error()));
  auto named = db_.run(
      "DELETE FROM call_external WHERE workspace_id = $1 AND external_id = "
      "(SELECT external_id FROM call WHERE workspace_id = $1 AND call_id = $2) AND call_id = $2",
      {workspace_id, call_id});
  if (!named) return named;
  std::int64_t rows = 0;
  for (const std::string_view query : {"DELETE FROM attempt WHERE workspace_id = $1 AND call_id = $2",
                                       "DELETE FROM event WHERE workspace_id = $1 AND call_id = $2",
                                       "DELETE FROM revision WHERE workspace_id = $1 AND call_id = $2",
                                       "DELETE FROM model_answer WHERE workspace_id = $1 AND call_id = $2",
                                       "DELETE FROM call WHERE workspace_id = $1 AND call_id = $2"}) {
    auto gone = db_.run(query, {workspace_id, call_id});
    if (!gone) return gone;
    rows += *gone;
  }
  // It was there: webhooks_of_call found it.
  if (auto counted = count_call(workspace_id, call_id, -1); !counted) return fail(std::move(counted.error()));
  return rows;
}

Result<std::int64_t> Store::delete_message(const std::string& workspace_id, const std::string& webhook_id) {
  auto sent = webhook_of_message(db_, workspace_id, webhook_id);
  if (!sent) return fail(std::move(sent.error()));
  if (!*sent) return 0;
  if (auto gone = delete_sent(db_, **sent); !gone) return fail(std::move(gone.error()));
  return db_.run("DELETE FROM message WHERE workspace_id = $1 AND webhook_id = $2", {workspace_id, webhook_id});
}

// Returns the number of rows that went.
Result<std::int64_t> Store::delete_old_row(OldKind kind, const std::string& workspace_id, const std::string& id,
                                           Timestamp before) {
  switch (kind) {
    case OldKind::attempts:
      return db_.run("DELETE FROM attempt WHERE workspace_id = $1 AND attempt_id = $2", {workspace_id, id});
    case OldKind::calls: return delete_call(workspace_id, id);
    case OldKind::messages: return delete_message(workspace_id, id);
    case OldKind::endpoints: {
      auto free = is_forgettable(db_, workspace_id, id, before);
      if (!free) return fail(std::move(free.error()));
      if (!*free) return 0;
      return db_.run("DELETE FROM endpoint WHERE workspace_id = $1 AND endpoint_id = $2", {workspace_id, id});
    }
    case OldKind::agent_versions: {
      auto first = first_needed_version(db_, workspace_id, id, before);
      if (!first) return fail(std::move(first.error()));
      if (!*first) return 0;
      return db_.run("DELETE FROM agent_version WHERE workspace_id = $1 AND agent_id = $2 AND version < $3",
                     {workspace_id, id, **first});
    }
  }
  return 0;
}

Result<Deleted> Store::delete_old(OldKind kind, const std::string& workspace_id, std::span<const std::string> ids,
                                  Timestamp before) {
  Deleted deleted;
  std::int64_t rows = 0;
  for (const auto& id : ids) {
    if (rows >= kRowsInACommit) break;
    auto gone = delete_old_row(kind, workspace_id, id, before);
    if (!gone) return fail(std::move(gone.error()));
    ++deleted.taken;
    rows += *gone;
    if (kind == OldKind::agent_versions) {
      deleted.gone += *gone;
    } else if (*gone > 0) {
      ++deleted.gone;
    }
  }
  return deleted;
}

Result<std::vector<Delivery>> Store::pending_before(const std::string& workspace_id, const std::string& endpoint_id,
                                                    Timestamp before, std::int64_t limit) {
  std::vector<Delivery> deliveries;
  auto read = db_.run("SELECT " + std::string(kDeliveryColumns) +
                          " FROM delivery WHERE workspace_id = $1 AND endpoint_id = $2 AND state = 'pending' AND "
                          "created_at < $3 ORDER BY next_at LIMIT $4",
                      {workspace_id, endpoint_id, before, limit},
                      [&](const sql::Row& row) { deliveries.push_back(read_delivery(row)); });
  if (!read) return fail(std::move(read.error()));
  return deliveries;
}

Result<bool> Store::exhaust_delivery(const std::string& workspace_id, const std::string& delivery_id,
                                     const std::string& failure) {
  auto changed = db_.run(
      "UPDATE delivery SET state = 'exhausted', failure = $1 WHERE workspace_id = $2 AND delivery_id = $3 AND "
      "state = 'pending'",
      {failure, workspace_id, delivery_id});
  if (!changed) return fail(std::move(changed.error()));
  return *changed > 0;
}

}  // namespace wrapup
