#include "base/json.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <utility>

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/parser.hpp>
#include <boost/json/value_stack.hpp>

#include "base/utf8.hpp"

namespace wrapup {

namespace {

// Boost.JSON's own handler, with the checks that json::parse does not make.
class Checked {
 public:
  static constexpr std::size_t max_object_size = json::object::max_size();
  static constexpr std::size_t max_array_size = json::array::max_size();
  static constexpr std::size_t max_key_size = json::string::max_size();
  static constexpr std::size_t max_string_size = json::string::max_size();

  /// `may_hold_nul`: whether the text has an escape of U+0000, without which no string can hold one.
  Checked(json::storage_ptr storage, bool may_hold_nul) : stack_({}, room_, sizeof room_), may_hold_nul_(may_hold_nul) {
    stack_.reset(std::move(storage));
  }

  json::value release() { return stack_.release(); }
  const std::string& problem() const { return problem_; }

  bool on_document_begin(json::error_code&) { return true; }
  bool on_document_end(json::error_code&) { return true; }
  bool on_object_begin(json::error_code&) { return true; }
  bool on_object_end(std::size_t n, json::error_code&) {
    stack_.push_object(n);
    return true;
  }
  bool on_array_begin(json::error_code&) { return true; }
  bool on_array_end(std::size_t n, json::error_code&) {
    stack_.push_array(n);
    return true;
  }
  bool on_key_part(json::string_view s, std::size_t, json::error_code& ec) {
    stack_.push_chars(s);
    return text_ok(s, ec);
  }
  bool on_key(json::string_view s, std::size_t, json::error_code& ec) {
    stack_.push_key(s);
    return text_ok(s, ec);
  }
  bool on_string_part(json::string_view s, std::size_t, json::error_code& ec) {
    stack_.push_chars(s);
    return text_ok(s, ec);
  }
  bool on_string(json::string_view s, std::size_t, json::error_code& ec) {
    stack_.push_string(s);
    return text_ok(s, ec);
  }
  bool on_number_part(json::string_view, json::error_code&) { return true; }
  bool on_int64(std::int64_t i, json::string_view, json::error_code&) {
    stack_.push_int64(i);
    return true;
  }
  bool on_uint64(std::uint64_t u, json::string_view, json::error_code&) {
    stack_.push_uint64(u);
    return true;
  }
  bool on_double(double d, json::string_view text, json::error_code& ec) {
    // Boost.JSON 1.81 may be off by the last digit.
    double exact = 0;
    const auto read = std::from_chars(text.begin(), text.end(), exact);
    if (read.ec == std::errc() && read.ptr == text.end()) d = exact;
    if (!std::isfinite(d)) return refuse("a number is too large for a double", ec);
    stack_.push_double(d);
    return true;
  }
  bool on_bool(bool b, json::error_code&) {
    stack_.push_bool(b);
    return true;
  }
  bool on_null(json::error_code&) {
    stack_.push_null();
    return true;
  }
  bool on_comment_part(json::string_view, json::error_code&) { return true; }
  bool on_comment(json::string_view, json::error_code&) { return true; }

 protected:
  bool text_ok(json::string_view s, json::error_code& ec) {
    if (!may_hold_nul_ || s.find('\0') == json::string_view::npos) return true;
    return refuse("a string holds the character U+0000", ec);
  }
  bool refuse(const char* why, json::error_code& ec) {
    problem_ = why;
    ec = json::error::exception;
    return false;
  }

 private:
  unsigned char room_[4096];  // for the stack, until it needs more
  json::value_stack stack_;
  bool may_hold_nul_;
  std::string problem_;
};

// The same, with the elements of one array of the root given to their reader; an empty array stands in the tree.
class CheckedElements : public Checked {
 public:
  CheckedElements(json::storage_ptr storage, bool may_hold_nul, ArrayElements& elements)
      : Checked(std::move(storage), may_hold_nul), elements_(elements) {}

  /// Whether the array is not one that its reader takes.
  bool left() const { return left_; }

