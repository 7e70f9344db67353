#include "api/handlers.hpp"
#include "net/url.hpp"

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

}  // namespace

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
