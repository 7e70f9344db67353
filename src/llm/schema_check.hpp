// Checks a value against the part of JSON Schema (2020-12) that answers of models need: type, enum, const, properties,
// required, additionalProperties false, items, minItems, maxItems, minLength, maxLength, minimum, maximum. Bounded: it
// follows no references, and its work is the size of the value times the depth of a schema that is ours. Pure.
#pragma once

#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"

namespace wrapup {

/// What does not fit, each with its JSON pointer; at most `limit`.
std::vector<FieldError> check_schema(const json::value& value, const json::object& schema, std::size_t limit = 50);

/// The schema without limits on lengths and sizes, for servers that refuse schemas with them.
json::object without_limits(const json::object& schema);

}  // namespace wrapup
