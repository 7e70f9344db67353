// What the demo prints: headings, lines and JSON, coloured where the terminal takes it. To stdout, at once; on the
// caller's thread.
#pragma once

#include <string>
#include <string_view>

#include "base/json.hpp"

namespace wrapup {

class DemoOutput {
 public:
  explicit DemoOutput(bool color) : color_(color) {}

  void heading(std::string_view text);
  void line(std::string_view text);
  /// A line that says that something is as it should be.
  void good(std::string_view text);
  /// To stderr.
  void bad(std::string_view text);
  /// Indented, a member a line, keys in their order.
  void json(const json::value& value);

 private:
  bool color_;
  int steps_ = 0;
};

}  // namespace wrapup
