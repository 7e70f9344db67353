// What is heard in a call: which cues (farewell, opt-out, anger, ...) each turn holds, by the phrases of the language
// packs in assets/packs. One pass over the words; used by the judge, by questions about the call itself and by the end
// reasons. Pure; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/call.hpp"
#include "model/phrases.hpp"

namespace wrapup {

/// What a phrase of a pack can mean; the headings of the packs, in this order.
enum class Cue : std::uint8_t {
  language,  // words that tell the language, and nothing else
  farewell,
  not_farewell,  // holds the words of a farewell and is none
  opt_out,
  machine,
  consent_question,
  yes,
  no,
  negation,
  thanks,
  positive,
  negative,
  anger,
  asked_again,
  confusion,
  change_of_mind,
  done,
  failed,
  out_of_scope,
  appointment,
  booked,
  closing,
};
inline constexpr std::size_t kCues = 22;

struct HeardTurn {
  Role role = Role::bot;
  std::string_view words;  // as fold_words writes them; in Heard::text
  std::array<std::uint16_t, kCues> cues{};

  int count(Cue cue) const { return cues[static_cast<std::size_t>(cue)]; }
  bool has(Cue cue) const { return count(cue) > 0; }
};

struct Heard {
  Heard() = default;
  Heard(Heard&&) = default;
  Heard& operator=(Heard&&) = default;

  std::vector<char> text;        // the words of all turns; does not move when this does
  std::vector<HeardTurn> turns;  // as the transcript's
  std::string language;          // of most words: "en"; empty when no pack knows any
};

/// Of a turn the first 4,000 bytes are read. "Not good" counts as negative, "not bad" as nothing.
Heard hear(const Transcript& transcript);

/// Whether a turn says farewell, in any language; only its last 400 bytes are read.
bool says_farewell(std::string_view text);

/// The names of the languages that have a pack.
const std::vector<std::string>& heard_languages();

/// What is wrong with the text of a pack; nothing when it can be used.
std::optional<std::string> pack_problem(std::string_view text);

}  // namespace wrapup
