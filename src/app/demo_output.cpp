#include "app/demo_output.hpp"

#include <cstdio>

#include "app/terminal.hpp"

namespace wrapup {

namespace {

constexpr std::string_view kIndent = "   ";

void write(std::FILE* file, const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), file);
  std::fflush(file);
}

}  // namespace

void DemoOutput::heading(std::string_view text) {
  const std::string number = std::to_string(++steps_) + ". ";
  write(stdout, (steps_ == 1 ? "" : "\n") + painted(color_, Paint::bold, number + std::string(text)) + "\n");
}

void DemoOutput::line(std::string_view text) { write(stdout, std::string(kIndent) + std::string(text) + "\n"); }

void DemoOutput::good(std::string_view text) {
  write(stdout, std::string(kIndent) + painted(color_, Paint::green, "ok") + "  " + std::string(text) + "\n");
}

void DemoOutput::bad(std::string_view text) { write(stderr, painted(color_, Paint::red, text) + "\n"); }

void DemoOutput::json(const json::value& value) {
  std::string out(kIndent);
  for (const char c : pretty_json(value, color_)) {
    out += c;
    if (c == '\n') out += kIndent;
  }
  write(stdout, out + "\n");
}

}  // namespace wrapup
