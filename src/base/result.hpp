// A value or an Error: how every function that can fail answers. Nothing throws across modules.
// An Error has two texts: `detail` for the log, which may name internals, and `message` for the client,
// which says what is wrong, where, and what would be right. A receiver's 503 is no Error: it is a reply.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

namespace wrapup {

enum class Code {
  invalid,             // 400: the request is wrong; `fields` says where
  unauthorized,        // 401
  forbidden,           // 403
  not_found,           // 404
  method_not_allowed,  // 405
  conflict,            // 409
  too_large,           // 413
  rate_limited,        // 429
  unavailable,         // 503: try again later
  out_of_space,        // 507
  internal,            // 500: a bug or a broken machine
};

/// One wrong place in a request. `path` is a JSON pointer into the body, or the name of a query parameter.
struct FieldError {
  std::string path;
  std::string message;
  bool operator==(const FieldError&) const = default;
};

struct Error {
  Code code = Code::internal;
  std::string name;     // stable snake_case identifier, part of the API: "invalid_request", "call_not_found"
  std::string message;  // words for the client
  std::string detail;   // words for the log; empty when the message says it all
  std::vector<FieldError> fields;
};

template <class T>
using Result = tl::expected<T, Error>;

using Status = Result<void>;

inline tl::unexpected<Error> fail(Code code, std::string name, std::string message, std::string detail = {}) {
  return tl::unexpected<Error>(Error{code, std::move(name), std::move(message), std::move(detail), {}});
}

inline tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

}  // namespace wrapup
