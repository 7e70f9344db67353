#include "net/http_client.hpp"

#include <array>
#include <csignal>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <thread>
#include <unistd.h>
#include <unordered_map>
#include <utility>
#include <vector>

#include <curl/curl.h>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/scheduling.hpp"
#include "net/http_client_sessions.hpp"
#include "net/http_client_sockets.hpp"
#include "net/http_client_transfer.hpp"

namespace wrapup {

namespace {

/// Easy handles kept for the next request; each is some kilobytes.
constexpr std::size_t kMaxIdleTransfers = 256;

int need(int fd) {
  if (fd >= 0) return fd;
  log_error("http_client_failed", {{"error", "cannot make an epoll instance or an eventfd"}});
  std::abort();
}

HttpReply failed(TransportError error, std::string text) {
  HttpReply reply;
  reply.error = error;
  reply.error_text = std::move(text);
  return reply;
}

}  // namespace

std::string_view to_string(TransportError error) {
  switch (error) {
    case TransportError::none: return "none";
    case TransportError::blocked: return "blocked";
    case TransportError::dns: return "dns";
    case TransportError::connect: return "connect";
    case TransportError::proxy: return "proxy";
    case TransportError::tls_name: return "tls_name";
    case TransportError::tls_expired: return "tls_expired";
    case TransportError::tls_untrusted: return "tls_untrusted";
    case TransportError::tls: return "tls";
    case TransportError::timeout_before: return "timeout_before";
    case TransportError::timeout_after: return "timeout_after";
    case TransportError::reset_before: return "reset_before";
    case TransportError::reset_after: return "reset_after";
    case TransportError::protocol: return "protocol";
    case TransportError::canceled: return "canceled";
  }
  return "unknown";
}

bool maybe_delivered(TransportError error) {
  // A cancelled request may have been under way.
  return error == TransportError::timeout_after || error == TransportError::reset_after ||
         error == TransportError::protocol || error == TransportError::canceled;
}

/// The thread and what lives on it. Only submit() and stop() are called from elsewhere.
class CurlClient::Loop {
 public:
  explicit Loop(Options options);
  ~Loop();
  void submit(HttpRequest request, CurlTransfer::Done done);
  void stop();

 private:
  struct Waiting {
    HttpRequest request;
    CurlTransfer::Done done;
  };

  void run();
  std::optional<std::size_t> take_waiting();
  void start(Waiting waiting);
  void run_timeouts();
  void handle(const epoll_event& event);
  void collect();
  void cancel_all();
  void wake();
  void resize_pool();
  int wait_time() const;

  static int on_socket(CURL* easy, curl_socket_t fd, int what, void* self, void*);
  static int on_timer(CURLM*, long milliseconds, void* self);

  const Options options_;
  const SystemClock clock_;
  const int epoll_;
  const int wakeup_;
  CurlSockets sockets_;
  std::optional<CurlSessions> sessions_;
  CURLM* multi_;
  std::int64_t due_ = kNever;  // when curl wants to look at its own time-outs
  std::unordered_map<CURL*, std::unique_ptr<CurlTransfer>> running_;
  std::vector<std::unique_ptr<CurlTransfer>> idle_;

  std::mutex mutex_;  // guards the next three
  std::vector<Waiting> waiting_;
  bool asleep_ = false;
  bool stopping_ = false;

  std::thread thread_;
};

CurlClient::Loop::Loop(Options options)
    : options_(std::move(options)),
      epoll_(need(epoll_create1(EPOLL_CLOEXEC))),
      wakeup_(need(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))),
      sockets_(epoll_) {
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  multi_ = ready == CURLE_OK ? curl_multi_init() : nullptr;
  need(multi_ ? 0 : -1);
  sessions_.emplace();
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, on_socket);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, on_timer);
  curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
  // One request at a time on a connection, HTTP/2 too: a connection that breaks then takes one request with it.
  curl_multi_setopt(multi_, CURLMOPT_PIPELINING, static_cast<long>(CURLPIPE_NOTHING));
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = wakeup_;
  need(epoll_ctl(epoll_, EPOLL_CTL_ADD, wakeup_, &event));

  // Signals are for the main thread; this one and curl's resolver threads take none.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { run(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

CurlClient::Loop::~Loop() {
  stop();
  close(wakeup_);
  close(epoll_);
}

void CurlClient::Loop::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake();
  if (thread_.joinable()) thread_.join();
}

void CurlClient::Loop::submit(HttpRequest request, CurlTransfer::Done done) {
  bool asleep = false;
  {
    const std::lock_guard lock(mutex_);
    if (!stopping_) {
      waiting_.push_back({std::move(request), std::move(done)});
      asleep = std::exchange(asleep_, false);
      done = nullptr;
    }
  }
  if (asleep) wake();  // with the lock let go: the thread takes it at once
  if (done) done(failed(TransportError::canceled, "stopping"));
}

void CurlClient::Loop::wake() {
  const std::uint64_t one = 1;
  if (write(wakeup_, &one, sizeof one) < 0) return;  // the counter is full: it is awake already
}

void CurlClient::Loop::run() {
  schedule_as(ThreadKind::client);
  std::array<epoll_event, 256> events;
  while (const auto taken = take_waiting()) {
    run_timeouts();
    collect();
    const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), *taken == 0 ? wait_time() : 0);
    for (int i = 0; i < count; ++i) handle(events[static_cast<std::size_t>(i)]);
    collect();
  }
  cancel_all();
}

