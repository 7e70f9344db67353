#include "model/redaction_words.hpp"

namespace wrapup::redaction {

namespace {

bool mail_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
         c == '%' || c == '+' || c == '-';
}

void written_emails(const Words& w, std::vector<Span>& out) {
  for (std::size_t turn = 0; turn < w.turns->size(); ++turn) {
    const std::string_view text = w.text(turn);
    for (std::size_t at = text.find('@'); at != std::string_view::npos; at = text.find('@', at + 1)) {
      std::size_t begin = at;
      std::size_t end = at + 1;
      while (begin > 0 && (mail_char(text[begin - 1]) || static_cast<unsigned char>(text[begin - 1]) >= 0x80)) --begin;
      while (end < text.size() && (mail_char(text[end]) || static_cast<unsigned char>(text[end]) >= 0x80)) ++end;
      while (end > at + 1 && (text[end - 1] == '.' || text[end - 1] == '-')) --end;
      if (begin < at && text.substr(at, end - at).find('.') != std::string_view::npos)
        out.push_back({turn, begin, end, Pii::email});
    }
  }
}

constexpr std::string_view kAt = "|at|arroba|chiocciola|apenstaartje|klammeraffe|arobase|";

bool ends_local(const Words& w, std::size_t i) {
  return w.any(
      i,
      "|is|its|it s|email|e|mail|address|my|that s|to|yes|sure|yeah|okay|ok|um|uh|and|it|the|us|look|online|"
      "website|visit|me|you|can|reach|on|page|lautet|ist|es|est|adresse|correo|mi|mijn|minha|mia|or|use|try|now|"
      "send|write|no|at|him|her|them|confirm|so|for|was|be|right|perfect|great|thanks|have|i|we|please|");
}

// "dana dot reyes at example dot com". With `open` also what goes on from the turn before: "at example dot com".
void spoken_emails(const Words& w, std::vector<Span>& out) {
  for (std::size_t i = 0; i + 3 < w.words.size(); ++i) {
    if (!w.any(i, kAt)) continue;
    const std::size_t begin = w.begin_of(w.words[i].turn);
    const std::size_t end = w.end_of(w.words[i].turn);
    const std::size_t domain = w.is(i + 1, "sign") ? i + 2 : i + 1;
    std::size_t dot = domain + 1;
    while (dot < end && dot < domain + 6 && !w.any(dot, kDotWords)) ++dot;
    const bool glued = dot >= end || !w.any(dot, kDotWords);
    // "at gmail.com": speech recognition writes the end.
    const bool written = glued && domain + 1 < end && w.words[domain + 1].glued && w.words[domain + 1].mark == '.';
    if ((glued && !written) || (!written && dot + 1 >= end)) continue;
    std::size_t last = written ? domain + 2 : dot + 2;
    while (last + 1 < end && w.any(last, kDotWords)) last += 2;  // "mail dot example dot com"
    if (!written && w.words[last - 1].text.size() > 6) continue;
    std::size_t first = i;
    while (first > begin && i - first < 16 && !ends_local(w, first - 1) &&
           (first == i || w.words[first].mark == 0 || w.words[first].mark == '-' || w.words[first].mark == '.'))
      --first;
    if (first == i && i != begin) continue;
    out.push_back(w.span(first, last, Pii::email));
    if (first != begin || w.words[i].turn == 0) continue;
    // The part before "at" may be the turn before of the same side.
    for (std::size_t back = 1; first == i && back <= 2 && back <= w.words[i].turn; ++back) {
      const std::size_t turn = w.words[i].turn - back;
      if (w.role(turn) != w.role(w.words[i].turn) || w.begin_of(turn) == w.end_of(turn)) continue;
      std::size_t from = w.end_of(turn);
      while (from > w.begin_of(turn) && w.end_of(turn) - from < 12 && !ends_local(w, from - 1)) --from;
      if (from < w.end_of(turn)) out.push_back(w.span(from, w.end_of(turn), Pii::email));
      break;
    }
  }
}

}  // namespace

void find_emails(const Words& words, std::vector<Span>& out) {
  written_emails(words, out);
  spoken_emails(words, out);
  find_spelled(words, "|email|mail|e|", Pii::email, out);
}

}  // namespace wrapup::redaction
