#include <algorithm>

#include <fmt/format.h>

#include "app/commands_remote.hpp"
#include "app/json_at.hpp"
#include "app/text_file.hpp"
#include "base/units.hpp"

namespace wrapup {

namespace {

constexpr std::size_t kMaxPem = 64 * 1024;
constexpr std::string_view kDefault = "default";

tl::unexpected<Error> wrong(std::string words) { return fail(Code::invalid, "wrong_argument", std::move(words)); }

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

bool same_name(std::string_view a, std::string_view b) {
  return std::ranges::equal(
      a, b, {}, [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; },
      [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
}

json::value text_or_default(const std::string& text) {
  return text == kDefault ? json::value(nullptr) : json::value(text);
}

json::value list_or_default(const std::string& text) {
  if (text == kDefault) return nullptr;
  json::array steps;
  std::string_view rest = text;
  while (true) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    if (const auto step = trimmed(rest.substr(0, comma)); !step.empty()) steps.emplace_back(step);
    if (comma == rest.size()) return steps;
    rest.remove_prefix(comma + 1);
  }
}

/// "20/1s", "20/s", "10000/5m" as {"count", "per"}.
Result<json::value> rate_from(const std::string& text) {
  const std::size_t slash = text.find('/');
  const auto count = parse_whole_number(text.substr(0, slash));
  std::string per = slash == std::string::npos ? "" : text.substr(slash + 1);
  if (!per.empty() && (per.front() < '0' || per.front() > '9')) per.insert(0, "1");
  if (!count || !parse_duration(per))
    return wrong("--rate: " + text + " is no rate; right are 20/1s, 5/s, 10000/5m, or default");
  return json::value{{"count", *count}, {"per", per}};
}

Result<json::value> rates_from(const std::vector<std::string>& texts) {
  if (texts.size() == 1 && texts.front() == kDefault) return json::value(nullptr);
  json::array rates;
  for (const auto& text : texts) {
    auto rate = rate_from(text);
    if (!rate) return rate;
    rates.push_back(std::move(*rate));
  }
  return json::value(std::move(rates));
}

/// Sets, changes or removes one header in `headers`; "default" removes all.
Status apply_header(json::array& headers, const std::string& text, bool secret) {
  if (text == kDefault) {
    headers.clear();
    return {};
  }
  const std::size_t colon = text.find(':');
  const std::string_view name = trimmed(std::string_view(text).substr(0, colon));
  if (colon == std::string::npos || name.empty()) {
    return wrong(std::string(secret ? "--secret-header" : "--header") +
                 ": a header is written as 'Name: value'; 'Name:' removes one, default removes all");
  }
  const std::string_view value = trimmed(std::string_view(text).substr(colon + 1));
  const auto is_it = [&](const json::value& header) { return same_name(text_at(header, "name"), name); };
  const auto known = std::find_if(headers.begin(), headers.end(), is_it);
  if (value.empty()) {
    if (known == headers.end()) return wrong("no header " + std::string(name) + " is set that could be removed");
    headers.erase(known);
    return {};
  }
  const json::value header{{"name", name}, {"value", value}, {"secret", secret}};
  if (known == headers.end()) {
    headers.push_back(header);
  } else {
    *known = header;
  }
  return {};
}

Status add_pem(json::object& tls, std::string_view member, const std::string& option,
               const std::optional<std::string>& file) {
  if (!file) return {};
  if (*file == kDefault) {
    tls[member] = nullptr;
    return {};
  }
  const auto text = read_text_file(*file, kMaxPem);
  if (!text) return wrong(option + ": " + *file + ": " + text.error().message);
  tls[member] = *text;
  return {};
}

Status add_tls(json::object& body, const EndpointChange& change) {
  json::object tls;
  if (auto done = add_pem(tls, "ca", "--ca", change.ca); !done) return done;
  if (auto done = add_pem(tls, "certificate", "--cert", change.cert); !done) return done;
  if (auto done = add_pem(tls, "key", "--cert-key", change.cert_key); !done) return done;
  if (!tls.empty()) body["tls"] = std::move(tls);
  return {};
}

Status add_headers(json::object& body, const EndpointChange& change, const json::array& known) {
  if (change.headers.empty() && change.secret_headers.empty()) return {};
  json::array headers = known;
  for (const auto& text : change.headers) {
    if (auto done = apply_header(headers, text, false); !done) return done;
  }
  for (const auto& text : change.secret_headers) {
    if (auto done = apply_header(headers, text, true); !done) return done;
  }
  body["headers"] = std::move(headers);
  return {};
}

void add_retry(json::object& body, const EndpointChange& change) {
  json::object retry;
  if (change.schedule) retry["schedule"] = list_or_default(*change.schedule);
  if (change.short_schedule) retry["short_schedule"] = list_or_default(*change.short_schedule);
  if (change.max_age) retry["max_age"] = text_or_default(*change.max_age);
  if (!retry.empty()) body["retry"] = std::move(retry);
}

}  // namespace

Result<json::object> endpoint_change_body(const EndpointChange& change, const json::array& known) {
  json::object body;
  const auto text = [&](std::string_view name, const std::optional<std::string>& given) {
    if (given) body[name] = text_or_default(*given);
  };
  text("name", change.name);
  text("preset", change.preset);
  text("connect_timeout", change.connect_timeout);
  text("timeout", change.timeout);
  text("disable_after", change.disable_after);
  if (change.concurrency) {
    const auto number = parse_whole_number(*change.concurrency);
    if (!number && *change.concurrency != kDefault)
      return wrong("--concurrency: a whole number from 1 to 1000, or default");
    body["concurrency"] = number ? json::value(*number) : json::value(nullptr);
  }
  if (!change.rates.empty()) {
    auto rates = rates_from(change.rates);
    if (!rates) return fail(rates.error());
    body["rate_limits"] = std::move(*rates);
  }
  add_retry(body, change);
  if (auto done = add_headers(body, change, known); !done) return fail(done.error());
  if (auto done = add_tls(body, change); !done) return fail(done.error());
  return body;
}

}  // namespace wrapup
