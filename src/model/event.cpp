#include "model/event.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <tuple>

#include "base/fields.hpp"
#include "model/action.hpp"
#include "model/report.hpp"

namespace wrapup {

namespace {

constexpr std::array<std::string_view, 9> kTypeNames{"ringing",   "answered", "turn", "variable", "action",
                                                     "recording", "ended",    "note", "report"};

constexpr std::array<std::string_view, 24> kAllFields{"by",
                                                      "role",
                                                      "text",
                                                      "start_ms",
                                                      "end_ms",
                                                      "name",
                                                      "value",
                                                      "collected",
                                                      "system",
                                                      "url",
                                                      "status",
                                                      "reason",
                                                      "custom_reason",
                                                      "error_message",
                                                      "hung_up_by",
                                                      "more",
                                                      "action_type",
                                                      "description",
                                                      "parameters_hard_coded",
                                                      "return_value",
                                                      "parameters_from_llm",
                                                      "timestamp",
                                                      "evidence",
                                                      "confidence"};

void check_one_of(Fields& fields, std::string_view name, std::initializer_list<std::string_view> values,
                  bool required) {
  const auto text = required ? fields.required_text(name, 100) : fields.text(name, 100);
  if (!text || std::find(values.begin(), values.end(), *text) != values.end()) return;
  std::string list;
  for (const auto value : values) list.append(list.empty() ? "" : ", ").append(value);
  fields.wrong(name, "must be one of " + list);
}

void check_ended(Fields& fields) {
  read_terminal_status(fields, "status");
  fields.text("reason", 100);
  fields.text("custom_reason", 1000);
  fields.text("error_message", 2000);
  check_one_of(fields, "hung_up_by", {"human", "bot", "agent", "system"}, false);
  fields.boolean("more");
}

void check_body(EventType type, Fields& fields) {
  switch (type) {
    case EventType::answered: check_one_of(fields, "by", {"human", "machine"}, false); break;
    case EventType::turn:
      check_one_of(fields, "role", {"bot", "human"}, true);
      fields.required_text("text", kMaxTurnText, 0);
      fields.integer("start_ms", 0, INT32_MAX);
      fields.integer("end_ms", 0, INT32_MAX);
      break;
    case EventType::variable: {
      fields.required_text("name", 200);
      const auto* value = fields.find("value");
      if (value && (value->is_object() || value->is_array())) {
        fields.wrong("value", "must be a string, a number, a boolean or null");
      }
      fields.boolean("collected");
      fields.boolean("system");
      break;
    }
    case EventType::action:
      for (const auto name : {"action_type", "description", "parameters_hard_coded", "error_message", "return_value",
                              "parameters_from_llm", "timestamp", "evidence", "confidence", "evaluator"}) {
        fields.find(name);
      }
      fields.required_text("name", 200);
      if (const auto problem = engine_action_problem(engine_action("", fields.object()))) fields.wrong("", *problem);
      break;
    case EventType::recording: fields.required_text("url", 4000); break;
    case EventType::ended: check_ended(fields); break;
    case EventType::note: fields.text("text", 10'000); break;
    case EventType::ringing:
    case EventType::report: break;
  }
}

std::optional<Event> read_event(const json::value& value, const std::string& path, std::vector<FieldError>& errors) {
  if (!value.is_object()) {
    errors.push_back({path.empty() ? "/" : path, "must be an event: an object with id, type and at"});
    return {};
  }
  const std::size_t before = errors.size();
  Fields fields(value.get_object(), path, errors);
  Event event;
  event.id = fields.required_text("id", kMaxEventId).value_or("");
  const auto type = fields.required_text("type", 100);
  if (type) {
    const auto known = event_type_from(*type);
    // `report` is ours, for reports that are merged; no sender may use it.
    if (known && *known != EventType::report) {
      event.type = *known;
    } else {
      const std::vector<std::string_view> names(kTypeNames.begin(), kTypeNames.end() - 1);
      const auto near = nearest_name(*type, names);
      fields.wrong("type", "must be one of ringing, answered, turn, variable, action, recording, ended, note" +
                               (near.empty() ? std::string() : "; did you mean \"" + std::string(near) + "\"?"));
    }
  }
  fields.require("at");
  event.at = fields.time("at").value_or(0);
  if (errors.size() == before) {
    check_body(event.type, fields);
  } else {
    // Not known what this event may hold: only what no event holds is named, often a misspelt `type`.
    for (const auto name : kAllFields) fields.find(name);
  }
  fields.done();
  event.body = value.get_object();
  if (errors.size() != before) return {};
  return event;
}

std::optional<std::string> text_of(const json::object& body, std::string_view name) {
  const auto* value = body.if_contains(name);
  if (!value || !value->is_string()) return {};
  return std::string(value->get_string());
}

std::optional<std::int64_t> integer_of(const json::object& body, std::string_view name) {
  const auto* value = body.if_contains(name);
  if (!value || !value->is_number()) return {};
  return value->to_number<std::int64_t>();
}

bool flag_of(const json::object& body, std::string_view name, bool otherwise) {
  const auto* value = body.if_contains(name);
  return value && value->is_bool() ? value->get_bool() : otherwise;
}

void apply_ended(Facts& facts, const Event& event) {
  facts.more = facts.more || flag_of(event.body, "more", false);
  if (facts.ended) return;  // the earliest tells how the call ended
  facts.ended = true;
  facts.ended_at = event.at;
  if (const auto status = text_of(event.body, "status")) facts.status = call_status_from(*status);
  facts.reason = text_of(event.body, "reason");
  facts.custom_reason = text_of(event.body, "custom_reason");
  facts.error_message = text_of(event.body, "error_message");
  facts.hung_up_by = party_from(text_of(event.body, "hung_up_by").value_or(""));
}

void apply(Facts& facts, const Event& event) {
  switch (event.type) {
    case EventType::ringing:
      if (!facts.ringing_at) facts.ringing_at = event.at;
      break;
    case EventType::answered:
      if (!facts.answered_at) facts.answered_at = event.at;
      if (const auto by = text_of(event.body, "by"); by && !facts.answered_by_human) {
        facts.answered_by_human = *by == "human";
      }
      break;
    case EventType::turn:
      if (facts.transcript.size() >= kMaxTurns) break;
      facts.transcript.push_back({text_of(event.body, "role") == "human" ? Role::human : Role::bot,
                                  text_of(event.body, "text").value_or(""), integer_of(event.body, "start_ms"),
                                  integer_of(event.body, "end_ms")});
      break;
    case EventType::variable: {
      Variable variable{text_of(event.body, "name").value_or(""), nullptr, true, flag_of(event.body, "system", false)};
      if (const auto* value = event.body.if_contains("value")) variable.value = *value;
      variable.collected = flag_of(event.body, "collected", true);
      std::erase_if(facts.variables, [&](const Variable& known) { return known.name == variable.name; });
      facts.variables.push_back(std::move(variable));
      break;
    }
    case EventType::action: {
      json::object entry = event.body;
      for (const auto name : {"id", "type", "at"}) entry.stable_erase(name);  // the rest keeps its order
      const std::string name = text_of(event.body, "name").value_or("");
      facts.executed_actions[name] = engine_action(name, entry);
      break;
    }
    case EventType::recording: facts.recording_url = text_of(event.body, "url"); break;
    case EventType::ended: apply_ended(facts, event); break;
    case EventType::note: break;
    case EventType::report: {
      if (auto report = read_report(event.body)) fill_facts(facts, std::move(report->facts));
      break;
    }
  }
}

}  // namespace

std::optional<EventType> event_type_from(std::string_view name) {
  const auto found = std::find(kTypeNames.begin(), kTypeNames.end(), name);
  if (found == kTypeNames.end()) return {};
  return static_cast<EventType>(found - kTypeNames.begin());
}

std::string_view to_string(EventType type) { return kTypeNames[static_cast<std::size_t>(type)]; }

Result<std::vector<Event>> read_events(const json::value& body) {
  std::vector<FieldError> errors;
  std::vector<Event> events;
  if (body.is_array()) {
    const auto& elements = body.get_array();
    if (elements.empty() || elements.size() > kMaxEvents) {
      return fail(invalid_fields({{"/", "must hold 1 to " + std::to_string(kMaxEvents) + " events"}}));
    }
    for (std::size_t i = 0; i < elements.size() && errors.size() < 50; ++i) {
      if (auto event = read_event(elements[i], "/" + std::to_string(i), errors)) events.push_back(std::move(*event));
    }
  } else if (auto event = read_event(body, "", errors)) {
    events.push_back(std::move(*event));
  }
  if (!errors.empty()) return fail(invalid_fields(std::move(errors)));
  return events;
}

Facts facts_of(std::vector<Event> events) {
  // One order for every order of arrival: by the time it happened, then (turns) where it stands in the conversation,
  // then by id. Merged reports come last, so that they fill gaps only.
  const auto key = [](const Event& e) {
    return std::make_tuple(e.type == EventType::report, e.at, integer_of(e.body, "start_ms").value_or(0),
                           std::string_view(e.id));
  };
  std::sort(events.begin(), events.end(), [&](const Event& a, const Event& b) { return key(a) < key(b); });
  Facts facts;
  std::set<std::string_view> seen;
  for (const auto& event : events) {
    if (seen.insert(event.id).second) apply(facts, event);
  }
  return facts;
}

namespace {

template <class T>
void fill(T& mine, T& other) {
  if (!mine) mine = std::move(other);
}

}  // namespace

void fill_facts(Facts& facts, Facts other) {
  fill(facts.status, other.status);
  fill(facts.started_at, other.started_at);
  fill(facts.ringing_at, other.ringing_at);
  fill(facts.answered_at, other.answered_at);
  fill(facts.ended_at, other.ended_at);
  fill(facts.duration_s, other.duration_s);
  fill(facts.answered_by_human, other.answered_by_human);
  fill(facts.reason, other.reason);
  fill(facts.engine_reason, other.engine_reason);
  fill(facts.custom_reason, other.custom_reason);
  fill(facts.error_message, other.error_message);
  fill(facts.recording_url, other.recording_url);
  if (facts.hung_up_by == Party::unknown) facts.hung_up_by = other.hung_up_by;
  if (facts.transcript.empty()) facts.transcript = std::move(other.transcript);
  for (auto& variable : other.variables) {
    const bool known = std::any_of(facts.variables.begin(), facts.variables.end(),
                                   [&](const Variable& mine) { return mine.name == variable.name; });
    if (!known) facts.variables.push_back(std::move(variable));
  }
  for (auto& [name, action] : other.executed_actions) {
    if (!facts.executed_actions.contains(name)) facts.executed_actions[name] = std::move(action);
  }
  facts.ended = facts.ended || other.ended;
}

}  // namespace wrapup
