#include "app/json_at.hpp"

namespace wrapup {

namespace {

const json::object kNoMembers;
const json::array kNoElements;

}  // namespace

std::string text_at(const json::object& object, std::string_view name) {
  const auto* found = object.if_contains(name);
  const auto* text = found ? found->if_string() : nullptr;
  return text ? std::string(*text) : std::string();
}

std::string text_at(const json::value& value, std::string_view name) { return text_at(as_object(value), name); }

double number_at(const json::object& object, std::string_view name) {
  const auto* found = object.if_contains(name);
  if (!found || !found->is_number()) return 0;
  return found->to_number<double>();
}

std::int64_t whole_at(const json::object& object, std::string_view name) {
  const auto* found = object.if_contains(name);
  if (!found) return 0;
  if (const auto* whole = found->if_int64()) return *whole;
  const double number = number_at(object, name);
  constexpr double kMost = 9e18;  // within an int64
  return number > -kMost && number < kMost ? static_cast<std::int64_t>(number) : 0;
}

bool flag_at(const json::object& object, std::string_view name) {
  const auto* found = object.if_contains(name);
  const auto* flag = found ? found->if_bool() : nullptr;
  return flag && *flag;
}

const json::object& object_at(const json::object& object, std::string_view name) {
  const auto* found = object.if_contains(name);
  return found ? as_object(*found) : kNoMembers;
}

const json::array& array_at(const json::object& object, std::string_view name) {
  const auto* found = object.if_contains(name);
  const auto* array = found ? found->if_array() : nullptr;
  return array ? *array : kNoElements;
}

const json::object& as_object(const json::value& value) { return value.is_object() ? value.get_object() : kNoMembers; }

}  // namespace wrapup
