#include "pipeline/rules/rules.hpp"

#include <algorithm>

#include "pipeline/rules/kinds.hpp"

namespace wrapup::rules {

Answer no_answer() {
  Answer out;
  out.value = nullptr;
  out.evaluator = "rules";
  return out;
}

Answer make_answer(const PreparedTurn& turn, std::string_view quote, double confidence) {
  Answer out = no_answer();
  if (!quote.empty()) out.evidence = Evidence{turn.index, std::string(quote)};
  out.confidence = std::clamp(confidence, 0.0, 1.0);
  return out;
}

Answer extract(const Extractor& extractor, const PreparedTranscript& transcript) {
  switch (extractor.kind) {
    case ExtractorKind::yes_no: return answer_yes_no(extractor, transcript);
    case ExtractorKind::single_choice: return answer_single_choice(extractor, transcript);
    case ExtractorKind::open_question: return answer_open_question(extractor, transcript);
  }
  return no_answer();
}

Answer extract(const Extractor& extractor, const Transcript& transcript) {
  return extract(extractor, PreparedTranscript(transcript));
}

}  // namespace wrapup::rules
