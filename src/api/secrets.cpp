// Signing secrets of webhooks. The text of one leaves in the answer that made it and in no other, and is kept in no
// answer: what is given again for an Idempotency-Key is without it.
#include "api/handlers.hpp"
#include "base/time.hpp"
#include "base/units.hpp"

namespace wrapup::api {

namespace {

void write_time(JsonWriter& out, std::string_view name, const std::optional<Timestamp>& at) {
  out.key(name);
  at ? out.string(format_utc(*at)) : out.null();
}

void write_public_key(JsonWriter& out, const SigningSecret& secret) {
  out.key("public_key");
  secret.public_key.empty() ? out.null() : out.string(secret.public_key);
}

void write_listed(JsonWriter& out, const SigningSecret& secret, Timestamp now) {
  out.begin_object();
  out.member("secret_id", secret.secret_id).key("kind").string(to_string(secret.kind));
  out.member("name", secret.name).key("state").string(to_string(state_of(secret, now)));
  write_public_key(out, secret);
  write_time(out, "created_at", secret.created_at);
  write_time(out, "expires_at", secret.expires_at);
  write_time(out, "revoked_at", secret.revoked_at);
  out.end_object();
}

// `rotated`: the one in whose place it came, if any.
std::string made_answer(const SigningSecret& made, std::string_view text, const SigningSecret* rotated) {
  return envelope("success", [&](JsonWriter& out) {
    out.member("secret_id", made.secret_id).key("kind").string(to_string(made.kind));
    out.member("name", made.name).key("secret");
    text.empty() ? out.null() : out.string(text);
    if (text.empty()) {
      out.member(
          "note",
          "the secret was in the first answer and is kept in no other; if it was lost there, rotate or revoke it");
    }
    write_public_key(out, made);
    write_time(out, "created_at", made.created_at);
    if (!rotated) return;
    out.key("rotated").begin_object().member("secret_id", rotated->secret_id);
    write_time(out, "expires_at", rotated->expires_at);
    out.end_object();
  });
}

OnceBody shown_once(const SigningSecret& made, std::string_view text, const SigningSecret* rotated) {
  return {made_answer(made, text, rotated), made_answer(made, "", rotated)};
}

SigningSecret make_secret(Services& services, const std::string& workspace_id, SecretKind kind, std::string name,
                          std::string_view text) {
  SigningSecret made;
  made.workspace_id = workspace_id;
  made.secret_id = new_id(services.clock, services.entropy);
  made.kind = kind;
  made.name = std::move(name);
  made.created_at = services.clock.now();
  seal(made, text, services.secrets, services.entropy);
  return made;
}

// An empty body is an empty object.
Result<json::object> object_or_nothing(const ApiRequest& request) {
  if (request.http.body.empty()) return json::object();
  return request.object();
}

struct Wanted {
  SecretKind kind = SecretKind::hmac;
  std::string name;
  std::string text;  // empty: to be made
};

Result<Wanted> read_wanted(const json::object& body) {
  std::vector<FieldError> errors;
  Fields fields(body, "", errors);
  Wanted wanted;
  const auto kind = fields.text("kind");
  wanted.name = fields.text("name").value_or("");
  const auto text = fields.text("secret", 200, 1);
  fields.done();
  if (kind && !secret_kind_from(*kind)) fields.wrong("kind", "must be one of hmac, ed25519");
  if (kind) wanted.kind = secret_kind_from(*kind).value_or(SecretKind::hmac);
  if (!is_secret_name(wanted.name)) fields.wrong("name", "has at most 200 bytes and no control characters");
  if (text) {
    if (const auto fit = check_signing_secret(wanted.kind, *text); !fit) fields.wrong("secret", fit.error().message);
    wanted.text = *text;
  }
  if (!errors.empty()) return fail(invalid_fields(std::move(errors)));
  return wanted;
}

Result<Duration> read_overlap(const json::object& body) {
  std::vector<FieldError> errors;
  Fields fields(body, "", errors);
  const auto text = fields.text("overlap", 100);
  fields.done();
  const auto overlap = text ? parse_duration(*text) : kDefaultOverlap;
  if (!overlap || *overlap > kMaxOverlap) fields.wrong("overlap", "must be a duration such as \"24h\", from 0s to 30d");
  if (!errors.empty()) return fail(invalid_fields(std::move(errors)));
  return *overlap;
}

}  // namespace

Answer create_secret(Services& services, const ApiRequest& request) {
  if (auto fine = request.no_query(); !fine) co_return fail(std::move(fine.error()));
  auto body = object_or_nothing(request);
  if (!body) co_return fail(std::move(body.error()));
  auto wanted = read_wanted(*body);
  if (!wanted) co_return fail(std::move(wanted.error()));
  const std::string text =
      wanted->text.empty() ? new_signing_secret(wanted->kind, services.entropy) : std::move(wanted->text);
  const SigningSecret made = make_secret(services, request.workspace_id, wanted->kind, wanted->name, text);
  auto reply = co_await write_once(services, request, [&](Store& store) -> Result<OnceBody> {
    if (auto added = store.add_signing_secret(made); !added) return fail(std::move(added.error()));
    return shown_once(made, text, nullptr);
  });
  if (reply) services.store.feeds().secrets.offer(request.workspace_id);
  co_return reply;
}

Answer list_secrets(Services& services, const ApiRequest& request) {
  Query query(request.query);
  const auto limit = query.integer("limit", 1, 100).value_or(20);
  const auto offset = query.integer("offset", 0, INT64_MAX).value_or(0);
  if (auto fine = query.done(); !fine) co_return fail(std::move(fine.error()));
  auto page = co_await services.store.read(
      [&](Store& store) { return store.list_signing_secrets(request.workspace_id, limit, offset); });
  if (!page) co_return fail(std::move(page.error()));
  co_return json_reply(envelope("ok", [&](JsonWriter& out) {
    out.key("pagination").begin_object();
    out.member("total_records", page->first).member("limit", limit).member("offset", offset).end_object();
    out.key("secrets").begin_array();
    for (const auto& secret : page->second) write_listed(out, secret, services.clock.now());
    out.end_array();
  }));
}

// The new one has the kind and the name of the old one.
Answer rotate_secret(Services& services, const ApiRequest& request) {
  if (auto fine = request.no_query(); !fine) co_return fail(std::move(fine.error()));
  auto body = object_or_nothing(request);
  if (!body) co_return fail(std::move(body.error()));
  const auto overlap = read_overlap(*body);
  if (!overlap) co_return fail(overlap.error());
  auto reply = co_await write_once(services, request, [&](Store& store) -> Result<OnceBody> {
    auto old = store.get_signing_secret(request.workspace_id, request.param("secret_id"));
    if (!old) return fail(std::move(old.error()));
    const std::string text = new_signing_secret(old->kind, services.entropy);
    const SigningSecret made = make_secret(services, request.workspace_id, old->kind, old->name, text);
    old->expires_at = made.created_at + *overlap;
    auto rotated = store.rotate_signing_secret(old->secret_id, *old->expires_at, made);
    if (!rotated) return fail(std::move(rotated.error()));
    return shown_once(made, text, &*old);
  });
  if (reply) services.store.feeds().secrets.offer(request.workspace_id);
  co_return reply;
}

Answer revoke_secret(Services& services, const ApiRequest& request) {
  if (auto fine = request.no_query(); !fine) co_return fail(std::move(fine.error()));
  auto reply = co_await write_once(services, request, [&](Store& store) -> Result<std::string> {
    auto gone = store.revoke_signing_secret(request.workspace_id, request.param("secret_id"), services.clock.now());
    if (!gone) return fail(std::move(gone.error()));
    return envelope("success", [](JsonWriter& out) { out.member("answer", "ok"); });
  });
  if (reply) services.store.feeds().secrets.offer(request.workspace_id);
  co_return reply;
}

// For receivers, without a key. A workspace that is not there has no public keys either: nobody learns which there are.
Answer public_keys(Services& services, const ApiRequest& request) {
  if (auto fine = request.no_query(); !fine) co_return fail(std::move(fine.error()));
  const std::string workspace_id = request.param("workspace_id");
  auto live = co_await services.store.read(
      [&](Store& store) { return store.live_signing_secrets(workspace_id, services.clock.now()); });
  if (!live) co_return fail(std::move(live.error()));
  co_return json_reply(envelope("ok", [&](JsonWriter& out) {
    out.key("keys").begin_array();
    for (const auto& secret : *live) {
      if (secret.kind != SecretKind::ed25519) continue;
      out.begin_object().member("key_id", secret.secret_id).member("public_key", secret.public_key);
      write_time(out, "created_at", secret.created_at);
      write_time(out, "expires_at", secret.expires_at);
      out.end_object();
    }
    out.end_array();
  }));
}

}  // namespace wrapup::api
