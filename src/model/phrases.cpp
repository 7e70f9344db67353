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

void PhraseSet::add(std::string_view phrase, Tag tag) {
  std::uint32_t hash = kSeed;
  std::uint32_t first = 0;
  std::size_t words = 0;
  for (std::size_t i = 0; i < phrase.size() && words < 2; ++i) {
    if (phrase[i] != ' ') hash = step(hash, phrase[i]);
    if (phrase[i] != ' ' && i + 1 < phrase.size()) continue;
    if (++words == 1) {
      first = hash;
      if (i + 1 < phrase.size()) hash = kSeed;
    }
  }
  const std::uint32_t key = words == 1 ? first : join(first, hash);
  begins_[slot(first)] |= words == 1 ? kWhole : kFirst;
  auto& bucket = first_[key % kBuckets];
  entries_.push_back({std::string(phrase), tag, key, bucket});
  bucket = static_cast<std::uint32_t>(entries_.size() - 1);
}

}  // namespace wrapup
