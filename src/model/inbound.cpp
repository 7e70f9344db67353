#include "model/inbound.hpp"

#include <utility>

namespace wrapup {

namespace {

constexpr std::string_view kWithheld = "anonymous";

json::object variables_object(const CallRequest& request) {
  json::object out;
  for (const auto& [name, value] : request.custom_variables) out[name] = value;
  return out;
}

std::string number_or_withheld(const std::string& number) { return number.empty() ? std::string(kWithheld) : number; }

}  // namespace

Result<CallRequest> read_announcement(const json::object& body) {
  std::vector<FieldError> errors;
  Fields fields(body, "", errors);
  CallRequest request;
  request.model_id = fields.required_text("model_id", 200).value_or("");
  const auto* from = body.if_contains("from_number");
  if (from && from->is_string() && from->get_string() == kWithheld) {
    fields.find("from_number");
  } else {
    read_phone(fields, "from_number", true, request.phone);
  }
  read_phone(fields, "to_number", true, request.from_phone_number);
  request.name = fields.text("name", 1000).value_or("");
  read_custom_variables(fields, request.custom_variables);
  request.external_webhook_url = fields.text("external_webhook_url", 4096).value_or("");
  if (const auto* metadata = fields.object("metadata")) request.metadata = *metadata;
  request.external_id = fields.text("external_id", 200, 1).value_or("");
  request.registered = fields.boolean("registered").value_or(false);
  fields.done();
  if (!errors.empty()) return fail(invalid_fields(std::move(errors)));
  return request;
}

json::object to_announcement(const CallRequest& request) {
  json::object out{{"model_id", request.model_id},
                   {"from_number", number_or_withheld(request.phone)},
                   {"to_number", request.from_phone_number},
                   {"name", request.name},
                   {"custom_variables", variables_object(request)},
                   {"metadata", request.metadata},
                   {"registered", request.registered}};
  if (!request.external_webhook_url.empty()) out["external_webhook_url"] = request.external_webhook_url;
  if (!request.external_id.empty()) out["external_id"] = request.external_id;
  return out;
}

std::string inbound_question(const CallRequest& request, std::string_view call_id) {
  std::string body;
  JsonWriter out(body);
  out.begin_object().member("event", "call_inbound").key("call_inbound").begin_object();
  out.member("model_id", request.model_id).member("from_number", number_or_withheld(request.phone));
  out.member("to_number", request.from_phone_number).key("call_id").string(call_id);
  out.end_object().end_object();
  return body;
}

Result<InboundAnswer> read_inbound_answer(std::string_view body) {
  auto parsed = parse_json(body);
  if (!parsed) return fail(std::move(parsed.error()));
  const auto* root = parsed->if_object();
  const auto* member = root ? root->if_contains("call_inbound") : nullptr;
  const auto* given = member ? member->if_object() : nullptr;
  if (!given) return fail(invalid_fields({{"/call_inbound", "must be an object {override_model_id, …}"}}));
  InboundAnswer answer;
  answer.assigned = !given->empty();
  std::vector<FieldError> errors;
  Fields fields(*given, "/call_inbound", errors);
  answer.override_model_id = fields.text("override_model_id", 200).value_or("");
  read_custom_variables(fields, answer.custom_variables);
  if (const auto* metadata = fields.object("metadata")) answer.metadata = *metadata;
  if (!errors.empty()) return fail(invalid_fields(std::move(errors)));
  return answer;
}

void apply_answer(CallRequest& request, InboundAnswer answer) {
  for (auto& [name, value] : answer.custom_variables) {
    std::erase_if(request.custom_variables, [&](const auto& known) { return known.first == name; });
    request.custom_variables.emplace_back(std::move(name), std::move(value));
  }
  for (auto& [name, value] : answer.metadata) request.metadata[name] = std::move(value);
}

}  // namespace wrapup
