#include "model/phrases.hpp"

#include <cstring>

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

namespace {

constexpr std::uint64_t kEach = 0x0101010101010101U;
constexpr std::uint64_t kHigh = 0x80 * kEach;

// For bytes below 0x80: the high bit of each that is at least `c`.
constexpr std::uint64_t at_least(std::uint64_t bytes, unsigned char c) { return bytes + (0x80U - c) * kEach; }

// Folds eight bytes at once where each becomes one: letters, digits and single spaces, which most of a text is. Else
// nothing is written. `space`: whether one stands before, and then whether the last is one.
bool fold_eight(const char* text, char* out, bool& space) {
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, text, sizeof(bytes));
  if ((bytes & kHigh) != 0) return false;
  const std::uint64_t upper = at_least(bytes, 'A') & ~at_least(bytes, 'Z' + 1) & kHigh;
  const std::uint64_t lower = at_least(bytes, 'a') & ~at_least(bytes, 'z' + 1);
  const std::uint64_t digit = at_least(bytes, '0') & ~at_least(bytes, '9' + 1);
  const std::uint64_t spaces = at_least(bytes, ' ') & ~at_least(bytes, ' ' + 1) & kHigh;
  if (((upper | lower | digit | spaces) & kHigh) != kHigh) return false;
  if ((spaces & (spaces << 8 | (space ? 0x80U : 0U))) != 0) return false;
  bytes |= upper >> 2;  // 0x20
  std::memcpy(out, &bytes, sizeof(bytes));
  space = (spaces >> 63) != 0;
  return true;
}

}  // namespace

std::string fold_words(std::string_view text) {
  std::string out(text.size() + 2, ' ');
  out.resize(static_cast<std::size_t>(fold_words(text, out.data()) - out.data()));
  return out;
}

char* fold_words(std::string_view text, char* out) {
  *out = ' ';
  char* end = out + 1;
  bool space = true;           // whether that is what stands before it
  std::size_t eight_from = 0;  // where eight bytes are tried next
  for (std::size_t i = 0; i < text.size(); ++i) {
    while (i >= eight_from && i + 8 <= text.size()) {
      if (!fold_eight(text.data() + i, end, space)) {
        eight_from = i + 8;
        break;
      }
      i += 8;
      end += 8;
    }
    if (i == text.size()) break;
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
  return end;
}

void PhraseSet::add(std::string_view phrase, Tag tag) {
  const Word first = read_word(phrase, 0);
  const bool one = first.size == phrase.size();
  const std::uint32_t key = one ? first.hash : join(first.hash, read_word(phrase, first.size + 1).hash);
  begins_[slot(first.hash)] |= one ? kWhole : kFirst;
  if (!one) pairs_[pair_slot(key) / 64] |= std::uint64_t{1} << (pair_slot(key) % 64);
  auto& bucket = first_[key % kBuckets];
  entries_.push_back({one ? first.rest : 0, key, bucket, static_cast<std::uint32_t>(texts_.size()),
                      static_cast<std::uint16_t>(phrase.size()), tag});
  texts_ += phrase;
  bucket = static_cast<std::uint32_t>(entries_.size() - 1);
}

}  // namespace wrapup
