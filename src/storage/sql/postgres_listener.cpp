#include <array>
#include <libpq-fe.h>
#include <memory>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/log.hpp"
#include "storage/sql/postgres.hpp"
#include "storage/sql/postgres_link.hpp"

namespace wrapup::sql {

namespace {

constexpr auto kReconnect = std::chrono::milliseconds(500);

Link listen(const std::string& url, const std::string& channel) {
  Link link = make_link(url, "wrapup listener", "");
  if (PQstatus(link.get()) != CONNECTION_OK) return nullptr;
  PGresult* answer = PQexec(link.get(), ("LISTEN " + channel).c_str());
  const bool good = PQresultStatus(answer) == PGRES_COMMAND_OK;
  PQclear(answer);
  return good ? std::move(link) : nullptr;
}

}  // namespace

PostgresListener::PostgresListener(std::string url, std::string channel, Heard heard)
    : url_(std::move(url)),
      channel_(std::move(channel)),
      heard_(std::move(heard)),
      stop_(::eventfd(0, EFD_CLOEXEC)),
      thread_([this] { run(); }) {}

PostgresListener::~PostgresListener() {
  const std::uint64_t one = 1;
  (void)!::write(stop_, &one, sizeof one);
  thread_.join();
  ::close(stop_);
}

// True when it is to stop.
bool PostgresListener::pause(std::chrono::milliseconds length) {
  pollfd stop{stop_, POLLIN, 0};
  return ::poll(&stop, 1, static_cast<int>(length.count())) > 0;
}

void PostgresListener::run() {
  while (true) {
    const Link link = listen(url_, channel_);
    if (!link) {
      log_warning("database_not_heard");
      if (pause(kReconnect)) return;
      continue;
    }
    heard_("");
    while (true) {
      std::array<pollfd, 2> sockets{pollfd{PQsocket(link.get()), POLLIN, 0}, pollfd{stop_, POLLIN, 0}};
      if (::poll(sockets.data(), sockets.size(), -1) < 0 && errno != EINTR) break;
      if (sockets[1].revents != 0) return;
      if (PQconsumeInput(link.get()) != 1) break;
      while (PGnotify* said = PQnotifies(link.get())) {
        heard_(said->extra);
        PQfreemem(said);
      }
    }
    if (pause(kReconnect)) return;
  }
}

}  // namespace wrapup::sql
