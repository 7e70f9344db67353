// Takes personal data out of what is said and reported about a call, before it is stored: typed placeholders
// ("[EMAIL]") in place of the words. Written and spoken forms, also over several turns. Used by the intake for agents
// with `redact_pii`. Pure; what was redacted is left alone when it is redacted again.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "model/call.hpp"
#include "model/event.hpp"

namespace wrapup {

enum class Pii : std::uint8_t { card, expiry, cvv, ssn, iban, name, email, phone, address };
inline constexpr std::size_t kPiiKinds = 9;

/// "card", "expiry", ...; the placeholder is the name in capitals and brackets.
std::string_view to_string(Pii kind);
std::optional<Pii> pii_from(std::string_view name);

/// A set of kinds, a bit each.
using PiiSet = std::uint16_t;
inline constexpr PiiSet kAllPii = (1U << kPiiKinds) - 1;
constexpr PiiSet pii_bit(Pii kind) { return static_cast<PiiSet>(1U << static_cast<unsigned>(kind)); }

/// What is known of the customer, and so found wherever it is said.
struct PiiContext {
  PiiSet kinds = 0;
  std::string name;
  std::string phone;

  bool has(Pii kind) const { return (kinds & pii_bit(kind)) != 0; }
};

/// Of a customer with that name and number; what was redacted already says nothing.
PiiContext customer_context(PiiSet kinds, std::string name, std::string phone);

/// All but the last four digits as '*': "+*******0123".
std::string mask_phone(std::string_view phone);
/// Whether it looks like what mask_phone makes.
bool is_masked_phone(std::string_view text);

void redact_turns(Transcript& turns, const PiiContext& context);
std::string redact_text(std::string_view text, const PiiContext& context);
/// All strings of a value; `hint` is the name it stands under: under "customer_name" or "email" the whole text goes.
void redact_value(json::value& value, std::string_view hint, const PiiContext& context);

/// The body of a report, or of a request to place a call; phone, name and lead_email are masked too.
void redact_request(json::object& body, PiiSet kinds);

/// What was asked of an engine or of the system behind a number about one call, by its body: the call that it tells of.
std::string redact_message(std::string_view body, PiiSet kinds);
/// What came back, of a log entry's detail.
std::string redact_answer(std::string_view detail, const PiiContext& context);

/// Events of one call. `before`: turns that came earlier, for what they ask; they are read only.
void redact_events(std::vector<Event>& events, const Transcript& before, const PiiContext& context);

}  // namespace wrapup
