// What `wrapup listen` does: reads the live stream of a server for what comes to one inbox, hands each request to a
// program on this machine, and brings back what that answered. The connection goes out from here; nothing needs to be
// reachable from outside. Goes on when the connection breaks. On the reactor of the command.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <set>
#include <string>
#include <string_view>

#include "app/remote.hpp"
#include "base/json.hpp"
#include "net/url.hpp"

namespace wrapup {

/// Server-sent events out of the bytes of a stream, wherever they are cut.
class EventReader {
 public:
  struct Event {
    std::string id;
    std::string type;
    std::string data;
  };
  /// False when a line is longer than any of ours.
  bool read(std::string_view bytes, const std::function<void(Event)>& take);

 private:
  void line(std::string_view text, const std::function<void(Event)>& take);
  std::string rest_;
  Event event_;
};

/// What became of one request.
struct Relayed {
  json::object request;  // as the stream tells of it
  int status = 0;        // that the sender got; 0: nothing, it was too late
  double millis = 0;     // until the program here had answered
  std::string error;     // why it did not; empty: it did
};

class Listener {
 public:
  /// `forward`: where requests go. `report` is called for each that is done, `say` when the connection to the server
  /// breaks or is there again.
  Listener(Remote& remote, std::string token, Url forward, std::function<void(const Relayed&)> report,
           std::function<void(const std::string&)> say);
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  /// Runs until the server refuses: then that error.
  Error run();

 private:
  Task<void> follow();
  Task<void> relay(json::object request);
  void take(EventReader::Event event);
  HttpRequest local_request(const json::object& request, std::string body) const;

  Remote& remote_;
  std::string token_;
  Url forward_;
  std::function<void(const Relayed&)> report_;
  std::function<void(const std::string&)> say_;
  EventReader events_;
  std::string last_id_;
  std::set<std::string> seen_;
  std::deque<std::string> seen_order_;
  bool connected_ = false;
  std::optional<Error> refused_;
};

}  // namespace wrapup
