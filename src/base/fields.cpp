#include "base/fields.hpp"

#include <algorithm>
#include <numeric>

#include "base/time.hpp"
#include "base/utf8.hpp"

namespace wrapup {

namespace {

constexpr std::size_t kMaxErrors = 50;  // a hostile body must not make a huge answer

// A reference token of a JSON pointer (RFC 6901, section 3). Long names are cut: they come from outside.
std::string escape_pointer(std::string_view name) {
  std::string out;
  for (const char c : utf8_beginning(name, 100)) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

}  // namespace

std::string_view kind_name(const json::value& value) {
  switch (value.kind()) {
    case json::kind::null: return "null";
    case json::kind::bool_: return "a boolean";
    case json::kind::int64:
    case json::kind::uint64:
    case json::kind::double_: return "a number";
    case json::kind::string: return "a string";
    case json::kind::array: return "an array";
    case json::kind::object: return "an object";
  }
  return "a value";
}

namespace {

// Whether the names have a word of four letters or more in common: "start_date" and "from_date".
bool share_word(std::string_view a, std::string_view b) {
  while (!a.empty()) {
    const auto word = a.substr(0, a.find('_'));
    a.remove_prefix(std::min(word.size() + 1, a.size()));
    for (std::string_view rest = b; word.size() >= 4 && !rest.empty();) {
      const auto other = rest.substr(0, rest.find('_'));
      if (other == word) return true;
      rest.remove_prefix(std::min(other.size() + 1, rest.size()));
    }
  }
  return false;
}

}  // namespace

std::string_view nearest_name(std::string_view name, std::span<const std::string_view> known) {
  if (name.empty() || name.size() > 64) return {};
  const std::size_t near = std::max<std::size_t>(2, name.size() / 3);
  std::string_view best;
  std::size_t best_distance = near + 1;
  for (const auto candidate : known) {
    const std::size_t edits = edit_distance(name, candidate);
    // "webhook_url" means "external_webhook_url" although many letters are missing.
    const bool contained = std::min(name.size(), candidate.size()) >= 4 &&
                           (candidate.find(name) != candidate.npos || name.find(candidate) != name.npos);
    const bool alike = contained || share_word(name, candidate);
    const std::size_t distance = alike ? std::min(edits, near) : edits;
    if (distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

Fields::Fields(const json::object& object, std::string path, std::vector<FieldError>& errors)
    : object_(object), path_(std::move(path)), errors_(errors) {}

std::string Fields::path_of(std::string_view name) const {
  if (name.empty()) return path_.empty() ? "/" : path_;
  return path_ + "/" + escape_pointer(name);
}

void Fields::wrong(std::string_view name, std::string message) {
  if (errors_.size() < kMaxErrors) errors_.push_back({path_of(name), std::move(message)});
}

const json::value* Fields::find(std::string_view name) {
  if (std::find(known_.begin(), known_.end(), name) == known_.end()) known_.push_back(name);
  const auto* value = object_.if_contains(name);
  return value && !value->is_null() ? value : nullptr;
}

const json::value* Fields::require(std::string_view name) {
  const auto* value = find(name);
  if (!value) wrong(name, "is required");
  return value;
}

std::optional<std::string> Fields::text(std::string_view name, std::size_t max, std::size_t min) {
  const auto* value = find(name);
  return value ? text_of(name, *value, max, min) : std::nullopt;
}

std::optional<std::string> Fields::required_text(std::string_view name, std::size_t max, std::size_t min) {
  const auto* value = require(name);
  return value ? text_of(name, *value, max, min) : std::nullopt;
}

std::optional<std::string> Fields::text_of(std::string_view name, const json::value& value, std::size_t max,
                                           std::size_t min) {
  if (!value.is_string()) {
    wrong(name, "must be a string, not " + std::string(kind_name(value)));
    return {};
  }
  const auto& text = value.get_string();
  if (text.size() < min) {
    wrong(name, "must not be empty");
    return {};
  }
  if (text.size() > max) {
    wrong(name, "is longer than " + std::to_string(max) + " bytes");
    return {};
  }
  return std::string(text);
}

std::optional<bool> Fields::boolean(std::string_view name) {
  const auto* value = find(name);
  if (!value) return {};
  if (!value->is_bool()) {
    wrong(name, "must be true or false, not " + std::string(kind_name(*value)));
    return {};
  }
  return value->get_bool();
}

std::optional<std::int64_t> Fields::integer(std::string_view name, std::int64_t min, std::int64_t max) {
  const auto* value = find(name);
  if (!value) return {};
  if (value->is_int64() && value->get_int64() >= min && value->get_int64() <= max) return value->get_int64();
  // 20.0 is a whole number too.
  if (value->is_double() && value->get_double() >= double(min) && value->get_double() <= double(max)) {
    const auto whole = static_cast<std::int64_t>(value->get_double());
    if (double(whole) == value->get_double()) return whole;
  }
  wrong(name, "must be a whole number from " + std::to_string(min) + " to " + std::to_string(max));
  return {};
}

std::optional<Timestamp> Fields::time(std::string_view name) {
  const auto* value = find(name);
  if (!value) return {};
  const auto at = read_time(*value);
  if (!at) wrong(name, "must be a time in ISO 8601, such as 2026-03-11T14:20:07Z, or in epoch milliseconds");
  return at;
}

const json::object* Fields::object(std::string_view name) {
  const auto* value = find(name);
  if (!value) return nullptr;
  if (!value->is_object()) {
    wrong(name, "must be an object, not " + std::string(kind_name(*value)));
    return nullptr;
  }
  return &value->get_object();
}

const json::array* Fields::array(std::string_view name, std::size_t max_size) {
  const auto* value = find(name);
  if (!value) return nullptr;
  if (!value->is_array()) {
    wrong(name, "must be an array, not " + std::string(kind_name(*value)));
    return nullptr;
  }
  if (value->get_array().size() > max_size) {
    wrong(name, "has more than " + std::to_string(max_size) + " elements");
    return nullptr;
  }
  return &value->get_array();
}

void Fields::done() {
  for (const auto& member : object_) {
    const std::string_view name = member.key();
    if (std::find(known_.begin(), known_.end(), name) != known_.end()) continue;
    const auto near = nearest_name(name, known_);
    wrong(name,
          near.empty() ? "is not a known field" : "is not a known field; did you mean \"" + std::string(near) + "\"?");
  }
}

Error invalid_fields(std::vector<FieldError> fields) {
  Error error{Code::invalid, "invalid_request", "", "", std::move(fields)};
  error.message = error.fields.front().path + " " + error.fields.front().message;
  if (error.fields.size() > 1) error.message += " (and " + std::to_string(error.fields.size() - 1) + " more)";
  return error;
}

Status must_be_object(const json::value& body) {
  if (body.is_object()) return {};
  return fail(invalid_fields({{"/", "must be a JSON object, not " + std::string(kind_name(body))}}));
}

}  // namespace wrapup
