#include "pipeline/model_questions.hpp"

#include <algorithm>
#include <cmath>

#include "base/utf8.hpp"
#include "pipeline/model_data.hpp"
#include "pipeline/quotes.hpp"

namespace wrapup {

namespace {

constexpr std::int64_t kTokensPerAnswer = 160;
constexpr std::int64_t kTokensBeside = 200;
constexpr double kUnproven = 0.3;  // most confidence of an answer whose words were not said
constexpr double kUsual = 0.8;
constexpr std::size_t kMaxContext = 20'000;  // bytes of each thing an agent was told

std::string key_of(std::size_t index) { return "q" + std::to_string(index + 1); }

json::object answer_schema(const json::object& value) {
  return {{"type", "object"},
          {"properties",
           {{"turn", {{"type", {"integer", "null"}}}},
            {"quote", {{"type", {"string", "null"}}, {"maxLength", 400}}},
            {"value", value},
            {"confidence", json::object{{"type", "number"}}}}},
          {"required", {"turn", "quote", "value", "confidence"}},
          {"additionalProperties", false}};
}

json::object schema_of(const std::vector<Question>& questions, std::size_t begin, std::size_t end) {
  json::object properties;
  json::array required;
  for (std::size_t i = begin; i < end; ++i) {
    properties[key_of(i)] = answer_schema(questions[i].value_schema);
    required.emplace_back(key_of(i));
  }
  return {{"type", "object"},
          {"properties", std::move(properties)},
          {"required", std::move(required)},
          {"additionalProperties", false}};
}

Answered unanswered(const ModelRun& model, std::string why) {
  Answered out;
  out.answer.value = nullptr;
  out.lacking = why;
  out.answer.error = std::move(why);
  out.answer.evaluator = model.name();
  return out;
}

std::string folded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c != ' ') out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return out;
}

// The choice that is meant when only case and spaces differ; else null.
json::value choice_meant(const Question& question, const json::value& value) {
  const auto* choices = question.value_schema.if_contains("enum");
  if (!choices || !value.is_string()) return nullptr;
  for (const auto& choice : choices->get_array()) {
    if (choice.is_string() && folded(choice.get_string()) == folded(value.get_string())) return choice;
  }
  return nullptr;
}

// What is wrong with the answer under `key`, of what is wrong with all of them.
const FieldError* problem_at(const std::vector<FieldError>& problems, const std::string& path) {
  const auto found = std::find_if(problems.begin(), problems.end(), [&](const FieldError& problem) {
    return problem.path == path || problem.path.starts_with(path + "/");
  });
  return found == problems.end() ? nullptr : &*found;
}

double confidence_of(const json::object& given) {
  const auto* said = given.if_contains("confidence");
  return said && said->is_number() ? std::clamp(said->to_number<double>(), 0.0, 1.0) : kUsual;
}

// One answer, checked. A wrong turn, quote or confidence is no reason to drop the value: then it is unproven.
Answered checked(const ModelRun& model, const Question& question, const std::string& key, const ChatAnswer& all,
                 const Transcript& transcript) {
  const auto* given = all.value.if_contains(key);
  const auto* members = given ? given->if_object() : nullptr;
  const auto* value = members ? members->if_contains("value") : nullptr;
  if (!value) return unanswered(model, "the model left this question out");
  Answered out;
  out.answer.evaluator = model.name();
  out.answer.value = *value;
  if (const auto* problem = problem_at(all.problems, "/" + key + "/value")) {
    out.answer.value = choice_meant(question, *value);
    if (out.answer.value.is_null())
      return unanswered(model, "the model's answer is not what was asked for: it " +
                                   std::string(utf8_beginning(problem->message, 300)));
  }
  if (out.answer.value.is_null()) return out;
  const auto* turn = members->if_contains("turn");
  const auto* quote = members->if_contains("quote");
  if (quote && quote->is_string()) {
    out.answer.evidence = find_quote(transcript, turn && turn->is_int64() ? turn->get_int64() : 0,
                                     std::string_view(quote->get_string()).substr(0, 2000));
  }
  out.proven = out.answer.evidence.has_value();
  out.answer.confidence = out.proven ? confidence_of(*members) : std::min(kUnproven, confidence_of(*members));
  return out;
}

}  // namespace

Answered later_word(Answered before, Answered after) {
  const auto says = [](const Answered& a) { return !a.answer.error && !a.answer.value.is_null(); };
  if (before.lacking.empty()) before.lacking = after.lacking;
  after.lacking = before.lacking;
  // What one window failed to answer may stand in it: that another says nothing is no answer then.
  if (!says(after)) return says(before) || before.answer.error ? before : after;
  return says(before) && before.proven && !after.proven ? before : after;
}

Task<std::vector<Answered>> ask_questions(ModelRun& model, std::string_view use, const Call& call,
                                          const std::vector<Question>& questions, const json::object& context) {
  std::vector<Answered> all(questions.size());
  const Windows windows = transcript_windows(call.transcript, model.settings().window);
  const std::size_t batch = std::max<std::size_t>(model.settings().batch, 1);
  for (std::size_t begin = 0; begin < questions.size(); begin += batch) {
    const std::size_t end = std::min(questions.size(), begin + batch);
    json::array words;
    for (std::size_t i = begin; i < end; ++i) {
      json::object each{{"key", key_of(i)}};
      for (const auto& [name, value] : questions[i].words) each[name] = value;
      words.push_back(std::move(each));
    }
    bool first = true;
    for (const auto& part : windows.parts) {
      json::object data = context;
      data["questions"] = words;
      data["transcript"] = part;
      const auto said = co_await model.ask(use, data, schema_of(questions, begin, end),
                                           kTokensBeside + kTokensPerAnswer * static_cast<std::int64_t>(end - begin));
      for (std::size_t i = begin; i < end; ++i) {
        Answered one = said ? checked(model, questions[i], key_of(i), *said, call.transcript)
                            : unanswered(model, said.error().message);
        all[i] = first ? std::move(one) : later_word(std::move(all[i]), std::move(one));
      }
      first = false;
    }
  }
  if (windows.left_out > 0) {
    for (auto& each : all) {
      if (each.answer.value.is_null() && !each.answer.error)
        each = unanswered(model, "the call is too long: " + std::to_string(windows.left_out) + " turns were not read");
    }
  }
  co_return all;
}

json::object agent_data(const Call& call, const Agent& agent) {
  json::object out{
      {"name", agent.name},
      {"prompt", std::string_view(call.prompt.empty() ? agent.prompt : call.prompt).substr(0, kMaxContext)}};
  const auto* inner = agent.document.if_contains("agent");
  if (!inner || !inner->is_object()) return out;
  for (const std::string_view name : {"goal", "steps", "objections", "knowledge", "knowledge_base"}) {
    const auto* given = inner->get_object().if_contains(name);
    if (!given || given->is_null()) continue;
    const std::string text = given->is_string() ? std::string(given->get_string()) : to_text(*given);
    out[name] = text.size() <= kMaxContext ? *given : json::value(text.substr(0, kMaxContext));
  }
  return out;
}

}  // namespace wrapup
