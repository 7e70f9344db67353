#include "base/compress.hpp"
#include "base/entropy.hpp"
#include "base/json.hpp"
#include "base/utf8.hpp"
#include "storage/store.hpp"

namespace wrapup {

namespace {

constexpr std::string_view kInboxColumns = "workspace_id, token, name, answer, answers_left, created_at";
constexpr std::string_view kRequestColumns = "workspace_id, token, request_id, at, size, answered, head, body";

Inbox read_inbox(const sql::Row& row) {
  Inbox inbox;
  inbox.workspace_id = row.text(0);
  inbox.token = row.text(1);
  inbox.name = row.text(2);
  const auto answer = parse_json(row.text(3));
  std::vector<FieldError> ignored;
  if (answer && answer->is_object()) inbox.answer = read_inbox_answer(answer->get_object(), "", ignored);
  inbox.answers_left = row.optional_integer(4);
  inbox.created_at = row.integer(5);
  return inbox;
}

Result<InboxRequest> read_request(const sql::Row& row) {
  InboxRequest request;
  request.workspace_id = row.text(0);
  request.token = row.text(1);
  request.request_id = row.text(2);
  request.at = row.integer(3);
  request.size = row.integer(4);
  request.answered = row.optional_integer(5);
  auto head = unpack(row.text(6));
  if (!head) return fail(head.error());
  request.head = std::move(*head);
  auto body = unpack(row.text(7));
  if (!body) return fail(body.error());
  request.body = std::move(*body);
  return request;
}

Status done(const Result<std::int64_t>& result) {
  if (!result) return fail(result.error());
  return {};
}

Error inbox_not_found() {
  return {Code::not_found, "inbox_not_found", "there is no such inbox in this workspace", "", {}};
}

}  // namespace

Status Store::add_inbox(const Inbox& inbox) {
  std::int64_t there = 0;
  auto counted = db_.run("SELECT count(*) FROM inbox WHERE workspace_id = $1", {inbox.workspace_id},
                         [&](const sql::Row& row) { there = row.integer(0); });
  if (!counted) return fail(counted.error());
  if (there >= kMaxInboxes) {
    return fail(Code::conflict, "too_many_inboxes",
                "the workspace has " + std::to_string(there) + " inboxes, which is the most; delete one");
  }
  const std::string answer = to_text(to_json(inbox.answer));
  return done(
      db_.run("INSERT INTO inbox (workspace_id, token, name, answer, answers_left, created_at) VALUES "
              "($1, $2, $3, $4, $5, $6)",
              {inbox.workspace_id, inbox.token, inbox.name, answer, inbox.answers_left, inbox.created_at}));
}

Status Store::put_inbox(const Inbox& inbox) {
  const std::string answer = to_text(to_json(inbox.answer));
  auto changed =
      db_.run("UPDATE inbox SET name = $1, answer = $2, answers_left = $3 WHERE workspace_id = $4 AND token = $5",
              {inbox.name, answer, inbox.answers_left, inbox.workspace_id, inbox.token});
  if (!changed) return fail(changed.error());
  if (*changed == 0) return fail(inbox_not_found());
  return {};
}

Status Store::delete_inbox(const std::string& workspace_id, const std::string& token) {
  auto changed = db_.run("DELETE FROM inbox WHERE workspace_id = $1 AND token = $2", {workspace_id, token});
  if (!changed) return fail(changed.error());
  if (*changed == 0) return fail(inbox_not_found());
  return done(clear_inbox(workspace_id, token));
}

Result<std::int64_t> Store::clear_inbox(const std::string& workspace_id, const std::string& token) {
  return db_.run("DELETE FROM inbox_request WHERE workspace_id = $1 AND token = $2", {workspace_id, token});
}

Result<std::vector<Inbox>> Store::list_inboxes(const std::string& workspace_id) {
  std::vector<Inbox> inboxes;
  auto read = db_.run(
      "SELECT " + std::string(kInboxColumns) + " FROM inbox WHERE workspace_id = $1 ORDER BY created_at DESC, token",
      {workspace_id}, [&](const sql::Row& row) { inboxes.push_back(read_inbox(row)); });
  if (!read) return fail(read.error());
  return inboxes;
}

Result<Inbox> Store::get_inbox(const std::string& workspace_id, const std::string& token) {
  auto inbox = find_inbox(token);
  if (!inbox) return fail(inbox.error());
  if (!*inbox || (*inbox)->workspace_id != workspace_id) return fail(inbox_not_found());
  return std::move(**inbox);
}

Result<std::optional<Inbox>> Store::find_inbox(const std::string& token) {
  std::optional<Inbox> inbox;
  auto read = db_.run("SELECT " + std::string(kInboxColumns) + " FROM inbox WHERE token = $1", {token},
                      [&](const sql::Row& row) { inbox = read_inbox(row); });
  if (!read) return fail(read.error());
  return inbox;
}

Result<InboxUse> Store::inbox_use(const std::string& workspace_id, const std::string& token) {
  InboxUse use;
  auto read = db_.run(
      "SELECT count(*), CAST(coalesce(sum(kept), 0) AS BIGINT), max(at) FROM inbox_request WHERE workspace_id = $1 AND "
      "token = $2",
      {workspace_id, token}, [&](const sql::Row& row) {
        use = {row.integer(0), row.integer(1), row.optional_integer(2)};
      });
  if (!read) return fail(read.error());
  return use;
}

Result<InboxAnswer> Store::take_in(const InboxRequest& request, bool answer, const InboxLimits& limits) {
  auto found = find_inbox(request.token);
  if (!found) return fail(found.error());
  if (!*found) return fail(inbox_not_found());
  Inbox& inbox = **found;
  InboxAnswer chosen;
  if (answer && inbox.answers_left.value_or(1) > 0) {
    chosen = inbox.answer;
    if (inbox.answers_left) --*inbox.answers_left;
    if (auto put = put_inbox(inbox); inbox.answers_left && !put) return fail(put.error());
  }
  const std::string head = pack(request.head);
  const std::string body = pack(request.body);
  const auto kept = static_cast<std::int64_t>(head.size() + body.size());
  auto stored = db_.run(
      "INSERT INTO inbox_request (workspace_id, token, request_id, at, size, kept, answered, head, body) VALUES "
      "($1, $2, $3, $4, $5, $6, $7, $8, $9)",
      {request.workspace_id, request.token, request.request_id, request.at, request.size, kept,
       answer ? sql::Param(chosen.status) : sql::Param(nullptr), sql::Blob{head}, sql::Blob{body}});
  if (!stored) return fail(stored.error());
  if (auto trimmed = trim_inbox(request, limits); !trimmed) return fail(trimmed.error());
  return chosen;
}

// The newest stays, however large it is.
Status Store::trim_inbox(const InboxRequest& newest, const InboxLimits& limits) {
  std::int64_t count = 0;
  std::int64_t bytes = 0;
  std::string first_to_go;
  auto read = db_.run(
      "SELECT request_id, at, kept FROM inbox_request WHERE workspace_id = $1 AND token = $2 ORDER BY request_id DESC",
      {newest.workspace_id, newest.token}, [&](const sql::Row& row) {
        ++count;
        bytes += row.integer(2);
        const bool too_old = row.integer(1) < newest.at - limits.age;
        if (first_to_go.empty() && count > 1 && (count > limits.requests || bytes > limits.bytes || too_old))
          first_to_go = row.text(0);
      });
  if (!read) return fail(read.error());
  if (first_to_go.empty()) return {};
  return done(db_.run("DELETE FROM inbox_request WHERE workspace_id = $1 AND token = $2 AND request_id <= $3",
                      {newest.workspace_id, newest.token, first_to_go}));
}

Status Store::answered_inbox_request(const std::string& workspace_id, const std::string& token,
                                     const std::string& request_id, std::int64_t status) {
  return done(
      db_.run("UPDATE inbox_request SET answered = $1 WHERE workspace_id = $2 AND token = $3 AND request_id = $4",
              {status, workspace_id, token, request_id}));
}

Result<std::vector<InboxRequest>> Store::list_inbox_requests(const std::string& workspace_id, const std::string& token,
                                                             const std::string& before, std::int64_t limit) {
  std::vector<InboxRequest> requests;
  Status bad;
  const std::string below = before.empty() ? "g" : before;  // above every hex digit
  auto read = db_.run("SELECT " + std::string(kRequestColumns) +
                          " FROM inbox_request WHERE workspace_id = $1 AND token = $2 AND request_id < $3 "
                          "ORDER BY request_id DESC LIMIT $4",
                      {workspace_id, token, below, limit}, [&](const sql::Row& row) {
                        auto request = read_request(row);
                        if (request) requests.push_back(std::move(*request));
                        if (!request) bad = fail(request.error());
                      });
  if (!read) return fail(read.error());
  if (!bad) return fail(bad.error());
  return requests;
}

Result<InboxRequest> Store::get_inbox_request(const std::string& workspace_id, const std::string& token,
                                              const std::string& request_id) {
  std::optional<Result<InboxRequest>> found;
  auto read = db_.run("SELECT " + std::string(kRequestColumns) +
                          " FROM inbox_request WHERE workspace_id = $1 AND token = $2 AND request_id = $3",
                      {workspace_id, token, request_id}, [&](const sql::Row& row) { found = read_request(row); });
  if (!read) return fail(read.error());
  if (!found) {
    return fail(Code::not_found, "inbox_request_not_found",
                "there is no request " + std::string(utf8_beginning(request_id, 100)) + " in this inbox any more");
  }
  return std::move(*found);
}

Result<std::vector<std::pair<std::string, std::string>>> Store::inbox_requests_since(const std::string& workspace_id,
                                                                                     Timestamp since,
                                                                                     std::int64_t limit) {
  std::vector<std::pair<std::string, std::string>> ids;
  auto read =
      db_.run("SELECT token, request_id FROM inbox_request WHERE at >= $1 AND workspace_id = $2 ORDER BY at LIMIT $3",
              {since, workspace_id, limit},
              [&](const sql::Row& row) { ids.emplace_back(std::string(row.text(0)), std::string(row.text(1))); });
  if (!read) return fail(read.error());
  return ids;
}

Result<std::int64_t> Store::forget_inbox_requests(Timestamp before, std::int64_t limit) {
  return db_.run(
      "DELETE FROM inbox_request WHERE (workspace_id, token, request_id) IN "
      "(SELECT workspace_id, token, request_id FROM inbox_request WHERE at < $1 LIMIT $2)",
      {before, limit});
}

}  // namespace wrapup
