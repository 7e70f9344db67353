#include "model/phrases.hpp"

namespace wrapup {

namespace {

// What a byte of ASCII becomes.
constexpr std::array<char, 128> ascii_folds() {
  std::array<char, 128> folds{};
  for (std::size_t c = 0; c < folds.size(); ++c) {
    const char letter = static_cast<char>(c);
    const bool kept = (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9');
    const bool upper = letter >= 'A' && letter <= 'Z';
    folds[c] = kept ? letter : upper ? static_cast<char>(c + 32) : ' ';
  }
  return folds;
}

constexpr std::array<char, 128> kAscii = ascii_folds();

// U+00C0 to U+00FF, which UTF-8 writes as 0xC3 and this byte; '*' becomes a space.
constexpr std::string_view kLatin1 = "aaaaaaaceeeeiiiidnooooo*ouuuuytsaaaaaaaceeeeiiiidnooooo*ouuuuyty";

// How many bytes a punctuation mark outside ASCII has that begins `rest`: U+0080 to U+00BF (¡ ¿ «), U+2000 to U+206F (’
// “ …). 0: none.
std::size_t mark_size(std::string_view rest) {
  if (rest.size() >= 2 && rest[0] == '\xC2') return 2;
  return rest.size() >= 3 && rest[0] == '\xE2' && (rest[1] == '\x80' || rest[1] == '\x81') ? 3 : 0;
}

std::uint32_t hash_step(std::uint32_t hash, char c) { return hash * 31 + static_cast<unsigned char>(c); }

std::size_t first_word_bucket(std::string_view phrase, std::size_t buckets) {
  std::uint32_t hash = 0;
  for (const char c : phrase.substr(0, phrase.find(' '))) hash = hash_step(hash, c);
  return hash % buckets;
}

}  // namespace

std::string fold_words(std::string_view text) {
  std::string out(text.size() + 2, ' ');
  char* end = out.data() + 1;  // behind the first space
  bool space = true;           // whether that is what stands before it
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    char next = text[i];  // letters of other scripts stay as they are
    if (byte < 0x80) {
      next = kAscii[byte];
    } else if (byte == 0xC3 && i + 1 < text.size()) {
      const auto second = static_cast<unsigned char>(text[++i]);
      next = second >= 0x80 && second <= 0xBF ? kLatin1[second - 0x80] : ' ';
      if (next == '*') next = ' ';
    } else if (const auto size = mark_size(text.substr(i)); size > 0) {
      i += size - 1;
      next = ' ';
    }
    *end = next;
    end += next != ' ' || !space;
    space = next == ' ';
  }
  if (!space) *end++ = ' ';
  out.resize(static_cast<std::size_t>(end - out.data()));
  return out;
}

PhraseSet::PhraseSet(std::initializer_list<Group> groups) {
  for (const auto& group : groups) {
    for (const auto phrase : group.phrases) {
      by_first_word_[first_word_bucket(phrase, kBuckets)].push_back({phrase, group.tag});
    }
  }
}

PhraseSet::Counts PhraseSet::count(std::string_view folded) const {
  Counts counts{};
  std::size_t start = 1;
  while (start < folded.size()) {
    std::uint32_t hash = 0;
    std::size_t end = start;
    for (; end < folded.size() && folded[end] != ' '; ++end) hash = hash_step(hash, folded[end]);
    for (const auto& entry : by_first_word_[hash % kBuckets]) {
      const std::size_t after = start + entry.phrase.size();
      const bool whole = after < folded.size() && folded[after] == ' ';
      if (whole && folded.substr(start, entry.phrase.size()) == entry.phrase) ++counts[entry.tag];
    }
    start = end + 1;
  }
  return counts;
}

}  // namespace wrapup
