#include "app/eval_calls.hpp"

#include <functional>

#include "base/fields.hpp"
#include "base/time.hpp"

namespace wrapup::eval {

namespace {

// Hands each line that is not empty to `take` as an object.
Status each_line(std::string_view text, const std::function<Status(const json::object&)>& take) {
  std::size_t number = 0;
  while (!text.empty()) {
    ++number;
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.find_first_not_of(" \r\t") == std::string_view::npos) continue;
    const auto parsed = parse_json(line);
    const std::string place = "line " + std::to_string(number) + ": ";
    if (!parsed) return fail(Code::invalid, "invalid_line", place + parsed.error().message);
    if (!parsed->is_object()) return fail(Code::invalid, "invalid_line", place + "must be an object");
    if (auto taken = take(parsed->get_object()); !taken) {
      return fail(Code::invalid, "invalid_line", place + taken.error().message);
    }
  }
  return {};
}

std::vector<std::string> texts_in(const json::object& object, std::string_view key) {
  std::vector<std::string> out;
  const auto* list = object.if_contains(key);
  if (!list || !list->is_array()) return out;
  for (const auto& each : list->get_array())
    out.push_back(each.is_string() ? std::string(each.get_string()) : to_text(each));
  return out;
}

std::string text_in(const json::object& object, std::string_view key) {
  const auto* found = object.if_contains(key);
  return found && found->is_string() ? std::string(found->get_string()) : std::string();
}

Result<Labelled> read_label(const json::object& object) {
  Labelled label;
  const auto kind = extractor_kind_from(text_in(object, "kind"));
  if (!kind) return fail(Code::invalid, "", "an extractor's kind must be YES_NO, SINGLE_CHOICE or OPEN_QUESTION");
  label.question.kind = *kind;
  label.question.identifier = text_in(object, "identifier");
  label.question.description = text_in(object, "description");
  label.question.choices = texts_in(object, "choices");
  label.question.examples = texts_in(object, "examples");
  label.accept = texts_in(object, "accept");
  label.value_type = text_in(object, "value_type");
  if (label.question.identifier.empty()) return fail(Code::invalid, "", "an extractor lacks its identifier");
  const auto* expected = object.if_contains("expected");
  label.expected = expected ? *expected : json::value(nullptr);
  return label;
}

Result<Transcript> read_transcript(const json::object& object) {
  Transcript transcript;
  const auto* turns = object.if_contains("transcript");
  if (!turns || !turns->is_array()) return fail(Code::invalid, "", "transcript must be an array of {role, text}");
  for (const auto& turn : turns->get_array()) {
    if (!turn.is_object()) return fail(Code::invalid, "", "transcript must be an array of {role, text}");
    const auto& members = turn.get_object();
    transcript.push_back(
        {text_in(members, "role") == "bot" ? Role::bot : Role::human, text_in(members, "text"), {}, {}});
  }
  return transcript;
}

Result<EvalCall> read_call(const json::object& object) {
  EvalCall out;
  out.call.call_id = text_in(object, "call_id");
  if (out.call.call_id.empty()) return fail(Code::invalid, "", "the call lacks its call_id");
  auto transcript = read_transcript(object);
  if (!transcript) return fail(std::move(transcript.error()));
  out.call.transcript = std::move(*transcript);
  out.call.status = CallStatus::completed;
  out.call.started_at = parse_time(text_in(object, "call_date")).value_or(0);
  const auto* extractors = object.if_contains("extractors");
  if (!extractors || !extractors->is_array()) return fail(Code::invalid, "", "extractors must be an array");
  for (const auto& each : extractors->get_array()) {
    if (!each.is_object()) return fail(Code::invalid, "", "an extractor must be an object");
    auto label = read_label(each.get_object());
    if (!label) return fail(std::move(label.error()));
    out.agent.actions.push_back({"", label->question});
    out.labels.push_back(std::move(*label));
  }
  const auto* verdicts = object.if_contains("judge");
  if (verdicts && !verdicts->is_object()) return fail(Code::invalid, "", "judge must be an object of labels by field");
  if (verdicts) {
    auto labels = read_verdict_labels(verdicts->get_object());
    if (!labels) return fail(std::move(labels.error()));
    out.verdicts = std::move(*labels);
  }
  return out;
}

}  // namespace

Result<std::vector<EvalCall>> read_calls(std::string_view text) {
  std::vector<EvalCall> calls;
  auto read = each_line(text, [&](const json::object& object) -> Status {
    auto call = read_call(object);
    if (!call) return fail(std::move(call.error()));
    calls.push_back(std::move(*call));
    return {};
  });
  if (!read) return fail(std::move(read.error()));
  return calls;
}

Result<std::map<std::string, json::object>> read_answers(std::string_view text) {
  std::map<std::string, json::object> answers;
  auto read = each_line(text, [&](const json::object& object) -> Status {
    const auto* values = object.if_contains("values");
    answers[text_in(object, "call_id")] = values && values->is_object() ? values->get_object() : json::object();
    return {};
  });
  if (!read) return fail(std::move(read.error()));
  return answers;
}

}  // namespace wrapup::eval
