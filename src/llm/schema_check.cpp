#include "llm/schema_check.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <string>
#include <string_view>

#include "base/utf8.hpp"

namespace wrapup {

namespace {

constexpr std::size_t kMaxDepth = 32;
constexpr std::array<std::string_view, 6> kLimits{"minItems",  "maxItems", "minLength",
                                                  "maxLength", "minimum",  "maximum"};

bool is_whole(const json::value& value) {
  if (value.is_int64() || value.is_uint64()) return true;
  return value.is_double() && std::trunc(value.get_double()) == value.get_double();
}

bool is_of_type(const json::value& value, std::string_view type) {
  if (type == "null") return value.is_null();
  if (type == "boolean") return value.is_bool();
  if (type == "string") return value.is_string();
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "integer") return is_whole(value);
  return type == "number" && value.is_number();
}

std::size_t code_points(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::optional<double> number_in(const json::object& schema, std::string_view key) {
  const auto* found = schema.if_contains(key);
  if (!found || !found->is_number()) return {};
  return found->to_number<double>();
}

std::string pointer_part(std::string_view key) {
  std::string out = "/";
  for (const char c : utf8_beginning(key, 100)) out += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  return out;
}

class Check {
 public:
  Check(std::vector<FieldError>& problems, std::size_t limit) : problems_(problems), limit_(limit) {}

  void value(const json::value& value, const json::object& schema, const std::string& path, std::size_t depth) {
    if (depth > kMaxDepth) return wrong(path, "is nested too deep");
    if (!type(value, schema, path) || !choice(value, schema, path)) return;
    if (const auto* text = value.if_string()) {
      range(static_cast<double>(code_points(*text)), schema, "minLength", "maxLength", path, "characters");
    } else if (value.is_number()) {
      range(value.to_number<double>(), schema, "minimum", "maximum", path, "");
    } else if (const auto* list = value.if_array()) {
      range(static_cast<double>(list->size()), schema, "minItems", "maxItems", path, "elements");
      elements(*list, schema, path, depth);
    } else if (const auto* object = value.if_object()) {
      members(*object, schema, path, depth);
    }
  }

 private:
  void wrong(const std::string& path, std::string message) {
    if (problems_.size() < limit_) problems_.push_back({path, std::move(message)});
  }

  bool type(const json::value& value, const json::object& schema, const std::string& path) {
    const auto* wanted = schema.if_contains("type");
    if (!wanted) return true;
    std::string names;
    const auto fits = [&](const json::value& name) {
      names += (names.empty() ? "" : " or ") + std::string(name.get_string());
      return is_of_type(value, name.get_string());
    };
    const auto* list = wanted->if_array();
    if (list ? std::any_of(list->begin(), list->end(), fits) : fits(*wanted)) return true;
    wrong(path, "must be of type " + names);
    return false;
  }

  bool choice(const json::value& value, const json::object& schema, const std::string& path) {
    if (const auto* only = schema.if_contains("const"); only && *only != value) {
      wrong(path, "must be " + to_text(*only));
      return false;
    }
    const auto* list = schema.if_contains("enum");
    if (!list || std::find(list->get_array().begin(), list->get_array().end(), value) != list->get_array().end())
      return true;
    wrong(path, "must be one of " + to_text(*list).substr(0, 1000) + ", letter for letter");
    return false;
  }

  void range(double size, const json::object& schema, std::string_view least, std::string_view most,
             const std::string& path, std::string_view unit) {
    const auto low = number_in(schema, least);
    const auto high = number_in(schema, most);
    const std::string of = unit.empty() ? "" : " " + std::string(unit);
    if (low && size < *low) wrong(path, "must be at least " + to_text(json::value(*low)) + of);
    if (high && size > *high) wrong(path, "must be at most " + to_text(json::value(*high)) + of);
  }

  void elements(const json::array& list, const json::object& schema, const std::string& path, std::size_t depth) {
    const auto* items = schema.if_contains("items");
    if (!items || !items->is_object()) return;
    for (std::size_t i = 0; i < list.size() && problems_.size() < limit_; ++i)
      value(list[i], items->get_object(), path + "/" + std::to_string(i), depth + 1);
  }

  void members(const json::object& object, const json::object& schema, const std::string& path, std::size_t depth) {
    const auto* properties = schema.if_contains("properties");
    const auto* required = schema.if_contains("required");
    const auto* others = schema.if_contains("additionalProperties");
    if (required) {
      for (const auto& name : required->get_array()) {
        if (!object.contains(name.get_string())) wrong(path + pointer_part(name.get_string()), "is missing");
      }
    }
    for (const auto& [key, member] : object) {
      if (problems_.size() >= limit_) return;
      const auto* known = properties ? properties->get_object().if_contains(key) : nullptr;
      if (known && known->is_object()) {
        value(member, known->get_object(), path + pointer_part(key), depth + 1);
      } else if (!known && others && *others == json::value(false)) {
        wrong(path + pointer_part(key), "is not known here");
      }
    }
  }

  std::vector<FieldError>& problems_;
  std::size_t limit_;
};

json::value stripped(const json::value& schema) {
  if (const auto* object = schema.if_object()) return without_limits(*object);
  return schema;
}

}  // namespace

std::vector<FieldError> check_schema(const json::value& value, const json::object& schema, std::size_t limit) {
  std::vector<FieldError> problems;
  Check(problems, limit).value(value, schema, "", 0);
  return problems;
}

json::object without_limits(const json::object& schema) {
  json::object out;
  for (const auto& [key, value] : schema) {
    if (std::find(kLimits.begin(), kLimits.end(), std::string_view(key)) != kLimits.end()) continue;
    if (key == "properties" && value.is_object()) {
      json::object properties;
      for (const auto& [name, member] : value.get_object()) properties[name] = stripped(member);
      out[key] = std::move(properties);
    } else {
      out[key] = key == "items" ? stripped(value) : value;
    }
  }
  return out;
}

}  // namespace wrapup
