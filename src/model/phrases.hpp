// Finds many set phrases in a text in one pass. Used to hear farewells, moods and other cues in transcripts. Pure; made
// once, then read from any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace wrapup {

/// Lower case, Latin accents dropped (é becomes e, ß becomes s), everything but letters and digits one space, a space
/// at both ends.
std::string fold_words(std::string_view text);

class PhraseSet {
 public:
  using Tag = std::uint16_t;

  /// A phrase as fold_words writes it, without the outer spaces; not empty.
  void add(std::string_view phrase, Tag tag);

  /// Calls `found(tag, word, length)` for each phrase that stands in `folded` (from fold_words) as whole words: `word`
  /// counts the words before it, `length` its bytes.
  template <class Found>
  void each(std::string_view folded, Found found) const {
    std::uint32_t before = 0;      // hash of the word before
    std::size_t start_before = 0;  // where it starts; 0: there is none
    std::size_t word = 0;
    for (std::size_t start = 1; start < folded.size(); ++word) {
      std::uint32_t hash = kSeed;
      std::size_t end = start;
      for (; end < folded.size() && folded[end] != ' '; ++end) hash = step(hash, folded[end]);
      if (may_have(hash)) match(folded, start, hash, word, found);
      const std::uint32_t pair = join(before, hash);
      if (start_before != 0 && may_have(pair)) match(folded, start_before, pair, word - 1, found);
      before = hash;
      start_before = start;
      start = end + 1;
    }
  }

 private:
  struct Entry {
    std::string phrase;
    Tag tag;
    std::uint32_t hash;
    std::uint32_t next;  // of the same bucket; kNone ends
  };
  static constexpr std::uint32_t kSeed = 7;
  static constexpr std::uint32_t kNone = 0xFFFFFFFFU;
  static constexpr std::size_t kBuckets = 4096;
  static constexpr std::size_t kFilterBits = 32768;  // 4 KB: most words of a call begin no phrase, and are told here

  static std::uint32_t step(std::uint32_t hash, char c) { return hash * 31 + static_cast<unsigned char>(c); }
  static std::uint32_t join(std::uint32_t first, std::uint32_t second) { return (first * 31 + second) * 2654435761U; }
  static std::uint32_t bit_of(std::uint32_t hash) { return (hash ^ (hash >> 15)) % kFilterBits; }
  bool may_have(std::uint32_t hash) const {
    const std::uint32_t bit = bit_of(hash);
    return ((filter_[bit / 64] >> (bit % 64)) & 1U) != 0;
  }

  template <class Found>
  void match(std::string_view folded, std::size_t start, std::uint32_t hash, std::size_t word, Found& found) const {
    for (std::uint32_t at = first_[hash % kBuckets]; at != kNone; at = entries_[at].next) {
      const Entry& entry = entries_[at];
      if (entry.hash != hash) continue;
      const std::size_t after = start + entry.phrase.size();
      const bool whole = after < folded.size() && folded[after] == ' ';
      if (whole && folded.substr(start, entry.phrase.size()) == entry.phrase)
        found(entry.tag, word, entry.phrase.size());
    }
  }

  std::vector<Entry> entries_;
  std::vector<std::uint32_t> first_ = std::vector<std::uint32_t>(kBuckets, kNone);
  std::array<std::uint64_t, kFilterBits / 64> filter_{};
};

}  // namespace wrapup
