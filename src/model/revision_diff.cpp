#include "model/revision_diff.hpp"

#include <algorithm>
#include <string_view>

namespace wrapup {

namespace {

std::string pointer_part(std::string_view key) {
  std::string out = "/";
  for (const char c : key) {
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

class Comparison {
 public:
  Comparison(std::vector<PayloadChange>& changes, std::size_t limit) : changes_(changes), limit_(limit) {}

  void values(const std::string& path, const json::value& before, const json::value& after) {
    if (changes_.size() >= limit_ || before == after) return;
    if (before.is_object() && after.is_object()) return members(path, before.get_object(), after.get_object());
    if (before.is_array() && after.is_array()) return elements(path, before.get_array(), after.get_array());
    changes_.push_back({path, before, after});
  }

  void members(const std::string& path, const json::object& before, const json::object& after) {
    for (const auto& [key, value] : before) {
      if (leaves_out(path, key)) continue;
      const auto* now = after.if_contains(key);
      values(path + pointer_part(key), value, now ? *now : json::value(nullptr));
    }
    for (const auto& [key, value] : after) {
      if (!before.contains(key) && !leaves_out(path, key)) values(path + pointer_part(key), nullptr, value);
    }
  }

 private:
  static bool leaves_out(std::string_view path, std::string_view key) {
    return path == "/event" && key != "complete" && key != "missing";
  }

  void elements(const std::string& path, const json::array& before, const json::array& after) {
    for (std::size_t i = 0; i < std::max(before.size(), after.size()); ++i) {
      values(path + "/" + std::to_string(i), i < before.size() ? before[i] : json::value(nullptr),
             i < after.size() ? after[i] : json::value(nullptr));
    }
  }

  std::vector<PayloadChange>& changes_;
  std::size_t limit_;
};

}  // namespace

std::vector<PayloadChange> changes_between(const json::object& before, const json::object& after, std::size_t limit) {
  std::vector<PayloadChange> changes;
  Comparison(changes, limit).members("", before, after);
  return changes;
}

}  // namespace wrapup
