#include "base/crypto.hpp"
#include "base/utf8.hpp"
#include "model/model_choice.hpp"
#include "storage/store.hpp"

namespace wrapup {

namespace {

constexpr const char* kColumns =
    "workspace_id, secret_id, kind, name, sealed, public_key, created_at, expires_at, revoked_at";
constexpr const char* kNewestFirst = " ORDER BY workspace_id, created_at DESC, secret_id DESC";

SigningSecret read_secret(const sql::Row& row) {
  SigningSecret secret;
  secret.workspace_id = row.text(0);
  secret.secret_id = row.text(1);
  secret.kind = secret_kind_from(row.text(2)).value_or(SecretKind::hmac);
  secret.name = row.text(3);
  secret.sealed = row.text(4);
  secret.public_key = row.text(5);
  secret.created_at = row.integer(6);
  secret.expires_at = row.optional_integer(7);
  secret.revoked_at = row.optional_integer(8);
  return secret;
}

Result<std::vector<SigningSecret>> read_secrets(sql::Connection& db, const std::string& conditions,
                                                std::initializer_list<sql::Param> params) {
  std::vector<SigningSecret> secrets;
  auto read =
      db.run("SELECT " + std::string(kColumns) + " FROM signing_secret" + conditions + std::string(db.for_update()),
             params, [&](const sql::Row& row) { secrets.push_back(read_secret(row)); });
  if (!read) return fail(std::move(read.error()));
  return secrets;
}

Status changed(const Result<std::int64_t>& result) {
  if (!result) return fail(result.error());
  return {};
}

}  // namespace

Result<std::vector<SigningSecret>> Store::live_signing_secrets(const std::string& workspace_id, Timestamp now) {
  return read_secrets(db_,
                      " WHERE workspace_id = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)" +
                          std::string(kNewestFirst),
                      {workspace_id, now});
}

Result<std::pair<std::int64_t, std::vector<SigningSecret>>> Store::list_signing_secrets(const std::string& workspace_id,
                                                                                        std::int64_t limit,
                                                                                        std::int64_t offset) {
  std::int64_t total = 0;
  auto counted = db_.run("SELECT count(*) FROM signing_secret WHERE workspace_id = $1", {workspace_id},
                         [&](const sql::Row& row) { total = row.integer(0); });
  if (!counted) return fail(std::move(counted.error()));
  auto page = read_secrets(db_, " WHERE workspace_id = $1" + std::string(kNewestFirst) + " LIMIT $2 OFFSET $3",
                           {workspace_id, limit, offset});
  if (!page) return fail(std::move(page.error()));
  return std::pair(total, std::move(*page));
}

Result<std::vector<SigningSecret>> Store::all_signing_secrets() { return read_secrets(db_, kNewestFirst, {}); }

Result<SigningSecret> Store::get_signing_secret(const std::string& workspace_id, const std::string& secret_id) {
  auto found = read_secrets(db_, " WHERE workspace_id = $1 AND secret_id = $2", {workspace_id, secret_id});
  if (!found) return fail(std::move(found.error()));
  if (found->empty()) {
    return fail(Code::not_found, "secret_not_found",
                "there is no signing secret " + std::string(utf8_beginning(secret_id, 100)) + " in this workspace");
  }
  return std::move(found->front());
}

Status Store::add_signing_secret(const SigningSecret& secret) {
  auto live = live_signing_secrets(secret.workspace_id, secret.created_at);
  if (!live) return fail(std::move(live.error()));
  if (static_cast<std::int64_t>(live->size()) >= kMaxSigningSecrets) {
    return fail(Code::conflict, "too_many_secrets",
                "the workspace has " + std::to_string(kMaxSigningSecrets) +
                    " secrets that sign, and each signs every webhook; revoke one first");
  }
  return changed(db_.run(
      "INSERT INTO signing_secret (workspace_id, secret_id, kind, name, secret, sealed, public_key, created_at, "
      "expires_at, revoked_at) VALUES ($1, $2, $3, $4, '', $5, $6, $7, $8, $9)",
      {secret.workspace_id, secret.secret_id, to_string(secret.kind), secret.name, sql::Blob{secret.sealed},
       secret.public_key, secret.created_at, secret.expires_at, secret.revoked_at}));
}

Status Store::rotate_signing_secret(const std::string& secret_id, Timestamp until, const SigningSecret& next) {
  auto old = get_signing_secret(next.workspace_id, secret_id);
  if (!old) return fail(std::move(old.error()));
  const SecretState state = state_of(*old, next.created_at);
  if (state != SecretState::live) {
    return fail(Code::conflict, "secret_not_live",
                "the secret is " + std::string(to_string(state)) +
                    "; rotate a live one (the newest took its place, if it was rotated)");
  }
  auto expires = db_.run("UPDATE signing_secret SET expires_at = $1 WHERE workspace_id = $2 AND secret_id = $3",
                         {until, next.workspace_id, secret_id});
  if (!expires) return fail(std::move(expires.error()));
  return add_signing_secret(next);
}

Status Store::revoke_signing_secret(const std::string& workspace_id, const std::string& secret_id, Timestamp now) {
  auto secret = get_signing_secret(workspace_id, secret_id);
  if (!secret) return fail(std::move(secret.error()));
  if (secret->revoked_at) return {};
  if (secret->kind == SecretKind::hmac && state_of(*secret, now) == SecretState::live) {
    std::int64_t others = 0;
    auto counted = db_.run(
        "SELECT count(*) FROM signing_secret WHERE workspace_id = $1 AND kind = 'hmac' AND revoked_at IS NULL AND "
        "expires_at IS NULL AND secret_id <> $2",
        {workspace_id, secret_id}, [&](const sql::Row& row) { others = row.integer(0); });
    if (!counted) return fail(std::move(counted.error()));
    if (others == 0) {
      return fail(Code::conflict, "last_secret",
                  "this is the only live hmac secret of the workspace, and webhooks are never sent unsigned; rotate it "
                  "with the overlap \"0s\", or create another one first");
    }
  }
  return changed(db_.run(
      "UPDATE signing_secret SET revoked_at = $1, sealed = $2, secret = '' WHERE workspace_id = $3 AND secret_id = $4",
      {now, sql::Blob{}, workspace_id, secret_id}));
}

Result<bool> Store::reseal_signing_secret(const SigningSecret& secret, const std::string& sealed) {
  auto written =
      db_.run("UPDATE signing_secret SET sealed = $1 WHERE workspace_id = $2 AND secret_id = $3 AND sealed = $4",
              {sql::Blob{sealed}, secret.workspace_id, secret.secret_id, sql::Blob{secret.sealed}});
  if (!written) return fail(std::move(written.error()));
  return *written > 0;
}

Result<std::int64_t> Store::seal_plain_secrets(
    const std::function<void(SigningSecret&, const std::string& text)>& seal) {
  std::vector<std::pair<SigningSecret, std::string>> plain;
  auto read = db_.run("SELECT " + std::string(kColumns) + ", secret FROM signing_secret WHERE secret <> ''", {},
                      [&](const sql::Row& row) { plain.emplace_back(read_secret(row), row.text(9)); });
  if (!read) return fail(std::move(read.error()));
  for (auto& [secret, text] : plain) {
    seal(secret, text);
    auto written =
        db_.run("UPDATE signing_secret SET secret = '', sealed = $1 WHERE workspace_id = $2 AND secret_id = $3",
                {sql::Blob{secret.sealed}, secret.workspace_id, secret.secret_id});
    if (!written) return fail(std::move(written.error()));
  }
  return static_cast<std::int64_t>(plain.size());
}

Result<std::vector<SealedValue>> Store::sealed_values() {
  std::vector<SealedValue> values;
  auto keys = db_.run("SELECT workspace_id, settings FROM workspace", {}, [&](const sql::Row& row) {
    const auto settings = parse_json(row.text(1));
    if (!settings || !settings->is_object()) return;
    std::string sealed = model_choice_of(settings->get_object()).sealed_key;
    std::string workspace_id(row.text(0));
    std::string place = model_key_place(workspace_id);
    if (!sealed.empty()) values.push_back({std::move(workspace_id), "", std::move(place), std::move(sealed)});
  });
  if (!keys) return fail(std::move(keys.error()));
  auto settings =
      db_.run("SELECT workspace_id, endpoint_id, settings FROM endpoint WHERE length(settings) > 0", {},
              [&](const sql::Row& row) {
                SealedValue value{std::string(row.text(0)), std::string(row.text(1)), "", std::string(row.text(2))};
                value.place = settings_place(value.workspace_id, value.endpoint_id);
                values.push_back(std::move(value));
              });
  if (!settings) return fail(std::move(settings.error()));
  return values;
}

Result<bool> Store::reseal_value(const SealedValue& value, const std::string& sealed) {
  if (!value.endpoint_id.empty()) {
    auto written =
        db_.run("UPDATE endpoint SET settings = $1 WHERE workspace_id = $2 AND endpoint_id = $3 AND settings = $4",
                {sql::Blob{sealed}, value.workspace_id, value.endpoint_id, sql::Blob{value.sealed}});
    if (!written) return fail(std::move(written.error()));
    return *written > 0;
  }
  auto settings = workspace_settings(value.workspace_id);
  if (!settings) return fail(std::move(settings.error()));
  if (model_choice_of(*settings).sealed_key != value.sealed) return false;
  json::object& model = (*settings)["model"].as_object();
  if (sealed.empty()) {
    model.erase("sealed_key");
  } else {
    model["sealed_key"] = base64_encode(sealed);
  }
  if (auto written = put_workspace_settings(value.workspace_id, *settings); !written)
    return fail(std::move(written.error()));
  return true;
}

Result<bool> Store::has_sealed() {
  bool found = false;
  auto read = db_.run("SELECT 1 FROM signing_secret WHERE length(sealed) > 0 LIMIT 1", {},
                      [&](const sql::Row&) { found = true; });
  if (!read) return fail(std::move(read.error()));
  if (found) return true;
  auto values = sealed_values();
  if (!values) return fail(std::move(values.error()));
  return !values->empty();
}

}  // namespace wrapup
