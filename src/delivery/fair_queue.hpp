// Who is next when not everybody can be: workspaces take turns, and within one those who wait take turns. Each waits
// once. On one reactor.
#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace wrapup {

template <class Item>
class FairQueue {
 public:
  void push(const std::string& workspace_id, Item item) {
    auto& line = lines_[workspace_id];
    if (line.empty()) turns_.push_back(workspace_id);
    line.push_back(std::move(item));
  }

  /// Nothing when nobody waits.
  std::optional<Item> pop() {
    if (turns_.empty()) return {};
    std::string workspace_id = std::move(turns_.front());
    turns_.pop_front();
    const auto line = lines_.find(workspace_id);
    Item item = std::move(line->second.front());
    line->second.pop_front();
    if (line->second.empty()) {
      lines_.erase(line);
    } else {
      turns_.push_back(std::move(workspace_id));
    }
    return item;
  }

  bool empty() const { return turns_.empty(); }

 private:
  std::map<std::string, std::deque<Item>> lines_;
  std::deque<std::string> turns_;  // workspaces that have somebody waiting
};

}  // namespace wrapup
