#include "app/attempt_text.hpp"

#include <gtest/gtest.h>

#include "net/http_client.hpp"

namespace wrapup {
namespace {

json::object entry(std::string_view more = "{}") {
  json::object attempt = parse_json(R"({"webhook_log_id":"019a-1","request_timestamp":"2026-11-24T12:00:00.000Z",
    "status":"failed","webhook_url":"https://example.com/hook","response_status_code":503,"call_id":"c1",
    "webhook_id":"evt_1","delivery_id":"evt_1","endpoint_id":"e1","event_type":"call.completed","attempt_number":2,
    "error_class":"http_5xx","duration_ms":3.2,"maybe_delivered":false,
    "request_headers":{"Content-Type":"application/json","Authorization":"Bearer abc","webhook-id":"evt_1"},
    "request_payload":"{\"status\":\"completed\"}","response_headers":{"server":"x"},
    "response_payload":"down\u001b[2J","response_truncated":false,
    "error_message":"the receiver answered 503","address":"203.0.113.7:443","tls_version":"TLSv1.3",
    "timings_us":{"dns":1000,"connect":2000,"tls":8000,"first_byte":31000,"total":32000}})")
                             ->get_object();
  const auto changes = parse_json(more);
  for (const auto& [name, value] : changes->get_object()) attempt[name] = value;
  return attempt;
}

bool holds(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

TEST(AttemptText, HasWordsForEveryClassOfFailure) {
  const auto classes = failure_classes();
  for (int i = 1; i <= static_cast<int>(TransportError::canceled); ++i) {
    const auto name = to_string(static_cast<TransportError>(i));
    EXPECT_NE(std::find(classes.begin(), classes.end(), name), classes.end()) << name;
  }
  for (const int status : {300, 400, 410, 429, 500}) {
    const auto name = failure_of_status(status);
    EXPECT_NE(std::find(classes.begin(), classes.end(), name), classes.end()) << name;
  }
  for (const auto name : classes) {
    const auto words =
        failure_words(entry("{\"response_status_code\":null,\"error_class\":\"" + std::string(name) + "\"}"));
    EXPECT_FALSE(words.what.empty() || words.next.empty()) << name;
  }
}

TEST(AttemptText, SaysWhatToDoAboutAStatus) {
  EXPECT_TRUE(holds(failure_words(entry()).what, "overloaded or down"));
  EXPECT_TRUE(
      holds(failure_words(entry(R"({"response_status_code":404,"error_class":"http_4xx"})")).what, "at this path"));
  EXPECT_TRUE(holds(failure_words(entry(R"({"response_status_code":418,"error_class":"http_4xx"})")).what, "refuses"));
  const auto redirect = entry(
      R"({"response_status_code":301,"error_class":"redirect","response_headers":{"Location":"https://new.example.com/"}})");
  EXPECT_EQ(failure_words(redirect).next, "Use the final URL: https://new.example.com/");
  const auto broken = entry(R"({"response_status_code":503,"error_class":"timeout_after","maybe_delivered":true})");
  EXPECT_TRUE(holds(failure_words(broken).what, "did not answer in time")) << "a status that came is no whole answer";
  EXPECT_TRUE(holds(failure_words(broken).what, "take each webhook-id once"));
  EXPECT_TRUE(holds(failure_words(broken).next, "wrapup endpoint set e1 --timeout"));
}

TEST(AttemptText, SuccessNeedsNoAdvice) {
  const auto good = entry(R"({"status":"success","response_status_code":204,"error_class":"","error_message":null})");
  EXPECT_EQ(failure_words(good).what, "");
  EXPECT_EQ(outcome_text(good, Look()), "Delivered: https://example.com/hook answered 204 (3.2 ms).\n");
  EXPECT_EQ(result_cell(good).text, "204");
}

TEST(AttemptText, TheOutcomeNamesTheAnswerOrWhyThereIsNone) {
  EXPECT_TRUE(outcome_text(entry(), Look()).starts_with("Failed: https://example.com/hook answered 503 (3.2 ms).\n"));
  const auto refused = entry(
      R"({"response_status_code":null,"error_class":"connect","error_message":"connect: cannot connect to 203.0.113.7:443"})");
  const std::string text = outcome_text(refused, Look());
  EXPECT_TRUE(text.starts_with("Failed: https://example.com/hook did not answer (connect, 3.2 ms).\n")) << text;
  EXPECT_TRUE(holds(text, "(connect: cannot connect to 203.0.113.7:443)")) << text;
  EXPECT_EQ(result_cell(refused).text, "connect");
}

TEST(AttemptText, AnUnknownClassIsSaidAsItIs) {
  const auto odd = entry(R"({"response_status_code":null,"error_class":"eclipse\u001b"})");
  EXPECT_EQ(failure_words(odd).what, "It failed: eclipse\\x1b.");
}

TEST(AttemptText, ShowsEverythingAndNothingThatSteersTheTerminal) {
  json::array attempts{entry(), entry(R"({"webhook_log_id":"019a-0","attempt_number":1})")};
  const std::string text = attempt_text(entry(), attempts, 0, Look());
  for (const char* part : {"203.0.113.7:443, TLSv1.3", "Attempts of this delivery", "019a-1 (this one)",
                           "TLS handshake", "Request: POST https://example.com/hook", "\"status\": \"completed\"",
                           "Answer: 503", "server: x", "down\\x1b[2J", "evt_1 (call.completed)"}) {
    EXPECT_TRUE(holds(text, part)) << part << "\n" << text;
  }
  EXPECT_FALSE(holds(text, "\x1b"));
}

TEST(AttemptText, TheWaterfallShowsPhasesOneAfterAnother) {
  const auto timings =
      parse_json(R"({"dns":1000,"connect":2000,"tls":8000,"first_byte":31000,"total":32000})")->get_object();
  EXPECT_EQ(waterfall(timings, Look()),
            "  name lookup               1.0 ms  █\n"
            "  connecting                1.0 ms   █\n"
            "  TLS handshake             6.0 ms    ██████\n"
            "  waiting for the answer     23 ms          ███████████████████████\n"
            "  reading it                1.0 ms                                 █\n");
  const auto reused = parse_json(R"({"dns":0,"connect":0,"tls":0,"first_byte":500,"total":1000})")->get_object();
  EXPECT_TRUE(holds(waterfall(reused, Look()), "open already"));
  const auto silent = parse_json(R"({"dns":0,"connect":400,"tls":0,"first_byte":0,"total":15000000})")->get_object();
  EXPECT_TRUE(holds(waterfall(silent, Look()), "waiting in vain          15.00 s")) << waterfall(silent, Look());
  EXPECT_EQ(waterfall({}, Look()), "");
}

TEST(AttemptText, AHostileTimingDrawsNoEndlessBar) {
  const auto odd = parse_json(R"({"dns":9e17,"connect":-5,"first_byte":9e17,"total":3})")->get_object();
  EXPECT_LT(waterfall(odd, Look()).size(), 1000U);
}

TEST(AttemptText, TheCurlCommandMasksSecretsAndQuotesTheRest) {
  const auto attempt = entry(
      R"({"request_payload":"{\"text\":\"it's\"}","request_headers":{"X-Team":"a'b","X-Api-Key":"k","Authorization":"Bearer abc","bad name":"x"}})");
  EXPECT_EQ(curl_command(attempt),
            "curl -sS -i -X POST --globoff --url 'https://example.com/hook' \\\n"
            "  -H 'X-Team: a'\\''b' \\\n"
            "  -H 'X-Api-Key: ***' \\\n"
            "  -H 'Authorization: ***' \\\n"
            "  --data-raw '{\"text\":\"it'\\''s\"}'\n");
}

TEST(AttemptText, TheCurlCommandEscapesControlCharacters) {
  const auto attempt = entry(R"({"request_payload":"a\u001b[2Jb'\\\n","request_headers":{}})");
  EXPECT_TRUE(holds(curl_command(attempt), "--data-raw $'a\\x1b[2Jb\\'\\\\\\x0a'")) << curl_command(attempt);
}

TEST(AttemptText, ToleratesAnEntryOfAnotherShape) {
  for (const char* text : {"{}", R"({"status":3,"timings_us":[],"request_headers":"x","response_status_code":"y"})"}) {
    const auto odd = parse_json(text)->get_object();
    EXPECT_FALSE(attempt_text(odd, {}, 0, Look()).empty());
    EXPECT_FALSE(curl_command(odd).empty());
  }
}

}  // namespace
}  // namespace wrapup
