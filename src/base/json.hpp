// JSON in and out. In: Boost.JSON with the limits that hostile bodies need. Out: a writer that appends to one string in
// the order it is called, with numbers as ECMAScript prints them (RFC 8259; Boost.JSON 1.81 prints 0.85 as 8.5E-1).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "base/result.hpp"

namespace wrapup {

namespace json = boost::json;

/// Deepest nesting that parse_json accepts.
inline constexpr std::size_t kMaxJsonDepth = 32;

/// Parses one JSON text. Refused with `invalid`, name "invalid_json", and the line and column: bad syntax, bad UTF-8,
/// lone surrogates, nesting deeper than kMaxJsonDepth, U+0000 in a string, numbers beyond a double. Of a key that
/// stands twice the last counts.
Result<json::value> parse_json(std::string_view text, json::storage_ptr storage = {});

/// Takes the elements of one array as they are parsed, in place of a tree of them: objects of texts and whole numbers.
/// What answers false leaves the array to the tree.
class ArrayElements {
 public:
  virtual ~ArrayElements() = default;
  /// The member of the root that holds the array.
  virtual std::string_view name() const = 0;
  virtual bool begin() = 0;
  /// Of each member its name, then its text or its number. Of a name that stands twice the last counts.
  virtual bool key(std::string_view name) = 0;
  virtual bool text(std::string_view text) = 0;
  virtual bool integer(std::int64_t number) = 0;
  virtual bool end() = 0;
  /// Those taken so far are in the tree.
  virtual void forget() = 0;
};

/// A JSON text whose tree lies in one block of memory, which makes it cheap to build and free to drop. To be read and
/// left: a value that shall outlive it must be copied into storage of its own, as assignment does and json::value(v,
/// {}); json::value(v) would share the block.
class JsonDocument {
 public:
  /// As parse_json.
  static Result<JsonDocument> parse(std::string_view text);
  /// The same; where `elements` takes them, an empty array stands in the tree.
  static Result<JsonDocument> parse(std::string_view text, ArrayElements& elements);
  JsonDocument(JsonDocument&&) = default;
  JsonDocument& operator=(JsonDocument&&) = delete;  // would drop the memory before the tree in it
  ~JsonDocument();
  const json::value& root() const { return root_; }

 private:
  using Block = std::unique_ptr<unsigned char[]>;
  JsonDocument(Block block, std::unique_ptr<json::monotonic_resource> memory, json::value root)
      : block_(std::move(block)), memory_(std::move(memory)), root_(std::move(root)) {}
  template <class Parse>
  static Result<JsonDocument> in_block(Parse parse);

  Block block_;  // where the tree begins
  std::unique_ptr<json::monotonic_resource> memory_;
  json::value root_;
};

/// Appends JSON to a string. The caller keeps objects and arrays balanced; commas and escapes are done here.
class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}

  JsonWriter& begin_object();
  JsonWriter& end_object();
  JsonWriter& begin_array();
  JsonWriter& end_array();
  JsonWriter& key(std::string_view name);
  JsonWriter& string(std::string_view text);
  JsonWriter& integer(std::int64_t number);
  JsonWriter& number(double number);
  JsonWriter& boolean(bool value);
  JsonWriter& null();
  JsonWriter& value(const json::value& value);
  JsonWriter& object(const json::object& value);
  JsonWriter& array(const json::array& value);
  /// Text that is JSON already.
  JsonWriter& raw(std::string_view text);

  /// A member in one call.
  JsonWriter& member(std::string_view name, std::string_view text) { return key(name).string(text); }
  JsonWriter& member(std::string_view name, const char* text) { return key(name).string(text); }
  JsonWriter& member(std::string_view name, const std::string& text) { return key(name).string(text); }
  JsonWriter& member(std::string_view name, std::int64_t value) { return key(name).integer(value); }
  JsonWriter& member(std::string_view name, int value) { return key(name).integer(value); }
  JsonWriter& member(std::string_view name, bool flag) { return key(name).boolean(flag); }
  JsonWriter& member(std::string_view name, const json::value& v) { return key(name).value(v); }
  JsonWriter& member(std::string_view name, const json::object& v) { return key(name).object(v); }
  /// null when there is no text
  JsonWriter& member(std::string_view name, const std::optional<std::string>& text);

 private:
  void separate();

  std::string& out_;
  bool comma_ = false;  // whether the next key, or element of an array, needs one before it
};

/// `value` as JSON text.
std::string to_text(const json::value& value);

}  // namespace wrapup