  bool on_object_begin(json::error_code& ec) {
    if (!in_array_) {
      ++depth_;
      return Checked::on_object_begin(ec);
    }
    if (in_element_) return leave(ec);
    in_element_ = true;
    return elements_.begin() || leave(ec);
  }
  bool on_object_end(std::size_t n, json::error_code& ec) {
    if (!in_array_) {
      --depth_;
      return Checked::on_object_end(n, ec);
    }
    in_element_ = false;
    return elements_.end() || leave(ec);
  }
  bool on_array_begin(json::error_code& ec) {
    if (in_array_) return leave(ec);
    in_array_ = named_ && depth_ == 1;
    if (!in_array_) ++depth_;
    return Checked::on_array_begin(ec);
  }
  bool on_array_end(std::size_t n, json::error_code& ec) {
    if (!in_array_) --depth_;
    return Checked::on_array_end(std::exchange(in_array_, false) ? 0 : n, ec);
  }
  bool on_key_part(json::string_view s, std::size_t n, json::error_code& ec) {
    return in_array_ ? leave(ec) : Checked::on_key_part(s, n, ec);
  }
  bool on_key(json::string_view s, std::size_t n, json::error_code& ec) {
    if (in_array_) return text_ok(s, ec) && (elements_.key(s) || leave(ec));
    named_ = depth_ == 1 && s == elements_.name();
    if (named_ && std::exchange(met_, true)) return leave(ec);  // the last one counts, and this one is read
    return Checked::on_key(s, n, ec);
  }
  bool on_string_part(json::string_view s, std::size_t n, json::error_code& ec) {
    if (!in_array_) return Checked::on_string_part(s, n, ec);
    parts_.append(s);
    return text_ok(s, ec);
  }
  bool on_string(json::string_view s, std::size_t n, json::error_code& ec) {
    if (!in_array_) return Checked::on_string(s, n, ec);
    if (!in_element_) return leave(ec);
    if (!text_ok(s, ec)) return false;
    if (parts_.empty()) return elements_.text(s) || leave(ec);
    parts_.append(s);
    const bool taken = elements_.text(parts_);
    parts_.clear();
    return taken || leave(ec);
  }
  bool on_int64(std::int64_t i, json::string_view text, json::error_code& ec) {
    if (!in_array_) return Checked::on_int64(i, text, ec);
    return (in_element_ && elements_.integer(i)) || leave(ec);
  }
  bool on_uint64(std::uint64_t u, json::string_view text, json::error_code& ec) {
    return in_array_ ? leave(ec) : Checked::on_uint64(u, text, ec);
  }
  bool on_double(double d, json::string_view text, json::error_code& ec) {
    return in_array_ ? leave(ec) : Checked::on_double(d, text, ec);
  }
  bool on_bool(bool b, json::error_code& ec) { return in_array_ ? leave(ec) : Checked::on_bool(b, ec); }
  bool on_null(json::error_code& ec) { return in_array_ ? leave(ec) : Checked::on_null(ec); }

 private:
  bool leave(json::error_code& ec) {
    left_ = true;
    ec = json::error::exception;
    return false;
  }

  ArrayElements& elements_;
  std::string parts_;  // of a text with escapes
  int depth_ = 0;      // of what is built as a tree
  bool named_ = false;
  bool met_ = false;
  bool in_array_ = false;
  bool in_element_ = false;
  bool left_ = false;
};

std::string place(std::string_view text, std::size_t offset) {
  std::size_t line = 1;
  std::size_t column = 1;
  for (const char c : text.substr(0, offset)) {
    if (c == '\n') {
      ++line;
      column = 1;
    } else if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) {
      ++column;
    }
  }
  return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

// What the parser calls a syntax error, told apart by what stands at `place`, where it stopped.
std::string syntax_error(std::string_view text, std::size_t place) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0x20u; };
  if (byte(place) < 0x20) return "a control character that is not written as an escape, such as \\u0001";
  if (byte(place) >= 0x80 || (place > 0 && byte(place - 1) >= 0x80)) return "bytes that are not UTF-8";
  const std::string_view before = text.substr(place < 6 ? 0 : place - 6, std::min<std::size_t>(place, 6));
  const bool high = before.size() == 6 && before.starts_with("\\u") && (before[2] == 'd' || before[2] == 'D') &&
                    std::string_view("89abAB").find(before[3]) != std::string_view::npos;
  return high ? "a high surrogate without the low surrogate behind it" : "syntax error";
}

