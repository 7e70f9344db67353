#include "net/http_server.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <deque>
#include <functional>
#include <list>
#include <optional>
#include <tuple>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/field.hpp>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "net/reply_head.hpp"
#include "net/request_parser.hpp"

namespace wrapup {

namespace {

using tcp = asio::ip::tcp;
using beast::error_code;

constexpr auto kNoThrow = asio::as_tuple(asio::use_awaitable);

/// A 10 KB request then takes one read; as it comes the buffer grows from 512 bytes and takes 21.
constexpr std::size_t kReadBuffer = 32 * 1024;
/// What is read and thrown away after a refusal, so that the client gets to read the reply rather than a reset.
constexpr std::size_t kLingerBytes = 16 * 1024 * 1024;
constexpr std::chrono::milliseconds kLingerTime{2'000};
/// Connections above the limit that are told so at one time; more are closed without a word.
constexpr std::size_t kMaxTurnedAway = 64;

}  // namespace

struct HttpServer::State : std::enable_shared_from_this<HttpServer::State> {
  class Session;

  State(Executor on, HttpHandler handle, Refuse make_refusal, ServerLimits limit)
      : executor(std::move(on)),
        handler(std::move(handle)),
        refuse(std::move(make_refusal)),
        limits(limit),
        acceptor(executor),
        group(executor),
        drain_timer(clock.timer(executor)) {}

  static Task<void> accept(std::shared_ptr<State> state);
  static Task<void> serve(std::shared_ptr<State> state, tcp::socket socket);
  static Task<void> turn_away(std::shared_ptr<State> state, tcp::socket socket);
  static Task<void> enforce_deadlines(std::shared_ptr<State> state);
  static Task<int> turn(std::shared_ptr<State> state);
  static void next_turn(std::shared_ptr<State> state);

  /// The text of now, made once a second.
  std::string_view date() {
    const Timestamp second = clock.now() / kSecond;
    if (second != date_second) {
      date_second = second;
      date_text = http_date(second);
    }
    return date_text;
  }

  Executor executor;
  HttpHandler handler;
  Refuse refuse;
  ServerLimits limits;
  SystemClock clock;
  tcp::acceptor acceptor;
  TaskGroup group;
  std::unique_ptr<Timer> drain_timer;
  std::list<Session*> sessions;
  std::deque<std::function<void(int)>> in_line;  // requests that were read and wait for their turn
  std::size_t turned_away = 0;
  bool draining = false;
  Timestamp date_second = 0;
  std::string date_text;
};

/// One connection. Its waits have no timers of their own: `enforce_deadlines` looks at all sessions a few times a
/// second.
class HttpServer::State::Session {
 public:
  Session(State& state, tcp::socket socket)
      : state_(state), socket_(std::move(socket)), place_(state.sessions.insert(state.sessions.end(), this)) {
    error_code ignored;
    socket_.set_option(tcp::no_delay(true), ignored);
    const auto peer = socket_.remote_endpoint(ignored);
    if (!ignored) peer_ = peer.address().to_string();
  }
  ~Session() {
    state_.sessions.erase(place_);
    if (state_.draining && state_.sessions.empty()) state_.drain_timer->cancel();
  }

  Task<void> serve();
  Task<void> refuse(Refusal refusal);

  void check(std::int64_t now) {
    if (now >= deadline_) expire();
    if (stream_ && peer_has_gone()) stream_->end();
  }
  /// Ends what has no end of its own.
  void close_if_endless() {
    if (idle_) expire();
    if (stream_) stream_->end();
  }

 private:
  enum class Got { request, refused, nothing };

  Task<Got> receive();
  std::optional<Got> feed();
  Task<bool> send(const ServerReply& reply, bool keep_alive);
  Task<void> send_stream(const ServerReply& reply);
  bool peer_has_gone();
  Task<void> linger();

  void wait_at_most(std::chrono::milliseconds time) {
    deadline_ = state_.clock.monotonic() + time.count() * kMillisecond;
    expired_ = false;
  }
  void expire() {
    expired_ = true;
    deadline_ = kNever;
    error_code ignored;
    socket_.cancel(ignored);
  }

