// Finds many set phrases in a text in one pass. Used to hear farewells, moods and other cues in transcripts. Pure; made
// once, then read from any thread.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace wrapup {

/// Lower case, Latin accents dropped (é becomes e, ß becomes s), everything but letters and digits one space, a space
/// at both ends.
std::string fold_words(std::string_view text);
/// The same written to `out`, which has room for two bytes more than `text` has; answers the end of it.
char* fold_words(std::string_view text, char* out);

class PhraseSet {
  static_assert(std::endian::native == std::endian::little, "words are read as numbers, their first byte lowest");

 public:
  using Tag = std::uint16_t;

  /// A phrase as fold_words writes it, without the outer spaces; not empty.
  void add(std::string_view phrase, Tag tag);

  /// Calls `found(tag, word, length)` for each phrase that stands in `folded` (from fold_words) as whole words: `word`
  /// counts the words before it, `length` its bytes.
  template <class Found>
  void each(std::string_view folded, Found found) const {
    std::uint32_t before = 0;      // hash of the word before
    std::size_t start_before = 0;  // where it starts; 0: no phrase of two words and more begins with it
    std::size_t word = 0;
    for (std::size_t start = 1; start < folded.size(); ++word) {
      const Word here = read_word(folded, start);
      if (start_before != 0) {
        const std::uint32_t pair = join(before, here.hash);
        if (may_be_pair(pair)) match(folded, start_before, pair, word - 1, found);
      }
      const std::uint8_t begins = begins_[slot(here.hash)];
      if ((begins & kWhole) != 0) match_word(folded, start, here, word, found);
      before = here.hash;
      start_before = (begins & kFirst) != 0 ? start : 0;
      start += here.size + 1;
    }
  }

 private:
  struct Entry {
    std::uint64_t rest;  // as Word has it; of a phrase of several words 0
    std::uint32_t hash;
    std::uint32_t next;  // of the same bucket; kNone ends
    std::uint32_t text;  // where it stands in texts_
    std::uint16_t size;
    Tag tag;
  };
  static constexpr std::uint64_t kSeed = 7;
  static constexpr std::uint64_t kSpaces = 0x2020202020202020U;
  static constexpr std::uint32_t kNone = 0xFFFFFFFFU;
  static constexpr std::size_t kBuckets = 4096;
  static constexpr std::size_t kSlots = 16384;
  static constexpr std::size_t kPairSlots = 65536;
  static constexpr std::uint8_t kWhole = 1;  // a word that is a phrase
  static constexpr std::uint8_t kFirst = 2;  // the first word of a longer one

  struct Word {
    std::uint64_t rest;  // its last bytes, behind as many eights as it has; of one shorter than eight the whole word
    std::uint32_t hash;
    std::size_t size;
  };

  // Eight bytes at `at` as a number, spaces behind the end.
  static std::uint64_t load(std::string_view text, std::size_t at) {
    std::uint64_t bytes = kSpaces;
    if (at + sizeof(bytes) <= text.size()) {
      std::memcpy(&bytes, text.data() + at, sizeof(bytes));
    } else {
      std::memcpy(&bytes, text.data() + at, text.size() - at);
    }
    return bytes;
  }

  // The word that starts there, eight bytes at a time: its end is the first space.
  static Word read_word(std::string_view text, std::size_t start) {
    std::uint64_t sum = kSeed;
    for (std::size_t at = start;; at += 8) {
      const std::uint64_t bytes = at < text.size() ? load(text, at) : kSpaces;
      const std::uint64_t zero = bytes ^ kSpaces;
      const std::uint64_t spaces = (zero - 0x0101010101010101U) & ~zero & 0x8080808080808080U;
      if (spaces == 0) {
        sum = (sum ^ bytes) * 0x9E3779B97F4A7C15U;
        continue;
      }
      const auto left = static_cast<std::size_t>(std::countr_zero(spaces)) / 8;
      const std::uint64_t rest = left == 0 ? 0 : bytes & (~std::uint64_t{0} >> (64 - 8 * left));
      sum = (sum ^ rest) * 0x9E3779B97F4A7C15U;
      return {rest, static_cast<std::uint32_t>(sum >> 32), at + left - start};
    }
  }

  static std::uint32_t join(std::uint32_t first, std::uint32_t second) { return (first * 31 + second) * 2654435761U; }
  static std::size_t slot(std::uint32_t hash) { return (hash ^ (hash >> 14)) % kSlots; }

  static std::size_t pair_slot(std::uint32_t hash) { return (hash >> 8) % kPairSlots; }
  bool may_be_pair(std::uint32_t hash) const {
    return (pairs_[pair_slot(hash) / 64] >> (pair_slot(hash) % 64) & 1) != 0;
  }

  template <class Found>
  void match(std::string_view folded, std::size_t start, std::uint32_t hash, std::size_t word, Found& found) const {
    for (std::uint32_t at = first_[hash % kBuckets]; at != kNone; at = entries_[at].next) {
      const Entry& entry = entries_[at];
      if (entry.hash != hash) continue;
      const std::size_t after = start + entry.size;
      const bool whole = after < folded.size() && folded[after] == ' ';
      if (whole && std::memcmp(folded.data() + start, texts_.data() + entry.text, entry.size) == 0)
        found(entry.tag, word, entry.size);
    }
  }

  // Phrases of one word: short ones are told without a look at their letters.
  template <class Found>
  void match_word(std::string_view folded, std::size_t start, const Word& here, std::size_t word, Found& found) const {
    for (std::uint32_t at = first_[here.hash % kBuckets]; at != kNone; at = entries_[at].next) {
      const Entry& entry = entries_[at];
      if (entry.rest != here.rest || entry.size != here.size) continue;
      if (here.size < 8 || std::memcmp(folded.data() + start, texts_.data() + entry.text, entry.size) == 0)
        found(entry.tag, word, entry.size);
    }
  }

  std::vector<Entry> entries_;
  std::string texts_;
  std::vector<std::uint32_t> first_ = std::vector<std::uint32_t>(kBuckets, kNone);
  std::array<std::uint64_t, kPairSlots / 64> pairs_{};  // whether a phrase may begin with two words of that hash
  std::array<std::uint8_t, kSlots> begins_{};           // most words of a call begin no phrase, and are told here
};

}  // namespace wrapup
