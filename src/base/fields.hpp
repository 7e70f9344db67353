// Reads a JSON object field by field and collects everything that is wrong with it, each with its path and what would
// be right. Used by whatever takes JSON from outside. A field that is null counts as absent. The reader remembers what
// was asked for, so that `done()` can name the fields nobody knows, with the nearest known name.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/container/small_vector.hpp>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "base/result.hpp"

namespace wrapup {

class Fields {
 public:
  /// `path` is the JSON pointer of `object` in the body ("" for the body itself). Both references must outlive the
  /// reader.
  Fields(const json::object& object, std::string path, std::vector<FieldError>& errors);

  /// The object that is read.
  const json::object& object() const { return object_; }
  /// The member, or null when it is absent or null.
  const json::value* find(std::string_view name);
  /// As find; absent is an error.
  const json::value* require(std::string_view name);

  /// Text of `min`..`max` bytes; an error otherwise. Empty optional when absent or wrong.
  std::optional<std::string> text(std::string_view name, std::size_t max = 10'000, std::size_t min = 0);
  std::optional<std::string> required_text(std::string_view name, std::size_t max = 10'000, std::size_t min = 1);
  std::optional<bool> boolean(std::string_view name);
  std::optional<std::int64_t> integer(std::string_view name, std::int64_t min, std::int64_t max);
  /// ISO 8601 or epoch milliseconds.
  std::optional<Timestamp> time(std::string_view name);
  const json::object* object(std::string_view name);
  const json::array* array(std::string_view name, std::size_t max_size);

  /// Records an error at `name` (empty: at the object itself).
  void wrong(std::string_view name, std::string message);
  /// Names every member that was never asked for.
  void done();
  std::string path_of(std::string_view name) const;

 private:
  std::optional<std::string> text_of(std::string_view name, const json::value& value, std::size_t max, std::size_t min);

  const json::object& object_;
  std::string path_;
  std::vector<FieldError>& errors_;
  boost::container::small_vector<std::string_view, 32> known_;  // what was asked for
};

/// One error that says it all: `invalid_request`, with the first field's words in the message and every field in
/// `fields`.
Error invalid_fields(std::vector<FieldError> fields);

/// Of `known` the one that is least edits away from `name`, if that is near enough to be meant; else empty.
std::string_view nearest_name(std::string_view name, std::span<const std::string_view> known);

/// `invalid_request` unless the body is an object.
Status must_be_object(const json::value& body);

/// "a string", "a number"…: what `value` is, for error messages.
std::string_view kind_name(const json::value& value);

}  // namespace wrapup
