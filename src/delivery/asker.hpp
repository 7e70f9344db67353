// A question to a receiver whose answer steers a call: signed as every webhook, asked again at once when no answer
// comes, and over in well under a minute. Its attempts are handed back, to be stored with what became of the call. The
// API asks through it, on the reactor.
#pragma once

#include <string>

#include "base/clock.hpp"
#include "base/entropy.hpp"
#include "delivery/signers.hpp"
#include "net/http_client.hpp"
#include "net/own_inboxes.hpp"
#include "storage/store.hpp"

namespace wrapup {

class Asker {
 public:
  struct Settings {
    Duration timeout = 10 * kSecond;  // of one request
    Duration connect_timeout = 5 * kSecond;
    Duration pause = 500 * kMillisecond;  // between requests
    std::int64_t tries = 4;
    std::size_t reply_cap = 64 * 1024;
    const OwnInboxes* own = nullptr;  // are always reached
  };
  Asker(Executor executor, HttpClient& client, SignerCache& signers, Clock& clock, Entropy& entropy, Settings settings);

  /// Errors are those of the signers; a receiver that does not answer is none.
  Task<Result<Asked>> ask(Message question, std::string url);

 private:
  HttpRequest request_for(const Message& question, const std::string& url, const Signers& signers, std::int64_t number);
  Attempt log_of(const Message& question, const std::string& url, std::string_view sent, Timestamp began,
                 std::int64_t number, const HttpReply& reply);

  Executor executor_;
  HttpClient& client_;
  SignerCache& signers_;
  Clock& clock_;
  Entropy& entropy_;
  Settings settings_;
};

}  // namespace wrapup
