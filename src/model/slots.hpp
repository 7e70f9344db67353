// How work is shared out among nodes: every id belongs to one of 256 slots, by its last two hex digits (random in a
// UUIDv7), and a slot to at most one node. What a node holds no slot of it leaves alone. Pure.
#pragma once

#include <bitset>
#include <string>
#include <string_view>

namespace wrapup {

class Slots {
 public:
  static constexpr std::size_t kCount = 256;

  static Slots all() {
    Slots slots;
    slots.bits_.set();
    return slots;
  }
  /// Of a UUID.
  static std::size_t of(std::string_view id) {
    if (id.size() < 2) return 0;
    return 16 * digit(id[id.size() - 2]) + digit(id.back());
  }

  void add(std::size_t slot) { bits_.set(slot); }
  void remove(std::size_t slot) { bits_.reset(slot); }
  bool has(std::size_t slot) const { return bits_.test(slot); }
  bool holds(std::string_view id) const { return has(of(id)); }
  bool is_all() const { return bits_.all(); }
  std::size_t count() const { return bits_.count(); }
  /// Those of them that `others` has not.
  Slots without(const Slots& others) const {
    Slots rest;
    rest.bits_ = bits_ & ~others.bits_;
    return rest;
  }
  /// ",00,1f,": what a condition of the store looks an id's digits up in.
  std::string text() const {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string out = ",";
    for (std::size_t slot = 0; slot < kCount; ++slot) {
      if (has(slot)) out.append({kDigits[slot / 16], kDigits[slot % 16], ','});
    }
    return out;
  }
  bool operator==(const Slots&) const = default;

 private:
  static std::size_t digit(char c) {
    if (c >= '0' && c <= '9') return static_cast<std::size_t>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<std::size_t>(c - 'a' + 10);
    return 0;
  }

  std::bitset<kCount> bits_;
};

}  // namespace wrapup
