// API keys of the workspace. The text of one leaves in the answer that made it and in no other.
#include "api/handlers.hpp"
#include "base/time.hpp"
#include "base/utf8.hpp"
#include "storage/access.hpp"

namespace wrapup::api {

void write_scopes(JsonWriter& out, const Scopes& scopes) {
  out.key("scopes").begin_array();
  for (const Scope scope : {Scope::calls_read, Scope::calls_write, Scope::events_write, Scope::admin}) {
    if (scopes.has(scope)) out.string(to_string(scope));
  }
  out.end_array();
}

namespace {

std::string made_answer(const ApiKey& made, std::string_view text) {
  return envelope("success", [&](JsonWriter& out) {
    out.member("key_id", made.key_id).member("name", made.name).key("key");
    text.empty() ? out.null() : out.string(text);
    if (text.empty())
      out.member("note", "the key was in the first answer and is kept in no other; if it was lost there, revoke it");
    out.member("begins", made.prefix);
    write_scopes(out, made.scopes);
    out.member("created_at", format_utc(made.created_at));
  });
}

struct Wish {
  std::string name;
  Scopes scopes;
};

Result<Wish> read_wish(const json::object& body) {
  std::vector<FieldError> errors;
  Fields fields(body, "", errors);
  Wish wish;
  wish.name = fields.text("name").value_or("");
  if (!is_secret_name(wish.name)) fields.wrong("name", "has at most 200 bytes and no control characters");
  const auto* scopes = fields.require("scopes") ? fields.array("scopes", 20) : nullptr;
  for (std::size_t i = 0; scopes && i < scopes->size(); ++i) {
    const auto* name = (*scopes)[i].if_string();
    const auto scope = name ? scope_from(*name) : std::nullopt;
    if (scope) wish.scopes.add(*scope);
    if (!scope) errors.push_back({"/scopes/" + std::to_string(i), "must be one of " + std::string(kScopeNames)});
  }
  if (scopes && scopes->empty()) fields.wrong("scopes", "must name at least one of " + std::string(kScopeNames));
  fields.done();
  if (!errors.empty()) return fail(invalid_fields(std::move(errors)));
  return wish;
}

}  // namespace

Answer create_api_key(Services& services, const ApiRequest& request) {
  if (auto fine = request.no_query(); !fine) co_return fail(std::move(fine.error()));
  auto body = request.object();
  if (!body) co_return fail(std::move(body.error()));
  auto wish = read_wish(*body);
  if (!wish) co_return fail(std::move(wish.error()));
  const AccessTools tools{services.clock, services.entropy, services.secrets};
  const NewKey made = make_key(tools, request.workspace_id, wish->name, wish->scopes);
  co_return co_await write_once(services, request, [&](Store& store) -> Result<OnceBody> {
    if (auto added = store.add_key(made.row, hash_of_key(made.text)); !added) return fail(std::move(added.error()));
    return OnceBody(made_answer(made.row, made.text), made_answer(made.row, ""));
  });
}

Answer list_api_keys(Services& services, const ApiRequest& request) {
  Query query(request.query);
  const auto limit = query.integer("limit", 1, 100).value_or(20);
  const auto offset = query.integer("offset", 0, INT64_MAX).value_or(0);
  if (auto fine = query.done(); !fine) co_return fail(std::move(fine.error()));
  auto page =
      co_await services.store.read([&](Store& store) { return store.list_keys(request.workspace_id, limit, offset); });
  if (!page) co_return fail(std::move(page.error()));
  co_return json_reply(envelope("ok", [&](JsonWriter& out) {
    out.key("pagination").begin_object();
    out.member("total_records", page->first).member("limit", limit).member("offset", offset).end_object();
    out.key("keys").begin_array();
    for (const auto& key : page->second) {
      out.begin_object().member("key_id", key.key_id).member("name", key.name).member("begins", key.prefix);
      write_scopes(out, key.scopes);
      out.member("created_at", format_utc(key.created_at)).key("revoked_at");
      key.revoked_at ? out.string(format_utc(*key.revoked_at)) : out.null();
      out.end_object();
    }
    out.end_array();
  }));
}

// The last key that may administrate stays: without it nobody could make another one here.
Answer revoke_api_key(Services& services, const ApiRequest& request) {
  if (auto fine = request.no_query(); !fine) co_return fail(std::move(fine.error()));
  co_return co_await write_once(services, request, [&](Store& store) -> Result<std::string> {
    const std::string& key_id = request.param("key_id");
    auto all = store.list_keys(request.workspace_id, INT64_MAX, 0);
    if (!all) return fail(std::move(all.error()));
    const ApiKey* found = nullptr;
    std::int64_t admins = 0;
    for (const auto& key : all->second) {
      if (key.revoked_at) continue;
      if (key.key_id == key_id) found = &key;
      if (key.scopes.has(Scope::admin)) ++admins;
    }
    if (!found) {
      return fail(Code::not_found, "key_not_found",
                  "there is no live key " + std::string(utf8_beginning(key_id, 100)) + " in this workspace");
    }
    if (found->scopes.has(Scope::admin) && admins == 1) {
      return fail(Code::conflict, "last_admin_key",
                  "this is the only live key with the scope admin; make another one first");
    }
    auto revoked = store.revoke_key(key_id, services.clock.now());
    if (!revoked) return fail(std::move(revoked.error()));
    return envelope("success", [](JsonWriter& out) { out.member("answer", "ok"); });
  });
}

}  // namespace wrapup::api
