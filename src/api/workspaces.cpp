#include "api/handlers.hpp"
#include "base/time.hpp"
#include "model/model_choice.hpp"
#include "net/url.hpp"
#include "storage/access.hpp"

namespace wrapup::api {

namespace {

constexpr std::size_t kMaxPrompt = 20'000;  // bytes
constexpr std::size_t kMaxKey = 4096;

// The model without its key.
void write_model(JsonWriter& out, const json::object& settings, const std::vector<ModelUse>& uses) {
  const auto* model = settings.if_contains("model");
  out.key("model");
  if (!model || !model->is_object()) {
    out.null();
  } else {
    const json::object& members = model->get_object();
    const auto* prompts = members.if_contains("prompts");
    out.begin_object();
    for (const std::string_view name : {"base_url", "model"}) {
      const auto* value = members.if_contains(name);
      out.member(name, value ? *value : json::value(nullptr));
    }
    out.member("has_key", members.contains("sealed_key"));
    out.member("prompts", prompts ? *prompts : json::value(json::object()));
    out.end_object();
  }
  out.key("model_use_today").begin_array();
  for (const auto& use : uses) {
    out.begin_object().member("model", use.model).member("requests", use.requests);
    out.member("prompt_tokens", use.prompt_tokens).member("completion_tokens", use.completion_tokens).end_object();
  }
  out.end_array();
}

Result<std::string> workspace_body(std::string_view status, const Services& services, Store& store,
                                   const std::string& workspace_id, const json::object& settings) {
  auto uses = store.model_use(workspace_id, services.clock.now() / kDay);
  if (!uses) return fail(std::move(uses.error()));
  return envelope(status, [&](JsonWriter& out) {
    out.member("workspace_id", workspace_id);
    for (const std::string_view name : {"operations_url", "signature_header_compat"}) {
      const auto* value = settings.if_contains(name);
      out.member(name, value ? *value : json::value(nullptr));
    }
    write_model(out, settings, *uses);
  });
}

void check_prompts(Fields& model, std::vector<FieldError>& errors) {
  const auto* given = model.object("prompts");
  if (!given) return;
  Fields prompts(*given, model.path_of("prompts"), errors);
  for (const std::string_view use : kPromptUses) prompts.text(use, kMaxPrompt, 1);
  prompts.done();
}

/// What a request says of the model; checked, and the key taken out.
struct ModelChange {
  json::object members;
  std::optional<std::string> key;
};

ModelChange read_model(Fields& fields, std::vector<FieldError>& errors) {
  ModelChange change;
  const auto* given = fields.object("model");
  if (!given) return change;
  Fields model(*given, "/model", errors);
  std::string url = model.text("base_url", kMaxUrl).value_or("");
  model.text("model", 200);
  change.key = model.text("api_key", kMaxKey);
  if (change.key && !std::all_of(change.key->begin(), change.key->end(), [](char c) { return c > ' ' && c < '\x7f'; }))
    model.wrong("api_key", "must be printable ASCII without spaces");
  check_prompts(model, errors);
  model.done();
  change.members = *given;
  change.members.erase("api_key");
  while (url.ends_with('/')) url.pop_back();
  if (!url.empty()) change.members["base_url"] = std::move(url);
  return change;
}

// Members that are sent replace what was set. A key belongs to its server: another base_url drops it.
void apply_model(const Services& services, const std::string& workspace_id, const ModelChange& change,
                 json::object& settings) {
  auto& stored = settings["model"];
  json::object model = stored.is_object() ? stored.get_object() : json::object();
  const auto url_of = [](const json::object& members) {
    const auto* url = members.if_contains("base_url");
    return url ? *url : json::value(nullptr);
  };
  const json::value before = url_of(model);
  for (const auto& [name, value] : change.members) {
    if (value.is_null()) {
      model.erase(name);
    } else {
      model[name] = value;
    }
  }
  if (url_of(model) != before) model.erase("sealed_key");
  if (change.key) {
    model["sealed_key"] =
        base64_encode(services.secrets.seal(*change.key, model_key_place(workspace_id), services.entropy));
  }
  stored = std::move(model);
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
  auto body = co_await services.store.read([&](Store& store) -> Result<std::string> {
    auto settings = store.workspace_settings(request.workspace_id);
    if (!settings) return fail(std::move(settings.error()));
    return workspace_body("ok", services, store, request.workspace_id, *settings);
  });
  if (!body) co_return fail(std::move(body.error()));
  co_return json_reply(std::move(*body));
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
  const ModelChange model = read_model(fields, errors);
  fields.done();
  if (!errors.empty()) co_return fail(invalid_fields(std::move(errors)));
  if (auto fine = check_webhook_url(services, url.value_or(""), "/operations_url"); !fine)
    co_return fail(std::move(fine.error()));
  const auto* model_url = model.members.if_contains("base_url");
  const bool names_url = model_url && model_url->is_string();
  if (auto fine = check_webhook_url(services, names_url ? std::string(model_url->get_string()) : "", "/model/base_url");
      !fine)
    co_return fail(std::move(fine.error()));
  auto reply = co_await write_once(services, request, [&](Store& store) -> Result<std::string> {
    auto settings = store.workspace_settings(request.workspace_id);
    if (!settings) return fail(std::move(settings.error()));
    for (const auto& [name, value] : *body) {
      if (name == "model" && value.is_object()) {
        apply_model(services, request.workspace_id, model, *settings);
      } else {
        (*settings)[name] = value;
      }
    }
    if (auto kept = store.put_workspace_settings(request.workspace_id, *settings); !kept)
      return fail(std::move(kept.error()));
    return workspace_body("success", services, store, request.workspace_id, *settings);
  });
  if (reply) {
    services.store.feeds().secrets.offer(request.workspace_id);  // how webhooks are signed may have changed
    services.store.feeds().workspaces.offer(request.workspace_id);
  }
  co_return reply;
}

}  // namespace wrapup::api
