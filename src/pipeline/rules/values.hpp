// Typed values in one turn: times, dates, money, numbers, phone numbers, e-mail addresses and codes, written or spoken.
// Pure; linear in the tokens.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/rules/tokens.hpp"

namespace wrapup::rules {

enum class ValueType { number, money, time, date, phone, email, code, postcode, name, place, title, text };

struct Date {
  int year = 0;  // 0: not said; so for all
  int month = 0;
  int day = 0;
  int weekday = 0;    // 1 Monday
  int relative = -1;  // days from today: 0 today, 1 tomorrow, 2 the day after; 7 and more: next week
};

struct Value {
  ValueType type = ValueType::text;
  std::size_t first = 0;  // tokens [first, last)
  std::size_t last = 0;
  double number = 0;
  int minutes = -1;   // of the day
  bool sure = false;  // a time whose half of the day is known; a date or code that is surely one
  Date date;
  std::string text;  // the value when it is not the words of the turn themselves (spelled, spoken)
};

std::vector<Value> find_values(std::string_view text, const std::vector<Token>& tokens);

/// A number at tokens[at], in digits or words ("one hundred and five").
struct Number {
  double value = 0;
  std::size_t next = 0;
  bool ordinal = false;
};
std::optional<Number> read_number(const std::vector<Token>& tokens, std::size_t at);

/// What is spelled letter by letter or digit by digit in tokens [first, last): "b as in boy", "double five", "delta".
/// Empty when nothing is.
std::string join_spelled(const std::vector<Token>& tokens, std::size_t first, std::size_t last);

/// Whether two values say the same: "7 pm" and "19:00", "March 8th" and "the 8th", "three" and "3".
bool same_value(const Value& a, const Value& b);

}  // namespace wrapup::rules
