// A call as the REST API shows it: the fields of the original's list and detail, and ours (contract, section 8).
#pragma once

#include "base/json.hpp"
#include "base/result.hpp"
#include "storage/store.hpp"

namespace wrapup::api {

/// Appends the object. `timeline` adds the events as they came; lists leave them out. `internal` when what is stored is
/// damaged.
Status write_call(JsonWriter& out, const StoredCall& stored, bool timeline);

}  // namespace wrapup::api
