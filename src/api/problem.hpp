// The only place where an Error becomes an HTTP answer (contract, section 8).
#pragma once

#include <string>

#include "base/entropy.hpp"
#include "base/result.hpp"
#include "net/http_server.hpp"

namespace wrapup {

int http_status(Code code);

/// 32 hex digits.
std::string new_request_id(Entropy& entropy);

/// The answer for `error`: the body holds `detail`, and at the root `error` and `message`. Internal errors are logged
/// under the same request id, with their details, which the client does not see.
ServerReply problem_reply(const Error& error, Entropy& entropy);

}  // namespace wrapup