/// How many were waiting; nothing when it is time to stop. When there were none, the thread goes to sleep next, and
/// submit() must wake it.
std::optional<std::size_t> CurlClient::Loop::take_waiting() {
  std::vector<Waiting> taken;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return std::nullopt;
    taken.swap(waiting_);
    asleep_ = taken.empty();
  }
  for (Waiting& waiting : taken) start(std::move(waiting));
  return taken.size();
}

void CurlClient::Loop::start(Waiting waiting) {
  std::unique_ptr<CurlTransfer> transfer;
  if (idle_.empty()) {
    transfer = std::make_unique<CurlTransfer>(options_, sockets_, *sessions_);
  } else {
    transfer = std::move(idle_.back());
    idle_.pop_back();
  }
  if (auto problem = transfer->begin(std::move(waiting.request))) {
    waiting.done(failed(TransportError::blocked, std::move(*problem)));
    idle_.push_back(std::move(transfer));
    return;
  }
  transfer->done = std::move(waiting.done);
  CURL* easy = transfer->easy();
  running_.emplace(easy, std::move(transfer));
  resize_pool();
  curl_multi_add_handle(multi_, easy);
}

/// curl's limit counts the connections in use too; without them in it, many slow receivers would drive out everybody's
/// idle connections.
void CurlClient::Loop::resize_pool() {
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, static_cast<long>(options_.pool_connections + running_.size()));
}

int CurlClient::Loop::wait_time() const {
  if (due_ == kNever) return -1;
  const std::int64_t left = due_ - clock_.monotonic();
  return left <= 0 ? 0 : static_cast<int>((left + kMillisecond - 1) / kMillisecond);
}

void CurlClient::Loop::run_timeouts() {
  if (clock_.monotonic() < due_) return;
  due_ = kNever;
  int running = 0;
  curl_multi_socket_action(multi_, CURL_SOCKET_TIMEOUT, 0, &running);
}

void CurlClient::Loop::handle(const epoll_event& event) {
  const int fd = event.data.fd;
  if (fd == wakeup_) {
    std::uint64_t count = 0;
    if (read(wakeup_, &count, sizeof count) < 0) return;  // somebody's wake was taken already
    return;
  }
  if (!sockets_.is_watched(fd)) {
    sockets_.spoil_idle(fd);
    return;
  }
  int what = 0;
  if (event.events & EPOLLIN) what |= CURL_CSELECT_IN;
  if (event.events & EPOLLOUT) what |= CURL_CSELECT_OUT;
  if (event.events & (EPOLLERR | EPOLLHUP)) what |= CURL_CSELECT_ERR;
  int running = 0;
  curl_multi_socket_action(multi_, fd, what, &running);
}

void CurlClient::Loop::collect() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode result = message->data.result;
    auto node = running_.extract(message->easy_handle);
    std::unique_ptr<CurlTransfer> transfer = std::move(node.mapped());
    curl_multi_remove_handle(multi_, transfer->easy());
    resize_pool();
    std::exchange(transfer->done, nullptr)(transfer->end(result));
    if (idle_.size() < kMaxIdleTransfers) idle_.push_back(std::move(transfer));
  }
}

void CurlClient::Loop::cancel_all() {
  for (auto& [easy, transfer] : running_) {
    curl_multi_remove_handle(multi_, easy);
    transfer->end(CURLE_OK);
    transfer->done(failed(TransportError::canceled, "stopping"));
  }
  running_.clear();
  idle_.clear();
  curl_multi_cleanup(multi_);
  std::vector<Waiting> waiting;  // no more can come: submit() sees that this stops
  {
    const std::lock_guard lock(mutex_);
    waiting.swap(waiting_);
  }
  for (Waiting& one : waiting) one.done(failed(TransportError::canceled, "stopping"));
}

int CurlClient::Loop::on_socket(CURL* easy, curl_socket_t fd, int what, void* self, void*) {
  auto& sockets = static_cast<Loop*>(self)->sockets_;
  if (what == CURL_POLL_REMOVE) {
    sockets.unwatch(fd);
    return 0;
  }
  std::uint32_t events = 0;
  if (what & CURL_POLL_IN) events |= EPOLLIN;
  if (what & CURL_POLL_OUT) events |= EPOLLOUT;
  sockets.watch(fd, events);
  CurlTransfer* transfer = nullptr;
  curl_easy_getinfo(easy, CURLINFO_PRIVATE, &transfer);
  if (transfer && transfer->sending()) transfer->set_socket(fd);
  return 0;
}

int CurlClient::Loop::on_timer(CURLM*, long milliseconds, void* self) {
  auto& loop = *static_cast<Loop*>(self);
  loop.due_ = milliseconds < 0 ? kNever : loop.clock_.monotonic() + milliseconds * kMillisecond;
  return 0;
}

CurlClient::CurlClient(Options options) : loop_(std::make_unique<Loop>(std::move(options))) {}

CurlClient::~CurlClient() = default;

void CurlClient::stop() { loop_->stop(); }

Task<HttpReply> CurlClient::send(HttpRequest request) {
  Loop& loop = *loop_;
  co_return co_await suspend_across<HttpReply>([&loop, request = std::move(request)](auto resume) mutable {
    loop.submit(std::move(request), std::move(resume));
  });
}

}  // namespace wrapup
