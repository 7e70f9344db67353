#include "model/hearing.hpp"

#include <algorithm>

#include "model/embedded.hpp"

namespace wrapup {

namespace {

constexpr std::size_t kLongestTurn = 4000;
constexpr std::size_t kMostPacks = 16;
constexpr std::size_t kNegationReach = 3;  // words before a mood

constexpr std::array<std::string_view, kCues> kHeadings{
    "language", "farewell", "not farewell", "opt out",     "machine", "consent question", "yes",       "no",
    "negation", "thanks",   "positive",     "negative",    "anger",   "asked again",      "confusion", "change of mind",
    "done",     "failed",   "out of scope", "appointment", "booked",  "closing"};

// A tag names the pack and the cue.
PhraseSet::Tag tag_of(std::size_t pack, std::size_t cue) { return static_cast<PhraseSet::Tag>(pack * 32 + cue); }
std::size_t pack_of(PhraseSet::Tag tag) { return tag / 32; }
std::size_t cue_of(PhraseSet::Tag tag) { return tag % 32; }

// Calls `use(cue, phrase)` for each phrase; the problem of the first line that is none.
template <class Use>
std::optional<std::string> read_pack(std::string_view text, Use use) {
  std::optional<std::size_t> cue;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.front() == '#') continue;
    if (line.front() == '[' && line.back() == ']') {
      const auto found = std::find(kHeadings.begin(), kHeadings.end(), line.substr(1, line.size() - 2));
      if (found == kHeadings.end()) return "unknown heading " + std::string(line);
      cue = static_cast<std::size_t>(found - kHeadings.begin());
      continue;
    }
    const std::string folded = fold_words(line);
    if (!cue || folded.size() < 3) return "no phrase under a heading: " + std::string(line);
    use(*cue, std::string_view(folded).substr(1, folded.size() - 2));
  }
  return {};
}

struct Packs {
  std::vector<std::string> languages;
  PhraseSet phrases;

  Packs() {
    constexpr std::string_view kFolder = "assets/packs/";
    for (const std::string_view path : model_files()) {
      if (!path.starts_with(kFolder) || languages.size() == kMostPacks) continue;
      const std::size_t pack = languages.size();
      languages.emplace_back(path.substr(kFolder.size(), path.find('.') - kFolder.size()));
      read_pack(model_file(path).value_or(""),
                [&](std::size_t cue, std::string_view phrase) { phrases.add(phrase, tag_of(pack, cue)); });
    }
  }
};

const Packs& packs() {
  static const Packs kPacks;
  return kPacks;
}

struct Hit {
  std::uint32_t turn;
  std::uint16_t word;
  std::uint16_t length;  // of the phrase, in bytes
  PhraseSet::Tag tag;
};

// Which packs count: the one whose words are the most, those with a third of that, and all when none has any.
std::array<bool, kMostPacks> spoken(const std::array<std::uint32_t, kMostPacks>& words, std::string& language) {
  const auto most = std::max_element(words.begin(), words.end());
  if (*most > 0) language = packs().languages[static_cast<std::size_t>(most - words.begin())];
  std::array<bool, kMostPacks> out{};
  for (std::size_t i = 0; i < kMostPacks; ++i) out[i] = words[i] * 3 >= *most;
  return out;
}

// "Good" in "good night", "no" in "no problem": of the phrases that begin at one word the longest counts.
bool covered(const std::vector<Hit>& hits, std::size_t at, const std::array<bool, kMostPacks>& counts) {
  const auto longer = [&](const Hit& other) {
    return other.word == hits[at].word && other.length > hits[at].length && counts[pack_of(other.tag)];
  };
  for (std::size_t i = at + 1; i < hits.size() && i < at + 8 && hits[i].turn == hits[at].turn; ++i) {
    if (longer(hits[i])) return true;
  }
  for (std::size_t i = at; i-- > 0 && i + 8 > at && hits[i].turn == hits[at].turn;) {
    if (longer(hits[i])) return true;
  }
  return false;
}

bool denied(const std::vector<Hit>& hits, std::size_t at, const std::array<bool, kMostPacks>& counts) {
  const Hit& mood = hits[at];
  for (std::size_t i = at; i-- > 0 && hits[i].turn == mood.turn && i + 8 > at;) {
    const bool negation = cue_of(hits[i].tag) == static_cast<std::size_t>(Cue::negation);
    if (negation && counts[pack_of(hits[i].tag)] && hits[i].word < mood.word &&
        mood.word - hits[i].word <= kNegationReach)
      return true;
  }
  return false;
}

}  // namespace

Heard hear(const Transcript& transcript) {
  Heard heard;
  heard.turns.resize(transcript.size());
  std::vector<Hit> hits;
  hits.reserve(transcript.size() * 2);
  std::array<std::uint32_t, kMostPacks> words{};
  const auto read = [](const Turn& turn) { return std::string_view(turn.text).substr(0, kLongestTurn); };
  std::size_t room = 0;
  for (const Turn& turn : transcript) room += read(turn).size() + 2;
  heard.text.resize(room);
  char* out = heard.text.data();
  for (std::size_t i = 0; i < transcript.size(); ++i) {
    HeardTurn& turn = heard.turns[i];
    turn.role = transcript[i].role;
    char* const start = std::exchange(out, fold_words(read(transcript[i]), out));
    turn.words = {start, static_cast<std::size_t>(out - start)};
    packs().phrases.each(turn.words, [&](PhraseSet::Tag tag, std::size_t word, std::size_t length) {
      if (cue_of(tag) == static_cast<std::size_t>(Cue::language)) {
        ++words[pack_of(tag)];
      } else {
        hits.push_back(
            {static_cast<std::uint32_t>(i), static_cast<std::uint16_t>(word), static_cast<std::uint16_t>(length), tag});
      }
    });
  }
  const auto counts = spoken(words, heard.language);
  for (std::size_t i = 0; i < hits.size(); ++i) {
    if (!counts[pack_of(hits[i].tag)] || covered(hits, i, counts)) continue;
    auto cue = static_cast<Cue>(cue_of(hits[i].tag));
    const bool mood = cue == Cue::positive || cue == Cue::negative || cue == Cue::anger;
    if (mood && denied(hits, i, counts)) {
      if (cue != Cue::positive) continue;
      cue = Cue::negative;
    }
    std::uint16_t& count = heard.turns[hits[i].turn].cues[static_cast<std::size_t>(cue)];
    if (count < UINT16_MAX) ++count;
  }
  return heard;
}

bool says_farewell(std::string_view text) {
  constexpr std::size_t kTail = 400;  // a farewell stands at the end of a long turn
  int farewells = 0;
  packs().phrases.each(fold_words(text.substr(text.size() > kTail ? text.size() - kTail : 0)),
                       [&](PhraseSet::Tag tag, std::size_t, std::size_t) {
                         if (cue_of(tag) == static_cast<std::size_t>(Cue::farewell)) ++farewells;
                         if (cue_of(tag) == static_cast<std::size_t>(Cue::not_farewell)) --farewells;
                       });
  return farewells > 0;
}

const std::vector<std::string>& heard_languages() { return packs().languages; }

std::optional<std::string> pack_problem(std::string_view text) {
  return read_pack(text, [](std::size_t, std::string_view) {});
}

}  // namespace wrapup
