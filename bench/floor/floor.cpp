// What a webhook costs on a machine before any thought goes into it: a program that takes a report over HTTP, stores it
// with as many bytes as wrapup does, answers, sends a body on over HTTP and stores what came of it. It parses, checks,
// judges, signs and retries nothing, has one thread and two tables without an index, and commits whatever waits at
// once. Linux only; for bench/load, which builds it: floor PORT FOLDER RECEIVER_PORT.
#include <arpa/inet.h>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <netinet/tcp.h>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

#include <sqlite3.h>

namespace {

constexpr std::size_t kStored = 6500;  // bytes of a call's row: report and payload, compressed
constexpr std::size_t kLogged = 1200;  // bytes of a log entry
constexpr std::size_t kHeaders = 700;  // of a webhook
constexpr std::size_t kSenders = 64;   // connections to the receiver

void need(bool good, const char* what) {
  if (good) return;
  std::perror(what);
  std::exit(1);
}

struct Connection {
  int fd = -1;
  bool incoming = true;
  std::string in;
  std::string body;  // that is being sent on
};

class Floor {
 public:
  Floor(int port, const std::string& folder, int receiver) : receiver_(receiver) {
    need(sqlite3_open((folder + "/floor.db").c_str(), &db_) == SQLITE_OK, "sqlite3_open");
    run("PRAGMA page_size=8192; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-16384;"
        "CREATE TABLE call (body BLOB); CREATE TABLE attempt (detail BLOB);");
    add_call_ = prepare("INSERT INTO call (body) VALUES ($1)");
    add_attempt_ = prepare("INSERT INTO attempt (detail) VALUES ($1)");
    begin_ = prepare("BEGIN");
    commit_ = prepare("COMMIT");
    epoll_ = epoll_create1(0);
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    const int on = 1;
    setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    const sockaddr_in address = loopback(port);
    need(bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0, "bind");
    need(listen(listener_, 512) == 0, "listen");
    watch(listener_, nullptr);
  }

  void serve() {
    std::vector<epoll_event> events(256);
    while (true) {
      const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
      for (int i = 0; i < count; ++i) {
        auto* connection = static_cast<Connection*>(events[static_cast<std::size_t>(i)].data.ptr);
        connection ? receive(*connection) : accept_all();
      }
      store();
      for (Connection* taken : taken_) answer(*taken);
      taken_.clear();
      send_on();
    }
  }

 private:
  static sockaddr_in loopback(int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
  }

  void run(const char* sql) { need(sqlite3_exec(db_, sql, nullptr, nullptr, nullptr) == SQLITE_OK, sql); }

  sqlite3_stmt* prepare(const char* sql) {
    sqlite3_stmt* statement = nullptr;
    need(sqlite3_prepare_v3(db_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr) == SQLITE_OK, sql);
    return statement;
  }

  void step(sqlite3_stmt* statement) {
    need(sqlite3_step(statement) == SQLITE_DONE, sqlite3_errmsg(db_));
    sqlite3_reset(statement);
  }

  void insert(sqlite3_stmt* statement, std::string_view bytes) {
    sqlite3_bind_blob64(statement, 1, bytes.data(), bytes.size(), SQLITE_STATIC);
    step(statement);
  }

  void watch(int fd, Connection* connection) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = connection;
    need(epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) == 0, "epoll_ctl");
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }

  void accept_all() {
    for (int fd = 0; (fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK)) >= 0;) {
      auto* connection = new Connection;  // they last as long as the program
      connection->fd = fd;
      watch(fd, connection);
    }
  }

  // Whether a whole message is there; it is cut off `in`.
  static bool take_message(std::string& in, std::string& body) {
    const auto head = in.find("\r\n\r\n");
    if (head == std::string::npos) return false;
    std::size_t length = 0;
    for (std::size_t at = 0; (at = in.find("ontent-", at)) < head; ++at) {
      if (strncasecmp(in.data() + at, "ontent-length:", 14) == 0)
        length = std::strtoull(in.data() + at + 14, nullptr, 10);
    }
    if (in.size() < head + 4 + length) return false;
    body.assign(in, head + 4, length);
    in.erase(0, head + 4 + length);
    return true;
  }

  void receive(Connection& from) {
    char buffer[32768];
    const ssize_t got = recv(from.fd, buffer, sizeof buffer, 0);
    if (got <= 0) {
      if (got == 0) close(from.fd);
      return;
    }
    from.in.append(buffer, static_cast<std::size_t>(got));
    std::string body;
    if (!take_message(from.in, body)) return;
    if (from.incoming) {
      from.body = std::move(body);
      if (from.body.empty()) return answer(from);  // a look whether it is ready
      taken_.push_back(&from);
    } else {
      ++sent_;
      idle_.push_back(&from);
    }
  }

  void store() {
    if (taken_.empty() && sent_ == 0) return;
    step(begin_);
    for (const Connection* taken : taken_) insert(add_call_, std::string_view(taken->body).substr(0, kStored));
    static const std::string detail(kLogged, 'd');
    for (; sent_ > 0; --sent_) insert(add_attempt_, detail);
    step(commit_);
  }

  void answer(Connection& to) {
    static const std::string reply =
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 98\r\n\r\n" + std::string(98, ' ');
    (void)!send(to.fd, reply.data(), reply.size(), MSG_NOSIGNAL);
    if (!to.body.empty()) waiting_.push_back(std::move(to.body));
    to.body.clear();
  }

  void send_on() {
    while (!waiting_.empty()) {
      if (idle_.empty() && senders_ >= kSenders) return;
      if (idle_.empty()) idle_.push_back(dial());
      Connection& to = *idle_.back();
      idle_.pop_back();
      const std::string& body = waiting_.front();
      std::string message = "POST /x HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Fill: " + std::string(kHeaders, 'h') +
                            "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
      need(send(to.fd, message.data(), message.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(message.size()), "send");
      waiting_.pop_front();
    }
  }

  Connection* dial() {
    auto* connection = new Connection;
    connection->incoming = false;
    connection->fd = socket(AF_INET, SOCK_STREAM, 0);
    const sockaddr_in address = loopback(receiver_);
    need(connect(connection->fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0, "connect");
    watch(connection->fd, connection);
    ++senders_;
    return connection;
  }

  int receiver_;
  sqlite3* db_ = nullptr;
  sqlite3_stmt *add_call_ = nullptr, *add_attempt_ = nullptr, *begin_ = nullptr, *commit_ = nullptr;
  int epoll_ = -1, listener_ = -1;
  std::vector<Connection*> taken_;  // whose reports are to be stored and answered
  std::vector<Connection*> idle_;   // to the receiver
  std::deque<std::string> waiting_;
  std::size_t senders_ = 0;
  int sent_ = 0;  // answers of the receiver that are to be stored
};

}  // namespace

int main(int count, char** arguments) {
  if (count != 4) {
    std::fprintf(stderr, "usage: floor PORT FOLDER RECEIVER_PORT\n");
    return 2;
  }
  Floor(std::atoi(arguments[1]), arguments[2], std::atoi(arguments[3])).serve();
}
