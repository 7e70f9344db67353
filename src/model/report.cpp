#include "model/report.hpp"

#include <algorithm>
#include <cstring>

#include "base/time.hpp"
#include "base/utf8.hpp"
#include "model/action.hpp"
#include "model/redaction.hpp"

namespace wrapup {

namespace {

constexpr std::size_t kMaxVariables = 500;

// Values are texts; a number or a boolean is taken as its JSON text, as senders of JSON expect.
std::optional<std::string> variable_text(const json::value& value) {
  if (value.is_string()) return std::string(value.get_string());
  if (value.is_object() || value.is_array()) return {};
  return value.is_null() ? std::string() : to_text(value);
}

CallRequest read_shared(Fields& fields, bool name_required) {
  CallRequest request;
  request.model_id = fields.required_text("model_id", 200).value_or("");
  read_phone(fields, "phone", true, request.phone);
  request.name = (name_required ? fields.required_text("name", 1000) : fields.text("name", 1000)).value_or("");
  read_phone(fields, "from_phone_number", false, request.from_phone_number);
  read_custom_variables(fields, request.custom_variables);
  request.lead_email = fields.text("lead_email", 320).value_or("");
  request.lead_timezone = fields.text("lead_timezone", 100).value_or("");
  if (!request.lead_timezone.empty() && !is_time_zone(request.lead_timezone)) {
    fields.wrong("lead_timezone", "must be an IANA time zone, such as Europe/Berlin");
  }
  request.prompt = fields.text("prompt", 200'000).value_or("");
  request.greeting = fields.text("greeting", 20'000).value_or("");
  request.external_webhook_url = fields.text("external_webhook_url", 4096).value_or("");
  if (const auto* metadata = fields.object("metadata")) request.metadata = *metadata;
  request.external_id = fields.text("external_id", 200, 1).value_or("");
  return request;
}

// As ==, without a call for names this short.
template <std::size_t kSize>
bool is(std::string_view name, const char (&wanted)[kSize]) {
  return name.size() == kSize - 1 && std::memcmp(name.data(), wanted, kSize - 1) == 0;
}

// Turns without a fault, as they are parsed: a call has many. The tree holds all others, of which Fields says what is
// wrong.
class PlainTurns : public ArrayElements {
 public:
  /// `bytes`: of the text that they are in.
  explicit PlainTurns(std::size_t bytes) : likely_(std::min(bytes / 128, kMaxTurns)) {}

  std::string_view name() const override { return "transcript"; }
  bool begin() override {
    if (turns.size() == kMaxTurns) return false;
    if (turns.empty()) turns.reserve(likely_);
    turns.emplace_back();
    has_role_ = has_text_ = false;
    return true;
  }
  bool key(std::string_view name) override {
    member_ = is(name, "role")       ? Member::role
              : is(name, "text")     ? Member::text
              : is(name, "start_ms") ? Member::start
              : is(name, "end_ms")   ? Member::end
                                     : Member::other;
    return member_ != Member::other;
  }
  bool text(std::string_view text) override {
    Turn& turn = turns.back();
    if (member_ == Member::text && text.size() <= kMaxTurnText) {
      turn.text = text;
      return has_text_ = true;
    }
    if (member_ != Member::role || (!is(text, "bot") && !is(text, "human"))) return false;
    turn.role = is(text, "human") ? Role::human : Role::bot;
    return has_role_ = true;
  }
  bool integer(std::int64_t number) override {
    if ((member_ != Member::start && member_ != Member::end) || number < 0 || number > INT32_MAX) return false;
    (member_ == Member::start ? turns.back().start_ms : turns.back().end_ms) = number;
    return true;
  }
  bool end() override { return has_role_ && has_text_; }
  void forget() override { turns.clear(); }

  Transcript turns;

 private:
  enum class Member { role, text, start, end, other };
  std::size_t likely_;  // how many there are
  Member member_ = Member::other;
  bool has_role_ = false;
  bool has_text_ = false;
};

Transcript read_turns(const json::array& turns, std::vector<FieldError>& errors) {
  Transcript transcript;
  transcript.reserve(turns.size());
  for (std::size_t i = 0; i < turns.size() && errors.size() < 50; ++i) {
    const auto* object = turns[i].if_object();
    const std::string where = "transcript/" + std::to_string(i);
    if (!object) {
      errors.push_back({"/" + where, "must be a turn: {\"role\": \"bot\" or \"human\", \"text\": string}"});
      continue;
    }
    Fields turn(*object, "/" + where, errors);
    const auto role = turn.required_text("role", 100);
    if (role && *role != "bot" && *role != "human") turn.wrong("role", "must be bot or human");
    auto text = turn.required_text("text", kMaxTurnText, 0);
    const auto start = turn.integer("start_ms", 0, INT32_MAX);
    const auto end = turn.integer("end_ms", 0, INT32_MAX);
    turn.done();
    transcript.push_back({role == "human" ? Role::human : Role::bot, std::move(text).value_or(""), start, end});
  }
  return transcript;
}

void read_transcript(Fields& fields, Facts& facts, std::vector<FieldError>& errors) {
  const auto* value = fields.find("transcript");
  if (!value) return;
  if (value->is_string()) {
    facts.transcript = transcript_from_text(value->get_string());
    if (facts.transcript.size() > kMaxTurns) fields.wrong("transcript", "has too many turns");
  } else if (const auto* turns = fields.array("transcript", kMaxTurns)) {
    facts.transcript = read_turns(*turns, errors);
  }
}

// As in the payload, {"name": {"value": …, "collected": true}}, or plain values.
void read_collected(Fields& fields, Facts& facts) {
  const auto* object = fields.object("collected_variables");
  if (!object) return;
  if (object->size() > kMaxVariables) {
    fields.wrong("collected_variables", "has more than " + std::to_string(kMaxVariables) + " entries");
    return;
  }
  for (const auto& [name, given] : *object) {
    Variable variable{std::string(name), json::value(given, json::storage_ptr()), true, false};
    if (const auto* entry = given.if_object()) {
      const auto* value = entry->if_contains("value");
      const auto* collected = entry->if_contains("collected");
      variable.value = value ? *value : json::value(nullptr);
      variable.collected = !collected || !collected->is_bool() || collected->get_bool();
    }
    if (variable.value.is_object() || variable.value.is_array()) {
      fields.wrong("collected_variables", "the value of \"" + std::string(utf8_beginning(variable.name, 100)) +
                                              "\" must be a string, a number, a boolean or null");
    }
    facts.variables.push_back(std::move(variable));
  }
}

void read_executed_actions(Fields& fields, Facts& facts) {
  const auto* object = fields.object("executed_actions");
  if (!object) return;
  for (const auto& [name, entry] : *object) {
    if (!entry.is_object()) {
      fields.wrong("executed_actions", "each entry must be an object");
      return;
    }
    facts.executed_actions[name] = engine_action(name, entry.get_object());
    if (const auto problem = engine_action_problem(facts.executed_actions[name].get_object())) {
      fields.wrong("executed_actions", "in \"" + std::string(utf8_beginning(name, 100)) + "\" " + *problem);
    }
  }
}

void read_times(Fields& fields, Facts& facts) {
  fields.require("started_at");
  fields.require("ended_at");
  facts.started_at = fields.time("started_at");
  facts.answered_at = fields.time("answered_at");
  facts.ended_at = fields.time("ended_at");
  facts.duration_s = fields.integer("duration", 0, 7 * 24 * 3600);
  if (facts.started_at && facts.ended_at && *facts.ended_at < *facts.started_at) {
    fields.wrong("ended_at", "must not be before started_at");
  }
  if (facts.answered_at && facts.started_at && *facts.answered_at < *facts.started_at) {
    fields.wrong("answered_at", "must not be before started_at");
  }
  if (facts.answered_at && facts.ended_at && *facts.answered_at > *facts.ended_at) {
    fields.wrong("answered_at", "must not be after ended_at");
  }
}

}  // namespace

bool is_phone_number(std::string_view text) {
  if (text.size() < 8 || text.size() > 16 || text[0] != '+' || text[1] == '0') return false;
  return text.find_first_not_of("0123456789", 1) == std::string_view::npos;
}

Party party_from(std::string_view name) {
  if (name == "human") return Party::human;
  if (name == "bot" || name == "agent") return Party::bot;
  return Party::unknown;
}

std::optional<CallStatus> read_terminal_status(Fields& fields, std::string_view name) {
  const auto text = fields.text(name, 100);
  if (!text) return {};
  const auto status = call_status_from(*text);
  if (status && is_terminal(*status)) return status;
  std::string words = "must be a terminal status:";
  for (const auto known : call_status_names()) {
    if (is_terminal(*call_status_from(known))) words.append(" ").append(known);
  }
  fields.wrong(name, words);
  return {};
}

void read_phone(Fields& fields, std::string_view name, bool required, std::string& out) {
  auto text = required ? fields.required_text(name, 100, 0) : fields.text(name, 100);
  if (!text) return;
  if (!is_phone_number(*text) && !is_masked_phone(*text)) {
    fields.wrong(
        name, "must be a phone number in E.164 form: '+', then 7 to 15 digits, the first not 0, such as +15550100123");
  }
  out = std::move(*text);
}

void read_custom_variables(Fields& fields, std::vector<std::pair<std::string, std::string>>& out) {
  const auto* value = fields.find("custom_variables");
  if (!value) return;
  const auto add = [&](std::string name, const json::value& given, const std::string& where) {
    auto text = variable_text(given);
    if (!text) {
      fields.wrong(where, "must be a string");
    } else if (out.size() >= kMaxVariables) {
      fields.wrong("custom_variables", "has more than " + std::to_string(kMaxVariables) + " entries");
    } else {
      std::erase_if(out, [&](const auto& known) { return known.first == name; });
      out.emplace_back(std::move(name), std::move(*text));
    }
  };
  if (value->is_object()) {
    for (const auto& [name, given] : value->get_object()) add(std::string(name), given, "custom_variables");
    return;
  }
  if (!value->is_array()) {
    fields.wrong("custom_variables", "must be an array of {key, value} or an object");
    return;
  }
  for (const auto& element : value->get_array()) {
    const auto* pair = element.if_object();
    const auto* key = pair ? pair->if_contains("key") : nullptr;
    const auto* given = pair ? pair->if_contains("value") : nullptr;
    if (!key || !key->is_string() || !given) {
      fields.wrong("custom_variables", "each element must be an object {\"key\": string, \"value\": string}");
      return;
    }
    add(std::string(key->get_string()), *given, "custom_variables");
  }
}

Result<CallRequest> read_call_request(const json::object& body) {
  std::vector<FieldError> errors;
  Fields fields(body, "", errors);
  CallRequest request = read_shared(fields, true);
  fields.done();
  if (!errors.empty()) return fail(invalid_fields(std::move(errors)));
  return request;
}

// The tree of a body is gone before anything is waited for: many requests wait at once, and memory that was just let go
// is the quickest to use again.
Result<CallRequest> read_call_request(std::string_view text) {
  auto body = JsonDocument::parse(text);
  if (!body) return fail(std::move(body.error()));
  if (auto fine = must_be_object(body->root()); !fine) return fail(std::move(fine.error()));
  return read_call_request(body->root().get_object());
}

Result<Report> read_report(const json::object& body) {
  std::vector<FieldError> errors;
  Fields fields(body, "", errors);
  Report report;
  report.call = read_shared(fields, false);
  auto& facts = report.facts;
  facts.ended = true;
  if (const auto direction = fields.text("type_of_call", 100)) {
    if (*direction != "outbound" && *direction != "inbound") {
      fields.wrong("type_of_call", "must be outbound or inbound");
    }
    report.direction = *direction == "inbound" ? Direction::inbound : Direction::outbound;
  }
  fields.require("status");
  facts.status = read_terminal_status(fields, "status");
  facts.reason = fields.text("end_call_reason", 100);
  facts.engine_reason = fields.text("engine_end_reason", 1000);
  facts.custom_reason = fields.text("custom_end_call_reason", 1000);
  facts.error_message = fields.text("error_message", 2000);
  if (const auto party = fields.text("hung_up_by", 100)) {
    facts.hung_up_by = party_from(*party);
    if (facts.hung_up_by == Party::unknown && *party != "system") {
      fields.wrong("hung_up_by", "must be one of human, bot, agent, system");
    }
  }
  read_times(fields, facts);
  read_transcript(fields, facts, errors);
  facts.recording_url = fields.text("recording_url", 4000);
  read_collected(fields, facts);
  read_executed_actions(fields, facts);
  fields.done();
  if (!errors.empty()) return fail(invalid_fields(std::move(errors)));
  return report;
}

Result<Report> read_report(std::string_view text) {
  PlainTurns transcript(text.size());
  auto body = JsonDocument::parse(text, transcript);
  if (!body) return fail(std::move(body.error()));
  if (auto fine = must_be_object(body->root()); !fine) return fail(std::move(fine.error()));
  auto report = read_report(body->root().get_object());
  if (report && !transcript.turns.empty()) report->facts.transcript = std::move(transcript.turns);
  return report;
}

}  // namespace wrapup
