#include "llm/answer_text.hpp"

#include <algorithm>

#include "llm/schema_check.hpp"

namespace wrapup {

namespace {

tl::unexpected<Error> unusable(std::string why, std::string detail = {}) {
  return fail(Code::unavailable, "model_answer", std::move(why), std::move(detail));
}

const json::value* at(const json::value* value, std::string_view key) {
  const auto* object = value ? value->if_object() : nullptr;
  return object ? object->if_contains(key) : nullptr;
}

const json::value* first(const json::value* value) {
  const auto* list = value ? value->if_array() : nullptr;
  return list && !list->empty() ? &list->front() : nullptr;
}

// Text as it is, or the texts of an array of parts.
std::string text_of(const json::value* content) {
  if (!content) return {};
  if (content->is_string()) return std::string(content->get_string());
  std::string out;
  if (const auto* parts = content->if_array()) {
    for (const auto& part : *parts) {
      if (const auto* text = at(&part, "text"); text && text->is_string()) out += std::string_view(text->get_string());
    }
  }
  return out;
}

std::int64_t count_at(const json::value* usage, std::string_view key) {
  const auto* count = at(usage, key);
  // What a server counts is believed within reason only: it is added up, and charged.
  return count && count->is_int64() ? std::clamp<std::int64_t>(count->get_int64(), 0, 100'000'000) : 0;
}

// The end of the object that begins at `begin`: where its braces balance, outside of strings. npos when it breaks off.
std::size_t end_of_object(std::string_view text, std::size_t begin) {
  std::size_t depth = 0;
  bool quoted = false;
  for (std::size_t i = begin; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\') ++i;
      if (c == '"') quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{') {
      ++depth;
    } else if (c == '}' && --depth == 0) {
      return i + 1;
    }
  }
  return std::string_view::npos;
}

}  // namespace

Result<Completion> read_completion(std::string_view body) {
  auto parsed = parse_json(body);
  if (!parsed) return unusable("the model's server answered with something that is no JSON", parsed.error().message);
  const auto* choice = first(at(&*parsed, "choices"));
  const auto* message = at(choice, "message");
  if (!message) return unusable("the model's server answered without a message of the model");
  Completion out;
  const auto* call = at(first(at(message, "tool_calls")), "function");
  out.text = text_of(at(call, "arguments"));
  if (out.text.empty()) out.text = text_of(at(message, "content"));
  const auto* reason = at(choice, "finish_reason");
  out.cut_off = reason && *reason == json::value("length");
  const auto* usage = at(&*parsed, "usage");
  out.prompt_tokens = count_at(usage, "prompt_tokens");
  out.completion_tokens = count_at(usage, "completion_tokens");
  return out;
}

Result<ChatAnswer> read_answer(std::string_view text, const json::object& schema) {
  // A few tries: braces may stand in the words before the object.
  std::string problem = "there is no object in it";
  std::size_t begin = text.find('{');
  for (int tries = 0; tries < 5 && begin != std::string_view::npos; ++tries) {
    const std::size_t end = end_of_object(text, begin);
    if (end == std::string_view::npos) {
      problem = "it breaks off";  // an object inside it is not the one that was asked for
      break;
    }
    auto parsed = parse_json(text.substr(begin, end - begin));
    if (parsed && parsed->is_object()) {
      ChatAnswer answer{std::move(parsed->get_object()), {}};
      answer.problems = check_schema(answer.value, schema);
      return answer;
    }
    if (!parsed) problem = parsed.error().message;
    begin = text.find('{', end);
  }
  return unusable("the model's answer is not the JSON that was asked for", problem);
}

std::string error_words(std::string_view body) {
  const auto parsed = parse_json(body.substr(0, 64 * 1024));
  const auto* error = parsed ? at(&*parsed, "error") : nullptr;
  const auto* message = error && error->is_object() ? at(error, "message") : error;
  if (!message && parsed) message = at(&*parsed, "message");
  if (!message && parsed) message = at(&*parsed, "detail");
  std::string words = message && message->is_string() ? std::string(message->get_string()) : std::string(body);
  if (words.size() > 500) words.resize(500);
  return words;
}

}  // namespace wrapup
