#include "model/redaction.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <utility>

#include "base/entropy.hpp"
#include "model/phrases.hpp"
#include "model/redaction_words.hpp"

namespace wrapup {

namespace {

constexpr std::array<std::string_view, kPiiKinds> kNames{"card", "expiry", "cvv",   "ssn",    "iban",
                                                         "name", "email",  "phone", "address"};

std::string placeholder(Pii kind) {
  std::string out = "[";
  for (const char c : to_string(kind)) out += static_cast<char>(c - 'a' + 'A');
  return out + "]";
}

// Puts the placeholders in; spans that touch and are of one kind become one.
void apply(std::string& text, std::vector<redaction::Span> spans) {
  std::stable_sort(spans.begin(), spans.end(), [](const auto& a, const auto& b) { return a.begin < b.begin; });
  std::vector<redaction::Span> merged;
  for (const auto& span : spans) {
    if (!merged.empty() && span.begin < merged.back().end && merged.back().kind != span.kind) continue;
    const bool touches = !merged.empty() && merged.back().kind == span.kind &&
                         text.find_first_not_of(" -,.", merged.back().end) >= span.begin;
    if (touches) {
      merged.back().end = std::max(merged.back().end, span.end);
    } else {
      merged.push_back(span);
    }
  }
  std::string out;
  std::size_t done = 0;
  for (const auto& span : merged) {
    out.append(text, done, span.begin - done);
    out += placeholder(span.kind);
    done = span.end;
  }
  out.append(text, done);
  text = std::move(out);
}

// Of spans that overlap the earlier found is kept; of one kind they become one.
std::vector<redaction::Span> find(const Transcript& turns, const PiiContext& context) {
  const redaction::Words words = redaction::read_words(turns);
  std::vector<redaction::Span> found;
  redaction::find_emails(words, found);
  redaction::find_numbers(words, context, found);
  redaction::find_addresses(words, found);
  redaction::find_names(words, context, found);
  std::map<std::pair<std::size_t, std::size_t>, redaction::Span> kept;  // by turn and end
  for (auto span : found) {
    if (!context.has(span.kind)) continue;
    // The first that ends behind its beginning, if it begins before its end.
    auto other = kept.upper_bound({span.turn, span.begin});
    const auto overlaps = [&] {
      return other != kept.end() && other->second.turn == span.turn && other->second.begin < span.end;
    };
    while (overlaps() && other->second.kind == span.kind) {
      span.begin = std::min(span.begin, other->second.begin);
      span.end = std::max(span.end, other->second.end);
      other = kept.erase(other);
    }
    if (overlaps()) {  // of another kind: what stands before it goes all the same
      if (other->second.begin <= span.begin) continue;
      span.end = other->second.begin;
    }
    kept.emplace(std::pair(span.turn, span.end), span);
  }
  std::vector<redaction::Span> out;
  for (const auto& [where, span] : kept) out.push_back(span);
  return out;
}

void redact_in_place(Transcript& turns, std::size_t from, const PiiContext& context) {
  std::vector<std::vector<redaction::Span>> of_turn(turns.size());
  for (const auto& span : find(turns, context)) of_turn[span.turn].push_back(span);
  for (std::size_t i = from; i < turns.size(); ++i) {
    if (!of_turn[i].empty()) apply(turns[i].text, std::move(of_turn[i]));
  }
}

}  // namespace

std::string_view to_string(Pii kind) { return kNames[static_cast<std::size_t>(kind)]; }

std::optional<Pii> pii_from(std::string_view name) {
  const auto found = std::find(kNames.begin(), kNames.end(), name);
  if (found == kNames.end()) return {};
  return static_cast<Pii>(found - kNames.begin());
}

PiiContext customer_context(PiiSet kinds, std::string name, std::string phone) {
  if (name.starts_with('[')) name.clear();
  if (phone.find('*') != std::string::npos) phone.clear();
  return {kinds, std::move(name), std::move(phone)};
}

std::string mask_phone(std::string_view phone) {
  std::string out(phone);
  std::size_t digits = 0;
  for (const char c : out) digits += c >= '0' && c <= '9' ? 1 : 0;
  for (char& c : out) {
    if (c < '0' || c > '9') continue;
    if (digits > 4) c = '*';
    --digits;
  }
  return out;
}

bool is_masked_phone(std::string_view text) {
  const std::size_t stars = text.find_first_not_of('*', 1);
  return text.size() >= 8 && text.size() <= 16 && text[0] == '+' && stars != std::string_view::npos && stars > 1 &&
         stars + 4 == text.size() && text.find_first_not_of("0123456789", stars) == std::string_view::npos;
}

void redact_turns(Transcript& turns, const PiiContext& context) {
  if (context.kinds != 0) redact_in_place(turns, 0, context);
}

std::string redact_text(std::string_view text, const PiiContext& context) {
  Transcript one{{Role::human, std::string(text), {}, {}}};
  redact_turns(one, context);
  return std::move(one[0].text);
}

namespace {

// The kind that a name of a field tells: "customer_email", "phoneNumber", "first name".
std::optional<Pii> kind_by_name(std::string_view name) {
  std::string spaced;
  for (std::size_t i = 0; i < name.size() && i < 200; ++i) {
    const bool upper = name[i] >= 'A' && name[i] <= 'Z';
    if (upper && i > 0 && name[i - 1] >= 'a' && name[i - 1] <= 'z') spaced += ' ';
    spaced += name[i];
  }
  const std::string words = fold_words(spaced);
  const auto has = [&](std::string_view word) {
    return words.find(" " + std::string(word) + " ") != std::string::npos;
  };
  if (has("email") || has("e mail") || has("mail")) return Pii::email;
  if (has("phone") || has("mobile") || has("telephone") || has("cell") || has("phonenumber")) return Pii::phone;
  if (has("ssn") || has("social security") || has("social security number")) return Pii::ssn;
  if (has("iban")) return Pii::iban;
  if (has("cvv") || has("cvc")) return Pii::cvv;
  if (has("card number") || has("credit card") || has("card no")) return Pii::card;
  if (has("card expiry") || has("expiry date") || has("expiration date")) return Pii::expiry;
  if (has("street") || has("address") || has("postcode") || has("zip") || has("zip code") || has("postal code"))
    return Pii::address;
  if (has("surname") || has("firstname") || has("lastname") || has("fullname")) return Pii::name;
  for (const std::string_view whose : {"first", "last", "full", "customer", "caller", "client", "patient", "contact",
                                       "lead", "guest", "family", "maiden", "user", "your"}) {
    if (has(std::string(whose) + " name")) return Pii::name;
  }
  return words == " name " ? std::optional(Pii::name) : std::nullopt;
}

bool is_placeholder(std::string_view text) {
  return text.size() > 2 && text.front() == '[' && text.back() == ']' && text.find(']') == text.size() - 1;
}

// Fields that name things of the program, not of people.
bool stays(std::string_view name) {
  return redaction::in_list(
      std::string(name),
      "|id|type|at|role|status|model_id|external_id|external_webhook_url|recording_url|url|by|hung_up_by|"
      "type_of_call|lead_timezone|timezone|started_at|answered_at|ended_at|end_call_reason|"
      "action_type|parameters_hard_coded|timestamp|evaluator|from_phone_number|to_number|start_ms|end_ms|call_id|agent|"
      "events_path|");
}

void redact_string(json::value& value, std::string_view hint, const PiiContext& context) {
  const std::string_view text = value.get_string();
  const auto kind = kind_by_name(hint);
  if (kind && context.has(*kind) && !text.empty()) {
    if (!is_placeholder(text)) value = json::string(placeholder(*kind));
    return;
  }
  if (is_uuid(text)) return;
  std::string redacted = redact_text(text, context);
  if (redacted != text) value = json::string(redacted);
}

void redact_number(json::value& value, std::string_view hint, const PiiContext& context) {
  const auto kind = kind_by_name(hint);
  const std::string digits = to_text(value);
  const bool hinted = kind && context.has(*kind) && *kind != Pii::name;
  if (hinted || redact_text(digits, context) != digits) value = json::string(placeholder(hinted ? *kind : Pii::card));
}

PiiContext context_of(const json::object& body, PiiSet kinds) {
  const auto text = [&](std::string_view field) {
    const auto* value = body.if_contains(field);
    return value && value->is_string() ? std::string(value->get_string()) : std::string();
  };
  return customer_context(kinds, text("name"), text(body.contains("phone") ? "phone" : "from_number"));
}

void redact_transcript(json::value& value, const PiiContext& context) {
  Transcript turns;
  if (value.is_string()) {
    turns = transcript_from_text(value.get_string());
    redact_turns(turns, context);
    value = json::string(transcript_text(turns));
    return;
  }
  if (!value.is_array()) return;
  for (const auto& element : value.get_array()) {
    Turn turn;
    if (const auto* object = element.if_object()) {
      const auto* role = object->if_contains("role");
      const auto* text = object->if_contains("text");
      turn.role = role && role->is_string() && role->get_string() == "human" ? Role::human : Role::bot;
      if (text && text->is_string()) turn.text = text->get_string();
    }
    turns.push_back(std::move(turn));
  }
  redact_turns(turns, context);
  for (std::size_t i = 0; i < turns.size(); ++i) {
    auto* object = value.get_array()[i].if_object();
    if (object && object->contains("text")) (*object)["text"] = json::string(turns[i].text);
  }
}

// An action that the engine ran: its result and what shows it, not its own name and settings.
void redact_action(json::object& action, const PiiContext& context) {
  for (auto& [name, value] : action) {
    if (name == "name" || stays(name)) continue;
    redact_value(value, name, context);
  }
}

}  // namespace

void redact_value(json::value& value, std::string_view hint, const PiiContext& context) {
  if (value.is_string()) {
    redact_string(value, hint, context);
  } else if (value.is_int64() || value.is_uint64()) {
    redact_number(value, hint, context);
  } else if (value.is_array()) {
    for (auto& element : value.get_array()) redact_value(element, hint, context);
  } else if (value.is_object()) {
    auto& object = value.get_object();
    const auto* key = object.if_contains("key");  // {"key": "customer_name", "value": …}
    const std::string own(key && key->is_string() ? std::string_view(key->get_string()) : std::string_view());
    for (auto& [name, member] : object) {
      const bool holds = name == "value" || name == "collected";
      if (name == "key") continue;
      redact_value(member, holds ? (own.empty() ? hint : std::string_view(own)) : std::string_view(name), context);
    }
  }
}

void redact_request(json::object& body, PiiSet kinds) {
  const PiiContext context = context_of(body, kinds);
  if (kinds == 0) return;
  for (auto& [key, value] : body) {
    const std::string_view name = key;
    if (stays(name)) continue;
    if (name == "phone" || name == "from_number") {
      if (context.has(Pii::phone) && value.is_string()) value = json::string(mask_phone(value.get_string()));
    } else if (name == "transcript") {
      redact_transcript(value, context);
    } else if (name == "executed_actions" && value.is_object()) {
      for (auto& [action, entry] : value.get_object()) {
        if (entry.is_object()) redact_action(entry.get_object(), context);
      }
    } else {
      redact_value(value, name, context);
    }
  }
}

std::string redact_message(std::string_view body, PiiSet kinds) {
  auto parsed = parse_json(body);
  if (!parsed || !parsed->is_object()) return "{}";
  for (const auto* part : {"data", "call_inbound"}) {
    auto* told = parsed->get_object().if_contains(part);
    if (told && told->is_object()) redact_request(told->get_object(), kinds);
  }
  return to_text(*parsed);
}

std::string redact_answer(std::string_view detail, const PiiContext& context) {
  auto parsed = parse_json(detail);
  if (!parsed || !parsed->is_object()) return "{}";
  for (const auto* part : {"response_body", "error_text"}) {
    auto* said = parsed->get_object().if_contains(part);
    if (!said || !said->is_string()) continue;
    // JSON by its fields, anything else as words.
    auto body = parse_json(said->get_string());
    if (body && (body->is_object() || body->is_array())) {
      redact_value(*body, "", context);
      *said = to_text(*body);
    } else {
      *said = redact_text(said->get_string(), context);
    }
  }
  return to_text(*parsed);
}

void redact_events(std::vector<Event>& events, const Transcript& before, const PiiContext& context) {
  if (context.kinds == 0) return;
  Transcript turns = before;
  std::vector<Event*> said;
  for (Event& event : events) {
    if (event.type == EventType::turn) {
      said.push_back(&event);
    } else if (event.type == EventType::report) {
      redact_request(event.body, context.kinds);
    } else if (event.type == EventType::action) {
      redact_action(event.body, context);
    } else if (event.type == EventType::variable) {
      const auto* name = event.body.if_contains("name");
      const std::string hint(name && name->is_string() ? std::string_view(name->get_string()) : std::string_view());
      if (auto* value = event.body.if_contains("value")) redact_value(*value, hint, context);
    } else {
      for (auto& [name, value] : event.body) {
        if (!stays(name)) redact_value(value, name, context);
      }
    }
  }
  std::stable_sort(said.begin(), said.end(), [](const Event* a, const Event* b) { return a->at < b->at; });
  for (const Event* event : said) {
    const auto* role = event->body.if_contains("role");
    const auto* text = event->body.if_contains("text");
    turns.push_back({role && role->is_string() && role->get_string() == "human" ? Role::human : Role::bot,
                     text && text->is_string() ? std::string(text->get_string()) : std::string(),
                     {},
                     {}});
  }
  redact_in_place(turns, before.size(), context);
  for (std::size_t i = 0; i < said.size(); ++i) said[i]->body["text"] = json::string(turns[before.size() + i].text);
}

}  // namespace wrapup