  State& state_;
  tcp::socket socket_;
  std::list<Session*>::iterator place_;
  std::string peer_;
  beast::flat_buffer buffer_;
  std::optional<RequestParser> parser_;
  std::string head_;  // of the reply
  Refusal refusal_;
  std::int64_t deadline_ = kNever;  // on the clock that never steps
  bool expired_ = false;
  bool idle_ = false;                    // waiting for the first byte of a request
  std::shared_ptr<ReplyStream> stream_;  // that is being sent
};

Task<void> HttpServer::State::Session::serve() {
  buffer_.reserve(kReadBuffer);
  while (true) {
    const Got got = co_await receive();
    if (got == Got::nothing) co_return;
    if (got == Got::refused) {
      co_await refuse(std::move(refusal_));
      co_return;
    }
    parser_->request.peer = peer_;
    co_await turn(state_.shared_from_this());
    const ServerReply reply = co_await state_.handler(std::move(parser_->request));
    if (reply.stream) {
      co_await send_stream(reply);
      co_return;
    }
    const bool keep_alive = parser_->keep_alive() && !reply.close && !state_.draining;
    const bool sent = co_await send(reply, keep_alive);
    if (!sent) co_return;
    if (!keep_alive) {
      if (buffer_.size() > 0) co_await linger();
      co_return;
    }
  }
}

Task<HttpServer::State::Session::Got> HttpServer::State::Session::receive() {
  const bool first = !parser_;
  parser_.emplace(state_.limits);
  bool continued = false;
  idle_ = true;
  wait_at_most(first ? state_.limits.request_time : state_.limits.idle_time);
  while (true) {
    if (buffer_.size() > 0) {
      if (idle_) wait_at_most(state_.limits.request_time);
      idle_ = false;
      if (const auto got = feed()) {
        deadline_ = kNever;
        co_return *got;
      }
    }
    if (state_.draining && idle_) co_return Got::nothing;
    if (parser_->expects_continue && parser_->is_header_done() && !continued) {
      continued = true;
      static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
      auto [error, n] = co_await asio::async_write(socket_, asio::buffer(kContinue), kNoThrow);
      if (error) co_return Got::nothing;
    }
    const std::size_t room = std::max<std::size_t>(buffer_.capacity() - buffer_.size(), 4096);
    auto [error, n] = co_await socket_.async_read_some(buffer_.prepare(room), kNoThrow);
    if (error) {
      if (!expired_ || idle_) co_return Got::nothing;
      refusal_ = {408, "the request did not arrive in time"};
      co_return Got::refused;
    }
    buffer_.commit(n);
  }
}

/// Parses what has been read. Nothing when more is needed.
std::optional<HttpServer::State::Session::Got> HttpServer::State::Session::feed() {
  RequestParser& parser = *parser_;
  // An empty line before a request is skipped (RFC 9112, section 2.2).
  while (!parser.got_some() &&
         std::string_view(static_cast<const char*>(buffer_.data().data()), buffer_.size()).starts_with("\r\n")) {
    buffer_.consume(2);
  }
  while (buffer_.size() > 0) {
    // The rest of a chunked message is never shorter than "0\r\n\r\n"; fed less, the parser asserts.
    if (parser.is_header_done() && parser.chunked() && buffer_.size() < 5) break;
    error_code error;
    buffer_.consume(parser.put(buffer_.data(), error));
    if (error == http::error::need_more) break;
    if (error) {
      refusal_ = parser.refusal(error);
      return Got::refused;
    }
    if (parser.is_done()) return Got::request;
  }
  if (parser.is_header_done() && buffer_.size() > state_.limits.header_bytes) {
    refusal_ = {400, "a chunk header or the trailers are too large"};
    return Got::refused;
  }
  return std::nullopt;
}

Task<bool> HttpServer::State::Session::send(const ServerReply& reply, bool keep_alive) {
  const bool bare = reply.status == 204 || reply.status == 304 || (parser_ && parser_->head);
  const std::string_view connection = !keep_alive ? "close" : parser_->http_11 ? "" : "keep-alive";
  head_.clear();
  append_reply_head(head_, reply, state_.date(), connection);
  const std::array<asio::const_buffer, 2> parts = {asio::buffer(head_),
                                                   bare ? asio::const_buffer() : asio::buffer(reply.body)};
  wait_at_most(state_.limits.write_time);
  auto [error, n] = co_await asio::async_write(socket_, parts, kNoThrow);
  deadline_ = kNever;
  co_return !error;
}

/// A reader that takes nothing for `write_time` is given up.
Task<void> HttpServer::State::Session::send_stream(const ServerReply& reply) {
  if (parser_->head || state_.draining) reply.stream->end();
  stream_ = reply.stream;
  error_code error;
  socket_.non_blocking(true, error);  // so that peer_has_gone() does not wait
  head_.clear();
  append_reply_head(head_, reply, state_.date(), "close");
  std::string bytes = head_;
  while (!error && !bytes.empty()) {
    wait_at_most(state_.limits.write_time);
    std::tie(error, std::ignore) = co_await asio::async_write(socket_, asio::buffer(bytes), kNoThrow);
    deadline_ = kNever;
    if (!error) bytes = co_await stream_->next();
  }
  std::exchange(stream_, nullptr)->end();
}

/// What a client sends while it is sent a stream is left unread.
bool HttpServer::State::Session::peer_has_gone() {
  char byte = 0;
  error_code error;
  socket_.receive(asio::buffer(&byte, 1), tcp::socket::message_peek, error);
  return error && error != asio::error::would_block;
}

/// Answers what no handler saw and ends the connection.
Task<void> HttpServer::State::Session::refuse(Refusal refusal) {
  ServerReply reply = state_.refuse(refusal.status, refusal.why);
  const bool sent = co_await send(reply, false);
  if (sent) co_await linger();
}

/// Closing with unread bytes in the socket would reset the connection and may take the reply with it.
Task<void> HttpServer::State::Session::linger() {
  error_code ignored;
  socket_.shutdown(tcp::socket::shutdown_send, ignored);
  buffer_.clear();
  wait_at_most(kLingerTime);
  std::size_t left = kLingerBytes;
  while (left > 0) {
    auto [error, n] = co_await socket_.async_read_some(buffer_.prepare(kReadBuffer), kNoThrow);
    if (error) co_return;
    left -= std::min(left, n);
  }
}

Task<void> HttpServer::State::serve(std::shared_ptr<State> state, tcp::socket socket) {
  Session session(*state, std::move(socket));
  co_await session.serve();
}

Task<void> HttpServer::State::turn_away(std::shared_ptr<State> state, tcp::socket socket) {
  struct Count {
    std::size_t& count;
    explicit Count(std::size_t& c) : count(c) { ++count; }
    ~Count() { --count; }
  } counted(state->turned_away);
  Session session(*state, std::move(socket));
  co_await session.refuse({503, "there are too many connections; try again later"});
}

Task<void> HttpServer::State::accept(std::shared_ptr<State> state) {
  const auto timer = state->clock.timer(state->executor);
  while (true) {
    tcp::socket socket(state->executor);
    auto [error] = co_await state->acceptor.async_accept(socket, kNoThrow);
    if (!state->acceptor.is_open()) co_return;
    if (error == asio::error::operation_aborted) co_return;
    if (error) {
      // Out of file descriptors or memory: to try again at once would spin.
      log_warning("accept_failed", {{"error", error.message()}});
      co_await timer->wait_until(state->clock.now() + 100 * kMillisecond);
      continue;
    }
    if (state->sessions.size() - state->turned_away < state->limits.connections) {
      state->group.spawn(serve(state, std::move(socket)));
    } else if (state->turned_away < kMaxTurnedAway) {
      state->group.spawn(turn_away(state, std::move(socket)));
    }
  }
}

Task<void> HttpServer::State::enforce_deadlines(std::shared_ptr<State> state) {
  const ServerLimits& limits = state->limits;
  const auto shortest = std::min({limits.request_time, limits.idle_time, limits.write_time}).count() * kMillisecond;
  const Duration step = std::clamp<Duration>(shortest / 4, 10 * kMillisecond, 250 * kMillisecond);
  const auto timer = state->clock.timer(state->executor);
  while (!state->group.stopping()) {
    co_await timer->wait_until(state->clock.now() + step);
    const std::int64_t now = state->clock.monotonic();
    for (Session* session : state->sessions) session->check(now);
  }
}

// Requests are handed over one at a time, each behind all else that is ready: a crowd of them must not hold up the
// deliveries, which run on the same reactor.
Task<int> HttpServer::State::turn(std::shared_ptr<State> state) {
  return suspend<int>([state = std::move(state)](std::function<void(int)> resume) {
    state->in_line.push_back(std::move(resume));
    if (state->in_line.size() == 1) next_turn(state);
  });
}

void HttpServer::State::next_turn(std::shared_ptr<State> state) {
  asio::post(state->executor, [state] {
    const auto resume = std::move(state->in_line.front());
    resume(0);
    state->in_line.pop_front();
    if (!state->in_line.empty()) next_turn(state);
  });
}

HttpServer::HttpServer(Executor executor, HttpHandler handler, Refuse refuse, ServerLimits limits)
    : state_(std::make_shared<State>(std::move(executor), std::move(handler), std::move(refuse), limits)) {}

HttpServer::~HttpServer() {
  error_code ignored;
  state_->acceptor.close(ignored);
  for (State::Session* session : state_->sessions) session->close_if_endless();
  state_->group.stop();
}

Status HttpServer::listen(const std::string& host, std::uint16_t port) {
  error_code error;
  const auto address = asio::ip::make_address(host == "localhost" ? "127.0.0.1" : host, error);
  if (error) return fail(Code::invalid, "invalid_listen", "\"" + host + "\" is not an IP address or localhost");
  const tcp::endpoint endpoint(address, port);
  auto& acceptor = state_->acceptor;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) {
    error_code ignored;
    acceptor.close(ignored);
    return fail(Code::unavailable, "cannot_listen",
                "cannot listen on " + host + ", port " + std::to_string(port) + ": " + error.message());
  }
  state_->group.spawn(State::accept(state_));
  state_->group.spawn(State::enforce_deadlines(state_));
  return {};
}

std::uint16_t HttpServer::port() const {
  error_code ignored;
  return state_->acceptor.local_endpoint(ignored).port();
}

std::size_t HttpServer::connections() const { return state_->sessions.size(); }

Task<void> HttpServer::drain(std::chrono::milliseconds grace) {
  const auto state = state_;
  state->draining = true;
  error_code ignored;
  state->acceptor.close(ignored);
  for (State::Session* session : state->sessions) session->close_if_endless();
  const Timestamp end = state->clock.now() + grace.count() * kMillisecond;
  while (!state->sessions.empty() && state->clock.now() < end) co_await state->drain_timer->wait_until(end);
  state->group.stop();
  co_await state->group.join();
}

}  // namespace wrapup
