// Finds many set phrases in a text in one pass. Used to hear farewells and moods in transcripts. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace wrapup {

/// Lower case, Latin accents dropped (é becomes e, ß becomes s), everything but letters and digits one space, a space
/// at both ends.
std::string fold_words(std::string_view text);

class PhraseSet {
 public:
  struct Group {
    std::size_t tag;                            // below kTags
    std::span<const std::string_view> phrases;  // as fold_words writes them, without the outer spaces
  };
  static constexpr std::size_t kTags = 8;
  using Counts = std::array<int, kTags>;

  explicit PhraseSet(std::initializer_list<Group> groups);

  /// How often phrases of each tag stand in `folded` (from fold_words), as whole words.
  Counts count(std::string_view folded) const;

 private:
  struct Entry {
    std::string_view phrase;
    std::size_t tag;
  };
  static constexpr std::size_t kBuckets = 1024;

  std::array<std::vector<Entry>, kBuckets> by_first_word_;
};

}  // namespace wrapup
