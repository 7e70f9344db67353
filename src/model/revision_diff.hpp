// What changed from one revision of a payload to the next. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/json.hpp"

namespace wrapup {

struct PayloadChange {
  std::string path;    // JSON pointer (RFC 6901)
  json::value before;  // null when it was not there
  json::value after;   // null when it is not there any more
};

/// By the order of the payload, at most `limit`. The member `event`, which names the revision itself, is left out, but
/// for `complete` and `missing`.
std::vector<PayloadChange> changes_between(const json::object& before, const json::object& after,
                                           std::size_t limit = 1000);

}  // namespace wrapup
