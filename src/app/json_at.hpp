// Reads members of JSON that another program sent, whatever its shape: what is not there, or is of another type, is
// empty. Used by the commands that show a server's answers. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/json.hpp"

namespace wrapup {

std::string text_at(const json::object& object, std::string_view name);
std::string text_at(const json::value& value, std::string_view name);
/// 0 when there is none; of a number with a fraction the whole part.
std::int64_t whole_at(const json::object& object, std::string_view name);
double number_at(const json::object& object, std::string_view name);
bool flag_at(const json::object& object, std::string_view name);
/// Valid as long as `object`, or for ever when it is an empty one.
const json::object& object_at(const json::object& object, std::string_view name);
const json::array& array_at(const json::object& object, std::string_view name);

/// The object that `value` is, or an empty one.
const json::object& as_object(const json::value& value);

/// The items of a list that are objects, in order.
template <class Visit>
void each_object(const json::array& array, Visit visit) {
  for (const auto& value : array) {
    if (const auto* object = value.if_object()) visit(*object);
  }
}

}  // namespace wrapup
