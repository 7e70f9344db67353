#include "base/compress.hpp"
#include "storage/store.hpp"

namespace wrapup {

Result<std::map<std::string, std::string>> Store::kept_answers(const CallKey& key) {
  std::map<std::string, std::string> answers;
  Status bad;
  auto read = db_.run("SELECT hash, answer FROM model_answer WHERE workspace_id = $1 AND call_id = $2",
                      {key.workspace_id, key.call_id}, [&](const sql::Row& row) {
                        auto text = unpack(row.text(1));
                        if (text) {
                          answers.emplace(row.text(0), std::move(*text));
                        } else {
                          bad = fail(text.error());
                        }
                      });
  if (!read) return fail(read.error());
  if (!bad) return fail(bad.error());
  return answers;
}

Status Store::keep_answer(const CallKey& key, const std::string& hash, const std::string& answer, const ModelUse& use,
                          Timestamp now) {
  if (!answer.empty()) {
    const std::string packed = pack(answer);
    auto kept = db_.run(
        "INSERT INTO model_answer (workspace_id, call_id, hash, answer, created_at) VALUES ($1, $2, $3, $4, $5) "
        "ON CONFLICT (workspace_id, call_id, hash) DO NOTHING",
        {key.workspace_id, key.call_id, hash, sql::Blob{packed}, now});
    if (!kept) return fail(kept.error());
  }
  auto counted = db_.run(
      "INSERT INTO model_use (workspace_id, day, model, requests, prompt_tokens, completion_tokens) "
      "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (workspace_id, day, model) DO UPDATE SET "
      "requests = model_use.requests + excluded.requests, "
      "prompt_tokens = model_use.prompt_tokens + excluded.prompt_tokens, "
      "completion_tokens = model_use.completion_tokens + excluded.completion_tokens",
      {use.workspace_id, use.day, use.model, use.requests, use.prompt_tokens, use.completion_tokens});
  if (!counted) return fail(counted.error());
  return {};
}

Status Store::forget_answers(const CallKey& key) {
  auto gone =
      db_.run("DELETE FROM model_answer WHERE workspace_id = $1 AND call_id = $2", {key.workspace_id, key.call_id});
  if (!gone) return fail(gone.error());
  return {};
}

Result<std::int64_t> Store::tokens_of_day(std::int64_t day) {
  std::int64_t tokens = 0;
  auto read = db_.run(
      "SELECT CAST(coalesce(sum(prompt_tokens + completion_tokens), 0) AS BIGINT) FROM model_use WHERE day = $1", {day},
      [&](const sql::Row& row) { tokens = row.integer(0); });
  if (!read) return fail(read.error());
  return tokens;
}

Result<std::vector<ModelUse>> Store::model_use(const std::string& workspace_id, std::int64_t day) {
  std::vector<ModelUse> uses;
  auto read = db_.run(
      "SELECT model, requests, prompt_tokens, completion_tokens FROM model_use WHERE workspace_id = $1 AND day = $2 "
      "ORDER BY model",
      {workspace_id, day}, [&](const sql::Row& row) {
        uses.push_back({workspace_id, day, std::string(row.text(0)), row.integer(1), row.integer(2), row.integer(3)});
      });
  if (!read) return fail(read.error());
  return uses;
}

Result<std::pair<std::int64_t, std::vector<StoredRevision>>> Store::list_revisions(const std::string& workspace_id,
                                                                                   const std::string& call_id,
                                                                                   std::int64_t first,
                                                                                   std::int64_t limit) {
  if (auto known = get_call_outline(workspace_id, call_id); !known) return fail(known.error());
  std::pair<std::int64_t, std::vector<StoredRevision>> page;
  auto counted = db_.run("SELECT count(*) FROM revision WHERE workspace_id = $1 AND call_id = $2",
                         {workspace_id, call_id}, [&](const sql::Row& row) { page.first = row.integer(0); });
  if (!counted) return fail(counted.error());
  auto read = db_.run(
      "SELECT revision, created_at, payload, stages FROM revision WHERE workspace_id = $1 AND call_id = $2 AND "
      "revision >= $3 ORDER BY revision LIMIT $4",
      {workspace_id, call_id, first, limit}, [&](const sql::Row& row) {
        page.second.push_back({row.integer(0), row.integer(1), std::string(row.text(2)), std::string(row.text(3))});
      });
  if (!read) return fail(read.error());
  for (auto& stored : page.second) {
    auto payload = open_payload(workspace_id, call_id, std::move(stored.payload));
    if (!payload) return fail(payload.error());
    stored.payload = std::move(*payload);
  }
  return page;
}

}  // namespace wrapup
