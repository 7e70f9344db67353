// Extractors on any words: an answer's evidence stands in the transcript letter for letter.
#include <cstdint>
#include <cstdlib>

#include "pipeline/rules/judge.hpp"
#include "pipeline/rules/rules.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace wrapup;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto line = [&] {
    const auto end = std::min(text.find('\n'), text.size());
    const std::string out(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    return out;
  };
  const std::string question = line();
  const std::string choice = line();
  Call call;
  call.status = CallStatus::completed;
  while (!text.empty() && call.transcript.size() < 50) {
    call.transcript.push_back({call.transcript.size() % 2 == 0 ? Role::bot : Role::human, line(), {}, {}});
  }
  (void)rules::judge(call);
  const rules::PreparedTranscript prepared(call.transcript);
  for (const auto kind : {ExtractorKind::yes_no, ExtractorKind::single_choice, ExtractorKind::open_question}) {
    const Answer answer = rules::extract({kind, "x", question, {choice, "other"}, {}}, prepared);
    if (!answer.evidence) continue;
    if (answer.evidence->turn >= call.transcript.size()) std::abort();
    if (call.transcript[answer.evidence->turn].text.find(answer.evidence->quote) == std::string::npos) std::abort();
  }
  return 0;
}
