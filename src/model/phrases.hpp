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
    std::size_t start_before = 0;  // where it starts; 0: no phrase of two words and more begins with it
    std::size_t word = 0;
    for (std::size_t start = 1; start < folded.size(); ++word) {
      std::uint32_t hash = kSeed;
      std::size_t end = start;
      for (; end < folded.size() && folded[end] != ' '; ++end) hash = step(hash, folded[end]);
      if (start_before != 0) match(folded, start_before, join(before, hash), word - 1, found);
      const std::uint8_t begins = begins_[slot(hash)];
      if ((begins & kWhole) != 0) match(folded, start, hash, word, found);
      before = hash;
      start_before = (begins & kFirst) != 0 ? start : 0;
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
  static constexpr std::size_t kSlots = 16384;
  static constexpr std::uint8_t kWhole = 1;  // a word that is a phrase
  static constexpr std::uint8_t kFirst = 2;  // the first word of a longer one

  static std::uint32_t step(std::uint32_t hash, char c) { return hash * 31 + static_cast<unsigned char>(c); }
  static std::uint32_t join(std::uint32_t first, std::uint32_t second) { return (first * 31 + second) * 2654435761U; }
  static std::size_t slot(std::uint32_t hash) { return (hash ^ (hash >> 14)) % kSlots; }

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
  std::array<std::uint8_t, kSlots> begins_{};  // most words of a call begin no phrase, and are told here
};

}  // namespace wrapup
