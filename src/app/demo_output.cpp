#include "app/demo_output.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace wrapup {

namespace {

// Select Graphic Rendition (ECMA-48, section 8.3.117), in the order of Paint.
constexpr std::array<std::string_view, 8> kCodes{"", "1", "32", "31", "34", "33", "36", "2"};

constexpr std::string_view kIndent = "   ";

void write(std::FILE* file, const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), file);
  std::fflush(file);
}

void new_line(std::string& out, std::size_t depth) {
  out += '\n';
  out += kIndent;
  out.append(depth * 2, ' ');
}

}  // namespace

std::string DemoOutput::painted(Paint paint, std::string_view text) const {
  if (!color_ || paint == Paint::none) return std::string(text);
  return "\x1b[" + std::string(kCodes[static_cast<std::size_t>(paint)]) + "m" + std::string(text) + "\x1b[0m";
}

void DemoOutput::heading(std::string_view text) {
  const std::string number = std::to_string(++steps_) + ". ";
  write(stdout, (steps_ == 1 ? "" : "\n") + painted(Paint::bold, number + std::string(text)) + "\n");
}

void DemoOutput::line(std::string_view text) { write(stdout, std::string(kIndent) + std::string(text) + "\n"); }

void DemoOutput::good(std::string_view text) {
  write(stdout, std::string(kIndent) + painted(Paint::green, "ok") + "  " + std::string(text) + "\n");
}

void DemoOutput::bad(std::string_view text) { write(stderr, painted(Paint::red, text) + "\n"); }

void DemoOutput::json(const json::value& value) {
  std::string out(kIndent);
  append(out, value, 0);
  out += '\n';
  write(stdout, out);
}

void DemoOutput::append(std::string& out, const json::value& value, std::size_t depth) const {
  switch (value.kind()) {
    case json::kind::object: return append_members(out, value.get_object(), depth);
    case json::kind::array: return append_elements(out, value.get_array(), depth);
    case json::kind::string: out += painted(Paint::green, to_text(value)); return;
    case json::kind::null: out += painted(Paint::dim, "null"); return;
    case json::kind::bool_: out += painted(Paint::yellow, to_text(value)); return;
    default: out += painted(Paint::cyan, to_text(value)); return;
  }
}

void DemoOutput::append_members(std::string& out, const json::object& object, std::size_t depth) const {
  if (object.empty()) {
    out += "{}";
    return;
  }
  out += '{';
  for (std::size_t left = object.size(); const auto& [key, member] : object) {
    new_line(out, depth + 1);
    out += painted(Paint::blue, to_text(json::value(key))) + ": ";
    append(out, member, depth + 1);
    if (--left > 0) out += ',';
  }
  new_line(out, depth);
  out += '}';
}

void DemoOutput::append_elements(std::string& out, const json::array& array, std::size_t depth) const {
  const bool plain = std::ranges::none_of(array, [](const json::value& v) { return v.is_object() || v.is_array(); });
  out += '[';
  for (std::size_t left = array.size(); const auto& element : array) {
    if (!plain) new_line(out, depth + 1);
    append(out, element, depth + 1);
    if (--left > 0) out += plain ? ", " : ",";
  }
  if (!plain) new_line(out, depth);
  out += ']';
}

}  // namespace wrapup
