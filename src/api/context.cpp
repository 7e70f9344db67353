#include "api/context.hpp"

#include <algorithm>
#include <charconv>

#include "base/time.hpp"
#include "base/utf8.hpp"
#include "net/url.hpp"

namespace wrapup {

const std::string* Query::find(std::string_view name) {
  known_.push_back(name);
  const std::string* found = nullptr;
  for (const auto& [key, value] : pairs_) {
    if (key != name) continue;
    if (found) wrong(name, "is given twice");
    found = &value;
  }
  return found;
}

void Query::wrong(std::string_view name, std::string message) {
  errors_.push_back({std::string(name), std::move(message)});
}

std::string Query::text(std::string_view name) {
  const auto* value = find(name);
  if (!value) return {};
  if (value->size() > 1000) wrong(name, "is longer than 1000 bytes");
  return *value;
}

std::optional<std::int64_t> Query::integer(std::string_view name, std::int64_t min, std::int64_t max) {
  const auto* value = find(name);
  if (!value) return {};
  std::int64_t number = 0;
  const auto read = std::from_chars(value->data(), value->data() + value->size(), number);
  const bool whole = read.ec == std::errc() && read.ptr == value->data() + value->size();
  if (!whole || number < min || number > max) {
    wrong(name, "must be a whole number from " + std::to_string(min) + " to " + std::to_string(max));
    return {};
  }
  return number;
}

std::optional<Timestamp> Query::time(std::string_view name) {
  const auto* value = find(name);
  if (!value) return {};
  const auto at = read_time(json::value(*value));
  if (!at) wrong(name, "must be epoch milliseconds, a date such as 2026-03-11, or a time in ISO 8601");
  return at;
}

Status Query::done() {
  for (const auto& [key, value] : pairs_) {
    if (std::find(known_.begin(), known_.end(), key) != known_.end()) continue;
    const auto near = nearest_name(key, known_);
    wrong(std::string(utf8_beginning(key, 100)),
          near.empty() ? "is not a known query parameter"
                       : "is not a known query parameter; did you mean \"" + std::string(near) + "\"?");
  }
  if (errors_.empty()) return {};
  return fail(invalid_fields(std::move(errors_)));
}

const std::string& ApiRequest::param(std::string_view name) const {
  static const std::string nothing;
  for (const auto& [key, value] : params) {
    if (key == name) return value;
  }
  return nothing;
}

Result<json::object> ApiRequest::object() const {
  auto parsed = parse_json(http.body);
  if (!parsed) return fail(std::move(parsed.error()));
  if (auto fine = must_be_object(*parsed); !fine) return fail(std::move(fine.error()));
  return std::move(parsed->get_object());
}

Status ApiRequest::no_query() const { return Query(query).done(); }

Status check_webhook_url(const Services& services, const std::string& url, const std::string& path) {
  if (url.empty() || services.inboxes.own.dial(url)) return {};
  auto parsed = parse_url(url);
  if (!parsed) return fail(invalid_fields({{path, parsed.error().message}}));
  if (parsed->scheme != "https" && !services.allow_http) {
    return fail(
        invalid_fields({{path, "must begin with https:// (plain http is allowed by delivery.allow_http or --dev)"}}));
  }
  const auto address = literal_address(parsed->host);
  if (!address) return {};
  const auto refusal = services.policy.refusal(*address);
  if (refusal.empty()) return {};
  return fail(invalid_fields({{path, "names a " + std::string(refusal) +
                                         " address, which is not dialled (delivery.allow_addresses allows blocks)"}}));
}

Result<std::optional<OnceKey>> once_key(const ApiRequest& request) {
  const auto* key = request.http.header("Idempotency-Key");
  if (!key) return std::optional<OnceKey>();
  if (key->empty() || key->size() > 255) {
    return fail(Code::invalid, "invalid_idempotency_key", "Idempotency-Key must have 1 to 255 characters");
  }
  const std::string what = request.http.method + " " + request.http.path + "\n" + request.http.body;
  return std::optional<OnceKey>(OnceKey{*key, to_hex(sha256(what))});
}

Status audit_act(Store& store, Services& services, const ApiRequest& request, const std::string& body) {
  if (!request.audit) return {};
  std::string object_id = request.param(request.audit->object_id);
  if (object_id.empty()) {
    // What was made is named by its own answer.
    const auto answer = parse_json(body);
    const auto* response = answer && answer->is_object() ? answer->get_object().if_contains("response") : nullptr;
    const auto* id =
        response && response->is_object() ? response->get_object().if_contains(request.audit->object_id) : nullptr;
    if (id && id->is_string()) object_id = id->get_string();
  }
  return store.add_audit({request.workspace_id, new_id(services.clock, services.entropy), services.clock.now(),
                          request.key_id, std::string(request.audit->act), std::move(object_id), request.request_id});
}

Result<OnceAnswer> answer_once(Store& store, const std::string& workspace_id, const std::optional<OnceKey>& key,
                               Timestamp now, const std::function<Result<OnceBody>(Store&)>& make) {
  if (key) {
    auto known = store.find_idempotent(workspace_id, key->key);
    if (!known) return fail(std::move(known.error()));
    if (*known) {
      if ((*known)->request_hash == key->request_hash) return OnceAnswer{std::move((*known)->body), true};
      return fail(Code::conflict, "idempotency_key_reused",
                  "this Idempotency-Key was used for another request; use a new key for a new request");
    }
  }
  auto made = make(store);
  if (!made) return fail(std::move(made.error()));
  if (key) {
    const std::string& body = made->kept ? *made->kept : made->body;
    if (auto kept = store.keep_idempotent(workspace_id, key->key, {key->request_hash, 200, body}, now); !kept) {
      return fail(std::move(kept.error()));
    }
  }
  return OnceAnswer{std::move(made->body), false};
}

}  // namespace wrapup