json::parse_options options_of(std::string_view text) {
  json::parse_options options;
  options.max_depth = kMaxJsonDepth;
  // The parser looks at sixteen bytes at a time only where it need not check UTF-8; of a text that fails the check, it
  // finds the place.
  options.allow_invalid_utf8 = is_utf8(text);
  return options;
}

bool may_hold_nul(std::string_view text) { return text.find("\\u0000") != std::string_view::npos; }

// What is wrong with the text; nothing when it was read to its end.
template <class Handler>
std::optional<Error> read_whole(json::basic_parser<Handler>& parser, std::string_view text) {
  json::error_code ec;
  const std::size_t used = parser.write_some(false, text.data(), text.size(), ec);
  if (!ec && used < text.size()) ec = json::error::extra_data;
  if (!ec) return {};
  std::string why = parser.handler().problem().empty() ? ec.message() : parser.handler().problem();
  if (ec == json::error::syntax) why = syntax_error(text, used);
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) why = "the body is empty";
  return Error{
      Code::invalid, "invalid_json", "the body is not valid JSON: " + why + " at " + place(text, used), "", {}};
}

}  // namespace

Result<json::value> parse_json(std::string_view text, json::storage_ptr storage) {
  json::basic_parser<Checked> parser(options_of(text), std::move(storage), may_hold_nul(text));
  if (auto error = read_whole(parser, text)) return fail(std::move(*error));
  return parser.handler().release();
}

namespace {

constexpr std::size_t kBlock = 64 * 1024;  // a report of 10 KB becomes a tree of 40
// The block of the last document, still in the processor's cache.
thread_local std::unique_ptr<unsigned char[]> spare_block;

}  // namespace

template <class Parse>
Result<JsonDocument> JsonDocument::in_block(Parse parse) {
  auto block = spare_block ? std::move(spare_block) : Block(new unsigned char[kBlock]);
  auto memory = std::make_unique<json::monotonic_resource>(block.get(), kBlock);
  auto root = parse(memory.get());
  if (root) return JsonDocument(std::move(block), std::move(memory), std::move(*root));
  spare_block = std::move(block);
  return fail(std::move(root.error()));
}

Result<JsonDocument> JsonDocument::parse(std::string_view text) {
  return in_block([&](json::storage_ptr storage) { return parse_json(text, std::move(storage)); });
}

Result<JsonDocument> JsonDocument::parse(std::string_view text, ArrayElements& elements) {
  bool left = false;
  auto document = in_block([&](json::storage_ptr storage) -> Result<json::value> {
    json::basic_parser<CheckedElements> parser(options_of(text), std::move(storage), may_hold_nul(text), elements);
    auto error = read_whole(parser, text);
    left = parser.handler().left();
    if (error) return fail(std::move(*error));
    return parser.handler().release();
  });
  if (!left) return document;
  elements.forget();
  return parse(text);
}

JsonDocument::~JsonDocument() {
  if (block_) spare_block = std::move(block_);
}

void JsonWriter::separate() {
  if (comma_) out_ += ',';
  comma_ = true;
}

