#include "api/problem.hpp"

#include <array>

#include "base/crypto.hpp"
#include "base/json.hpp"
#include "base/log.hpp"
#include "storage/async_store.hpp"

namespace wrapup {

int http_status(Code code) {
  switch (code) {
    case Code::invalid: return 400;
    case Code::unauthorized: return 401;
    case Code::forbidden: return 403;
    case Code::not_found: return 404;
    case Code::method_not_allowed: return 405;
    case Code::conflict: return 409;
    case Code::too_large: return 413;
    case Code::rate_limited: return 429;
    case Code::unavailable: return 503;
    case Code::out_of_space: return 507;
    case Code::internal: return 500;
  }
  return 500;
}

std::string new_request_id(Entropy& entropy) {
  std::array<unsigned char, 16> random{};
  entropy.fill(random);
  return to_hex({reinterpret_cast<const char*>(random.data()), random.size()});
}

ServerReply problem_reply(const Error& error, Entropy& entropy) {
  const std::string request_id = new_request_id(entropy);
  ServerReply reply;
  reply.status = http_status(error.code);
  JsonWriter out(reply.body);
  out.begin_object();
  out.key("detail").begin_object();
  out.member("status", "error").member("code", error.name).member("description", error.message);
  out.member("request_id", request_id).member("category", "important");
  out.key("errors").begin_array();
  for (const auto& field : error.fields) {
    out.begin_object().member("path", field.path).member("message", field.message).end_object();
  }
  out.end_array().end_object();
  out.member("error", error.name).member("message", error.message);
  out.end_object();
  if (reply.status >= 500 && error.name != kReadOnly) {
    log_error("request_failed", {{"request", request_id},
                                 {"code", error.name},
                                 {"error", error.detail.empty() ? error.message : error.detail}});
  }
  if (error.code == Code::unavailable || error.code == Code::out_of_space)
    reply.headers.emplace_back("Retry-After", error.name == kReadOnly ? "30" : "1");
  if (error.code == Code::unauthorized) reply.headers.emplace_back("WWW-Authenticate", "Bearer");
  return reply;
}

}  // namespace wrapup
