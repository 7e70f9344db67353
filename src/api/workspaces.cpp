#include "api/handlers.hpp"
#include "base/time.hpp"
#include "net/url.hpp"
#include "storage/access.hpp"

namespace wrapup::api {

namespace {

std::string workspace_body(std::string_view status, const std::string& workspace_id, const json::object& settings) {
  return envelope(status, [&](JsonWriter& out) {
    out.member("workspace_id", workspace_id);
    for (const std::string_view name : {"operations_url", "signature_header_compat"}) {
      const auto* value = settings.if_contains(name);
      out.member(name, value ? *value : json::value(nullptr));
    }
  });
}

// Other workspaces are the operator's: whoever has the first one.
Status check_operator(const ApiRequest& request) {
  if (request.workspace_id == kDefaultWorkspace) return {};
  return fail(Code::forbidden, "operator_only",
              "workspaces are made and listed with an admin key of the workspace \"default\"");
}

Result<std::string> read_new_workspace(const json::object& body) {
  std::vector<FieldError> errors;
  Fields fields(body, "", errors);
  const auto name = fields.required_text("workspace_id", 1000);
  fields.done();
  if (name) {
    if (auto fit = check_workspace(*name); !fit) fields.wrong("workspace_id", fit.error().message);
  }
  if (!errors.empty()) return fail(invalid_fields(std::move(errors)));
  return *name;
}

std::string new_workspace_body(const std::string& workspace_id, const std::string& key_id, const NewAccess* access) {
  return envelope("success", [&](JsonWriter& out) {
    out.member("workspace_id", workspace_id).member("key_id", key_id).key("key");
    access ? out.string(access->api_key) : out.null();
    out.key("signing_secret");
    access ? out.string(access->signing_secret) : out.null();
    if (!access) {
      out.member("note",
                 "key and secret were in the first answer and are kept in no other; `wrapup key create --workspace` "
                 "makes another key");
    }
  });
}

}  // namespace

// With a key that may do everything, and a signing secret; both are shown this once.
Answer create_workspace(Services& services, const ApiRequest& request) {
  if (auto fine = request.no_query(); !fine) co_return fail(std::move(fine.error()));
  if (auto may = check_operator(request); !may) co_return fail(std::move(may.error()));
  auto body = request.object();
  if (!body) co_return fail(std::move(body.error()));
  auto name = read_new_workspace(*body);
  if (!name) co_return fail(std::move(name.error()));
  const AccessTools tools{services.clock, services.entropy, services.secrets};
  co_return co_await write_once(services, request, [&](Store& store) -> Result<OnceBody> {
    auto there = store.has_workspace(*name);
    if (!there) return fail(std::move(there.error()));
    if (*there) return fail(Code::conflict, "workspace_exists", "there is a workspace " + *name + " already");
    std::string key_id;
    auto access = create_key(store, tools, *name, "first key", Scopes::all(), &key_id);
    if (!access) return fail(std::move(access.error()));
    return OnceBody(new_workspace_body(*name, key_id, &*access), new_workspace_body(*name, key_id, nullptr));
  });
}

Answer list_workspaces(Services& services, const ApiRequest& request) {
  if (auto may = check_operator(request); !may) co_return fail(std::move(may.error()));
  Query query(request.query);
  const auto limit = query.integer("limit", 1, 100).value_or(20);
  const auto offset = query.integer("offset", 0, INT64_MAX).value_or(0);
  if (auto fine = query.done(); !fine) co_return fail(std::move(fine.error()));
  auto page = co_await services.store.read([&](Store& store) { return store.list_workspaces(limit, offset); });
  if (!page) co_return fail(std::move(page.error()));
  co_return json_reply(envelope("ok", [&](JsonWriter& out) {
    out.key("pagination").begin_object();
    out.member("total_records", page->first).member("limit", limit).member("offset", offset).end_object();
    out.key("workspaces").begin_array();
    for (const auto& workspace : page->second) {
      out.begin_object().member("workspace_id", workspace.workspace_id);
      out.member("created_at", format_utc(workspace.created_at)).member("live_keys", workspace.live_keys).end_object();
    }
    out.end_array();
  }));
}

Answer get_workspace(Services& services, const ApiRequest& request) {
  if (auto fine = request.no_query(); !fine) co_return fail(std::move(fine.error()));
  auto settings =
      co_await services.store.read([&](Store& store) { return store.workspace_settings(request.workspace_id); });
  if (!settings) co_return fail(std::move(settings.error()));
  co_return json_reply(workspace_body("ok", request.workspace_id, *settings));
}

// Changes only what is sent; null takes a setting back.
Answer put_workspace(Services& services, const ApiRequest& request) {
  if (auto fine = request.no_query(); !fine) co_return fail(std::move(fine.error()));
  auto body = request.object();
  if (!body) co_return fail(std::move(body.error()));
  std::vector<FieldError> errors;
  Fields fields(*body, "", errors);
  const auto url = fields.text("operations_url", kMaxUrl);
  fields.boolean("signature_header_compat");
  fields.done();
  if (!errors.empty()) co_return fail(invalid_fields(std::move(errors)));
  if (auto fine = check_webhook_url(services, url.value_or(""), "/operations_url"); !fine)
    co_return fail(std::move(fine.error()));
  auto reply = co_await write_once(services, request, [&](Store& store) -> Result<std::string> {
    auto settings = store.workspace_settings(request.workspace_id);
    if (!settings) return fail(std::move(settings.error()));
    for (const auto& [name, value] : *body) (*settings)[name] = value;
    if (auto kept = store.put_workspace_settings(request.workspace_id, *settings); !kept)
      return fail(std::move(kept.error()));
    return workspace_body("success", request.workspace_id, *settings);
  });
  if (reply) services.store.feeds().secrets.offer(request.workspace_id);  // how webhooks are signed may have changed
  co_return reply;
}

}  // namespace wrapup::api