JsonWriter& JsonWriter::begin_object() {
  separate();
  out_ += '{';
  comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::end_object() {
  out_ += '}';
  comma_ = true;
  return *this;
}

JsonWriter& JsonWriter::begin_array() {
  separate();
  out_ += '[';
  comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::end_array() {
  out_ += ']';
  comma_ = true;
  return *this;
}

namespace {

// The shortest digits that read back the same, "1.25e+02", laid out as ECMAScript does (Number::toString): plain from
// 1e-6 up to 1e21.
void append_number(std::string& out, std::string_view scientific) {
  const auto e = scientific.find('e');
  std::string digits(1, scientific[0]);
  if (e > 2) digits += scientific.substr(2, e - 2);
  int power = 0;
  std::from_chars(scientific.data() + e + 2, scientific.data() + scientific.size(), power);
  if (scientific[e + 1] == '-') power = -power;
  const int count = static_cast<int>(digits.size());
  if (power < -6 || power >= 21) {
    if (count > 1) digits.insert(1, 1, '.');
    out.append(digits).append(power < 0 ? "e-" : "e+").append(std::to_string(std::abs(power)));
  } else if (power < 0) {
    out.append("0.").append(static_cast<std::size_t>(-power - 1), '0').append(digits);
  } else if (power + 1 >= count) {
    out.append(digits).append(static_cast<std::size_t>(power + 1 - count), '0');
  } else {
    out.append(digits.insert(static_cast<std::size_t>(power + 1), 1, '.'));
  }
}

// Whether one of the bytes must be escaped: a control character, a quote or a backslash. Without a branch, so that
// compilers look at many at once.
template <std::size_t kBytes>
bool must_escape(const char* bytes) {
  unsigned char any = 0;
  for (std::size_t i = 0; i < kBytes; ++i) {
    const auto c = static_cast<unsigned char>(bytes[i]);
    any |= static_cast<unsigned char>((c < 0x20) | (c == '"') | (c == '\\'));
  }
  return any != 0;
}

// Where in `text` the first byte stands that must be escaped, from `at` on; its size: none.
std::size_t next_escaped(std::string_view text, std::size_t at) {
  while (text.size() - at >= 32 && !must_escape<32>(text.data() + at)) at += 32;
  while (text.size() - at >= 8 && !must_escape<8>(text.data() + at)) at += 8;
  while (at < text.size() && !must_escape<1>(text.data() + at)) ++at;
  return at;
}

void append_quoted(std::string& out, std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  out += '"';
  std::size_t from = 0;
  for (std::size_t at = 0; (at = next_escaped(text, at)) < text.size(); from = ++at) {
    out.append(text, from, at - from);
    const auto c = static_cast<unsigned char>(text[at]);
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        out += "\\u00";
        out += kHex[c >> 4];
        out += kHex[c & 15];
    }
  }
  out.append(text, from);
  out += '"';
}

}  // namespace

JsonWriter& JsonWriter::key(std::string_view name) {
  separate();
  append_quoted(out_, name);
  out_ += ':';
  comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::string(std::string_view text) {
  separate();
  append_quoted(out_, text);
  return *this;
}

JsonWriter& JsonWriter::integer(std::int64_t number) {
  separate();
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  out_.append(digits, end);
  return *this;
}

JsonWriter& JsonWriter::number(double number) {
  // JSON has no infinity: what cannot be said is null.
  if (!std::isfinite(number)) return null();
  separate();
  if (number < 0) out_ += '-';
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, std::fabs(number), std::chars_format::scientific).ptr;
  append_number(out_, std::string_view(text, end));
  return *this;
}

JsonWriter& JsonWriter::boolean(bool value) {
  separate();
  out_ += value ? "true" : "false";
  return *this;
}

JsonWriter& JsonWriter::null() {
  separate();
  out_ += "null";
  return *this;
}

JsonWriter& JsonWriter::value(const json::value& value) {
  switch (value.kind()) {
    case json::kind::null: return null();
    case json::kind::bool_: return boolean(value.get_bool());
    case json::kind::int64: return integer(value.get_int64());
    case json::kind::uint64: return raw(std::to_string(value.get_uint64()));
    case json::kind::double_: return number(value.get_double());
    case json::kind::string: return string(value.get_string());
    case json::kind::array: return array(value.get_array());
    case json::kind::object: return object(value.get_object());
  }
  return null();
}

JsonWriter& JsonWriter::object(const json::object& value) {
  begin_object();
  for (const auto& [name, member] : value) key(name).value(member);
  return end_object();
}

JsonWriter& JsonWriter::array(const json::array& value) {
  begin_array();
  for (const auto& element : value) this->value(element);
  return end_array();
}

JsonWriter& JsonWriter::raw(std::string_view text) {
  separate();
  out_ += text;
  return *this;
}

JsonWriter& JsonWriter::member(std::string_view name, const std::optional<std::string>& text) {
  key(name);
  return text ? string(*text) : null();
}

std::string to_text(const json::value& value) {
  std::string out;
  JsonWriter(out).value(value);
  return out;
}

}  // namespace wrapup
