// What other programs answer and files say: answers of models and what is in them, lines of labelled calls. Whatever is
// accepted is what its reader promises.
#include <cstdint>
#include <cstdlib>

#include "app/eval_calls.hpp"
#include "llm/answer_text.hpp"
#include "llm/schema_check.hpp"

namespace wrapup {
namespace {

const json::object& schema() {
  static const json::object made = parse_json(R"({"type":"object","additionalProperties":false,"required":["answer"],
    "properties":{"answer":{"type":["string","null"],"maxLength":20},"turn":{"type":"integer","minimum":0},
    "choice":{"enum":["a","b"]},"list":{"type":"array","maxItems":3,"items":{"type":"boolean"}}}})")
                                       ->get_object();
  return made;
}

void as_model(std::string_view text) {
  (void)error_words(text);
  const auto completion = read_completion(text);
  const auto answer = read_answer(completion ? completion->text : text, schema());
  if (answer && answer->problems.empty() && !check_schema(answer->value, schema()).empty()) std::abort();
}

}  // namespace
}  // namespace wrapup

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace wrapup;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  as_model(text);
  (void)eval::read_answers(text);
  const auto calls = eval::read_calls(text);
  if (!calls) return 0;
  for (const auto& one : *calls) {
    for (const auto& label : one.labels) (void)to_text(label.expected);
  }
  return 0;
}
