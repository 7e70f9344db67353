// What a client sends about a call: the request to place one (POST /v2/calls), and a finished call in one request
// (POST /v2/calls/report). Pure readers that check everything and name every wrong field.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/fields.hpp"
#include "model/call.hpp"
#include "model/event.hpp"

namespace wrapup {

/// The fields that a call begins with.
struct CallRequest {
  std::string model_id;
  std::string phone;  // the customer's
  std::string name;
  std::string from_phone_number;
  std::vector<std::pair<std::string, std::string>> custom_variables;
  std::string lead_email;
  std::string lead_timezone;
  std::string prompt;
  std::string greeting;
  std::string external_webhook_url;
  json::object metadata;
  std::string external_id;
  bool registered = false;  // announced before the engine hands the call over
};

struct Report {
  CallRequest call;
  Direction direction = Direction::outbound;
  Facts facts;
};

/// Reads the body of POST /v2/calls.
Result<CallRequest> read_call_request(const json::object& body);
Result<CallRequest> read_call_request(std::string_view body);

/// Reads the body of POST /v2/calls/report. From its text the quicker way: no tree is made of turns without a fault.
Result<Report> read_report(const json::object& body);
Result<Report> read_report(std::string_view body);

/// Readers of what several kinds of request share: a phone number under `name`; `custom_variables`, as an array of
/// {key, value} or as an object.
void read_phone(Fields& fields, std::string_view name, bool required, std::string& out);
void read_custom_variables(Fields& fields, std::vector<std::pair<std::string, std::string>>& out);

/// E.164: '+', then 7 to 15 digits, the first not 0.
bool is_phone_number(std::string_view text);

/// A terminal status under `name`; anything else is an error on that field.
std::optional<CallStatus> read_terminal_status(Fields& fields, std::string_view name);

/// "human" or "bot" ("agent" too); anything else is unknown.
Party party_from(std::string_view name);

}  // namespace wrapup
