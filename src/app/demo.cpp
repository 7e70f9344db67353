#include "app/demo.hpp"

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <system_error>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <fmt/format.h>

#include "app/call_text.hpp"
#include "app/child_server.hpp"
#include "app/commands.hpp"
#include "app/demo_output.hpp"
#include "app/demo_script.hpp"
#include "base/entropy.hpp"
#include "base/time.hpp"
#include "base/version.hpp"
#include "delivery/signature.hpp"
#include "net/http_client.hpp"
#include "net/http_server.hpp"
#include "storage/access.hpp"

namespace wrapup {

namespace {

constexpr Duration kPatience = 15 * kSecond;  // with any one step
constexpr Duration kLook = 40 * kMillisecond;
constexpr std::size_t kLogLines = 20;

/// A folder that is removed with its owner.
class TempFolder {
 public:
  static Result<TempFolder> make() {
    std::error_code problem;
    std::string path = (std::filesystem::temp_directory_path(problem) / "wrapup-demo-XXXXXX").string();
    if (!problem && ::mkdtemp(path.data())) return TempFolder(std::move(path));
    if (!problem) problem = std::error_code(errno, std::generic_category());
    return fail(Code::unavailable, "no_folder", "cannot make a temporary folder: " + problem.message());
  }
  TempFolder(TempFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  TempFolder& operator=(TempFolder&&) = delete;
  ~TempFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  explicit TempFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

struct Received {
  ServerRequest request;
  Timestamp at = 0;
};

tl::unexpected<Error> unexpected_answer(const std::string& what) {
  return fail(Code::internal, "unexpected_answer", what + " is not what the demo expects");
}

CurlClient::Options client_options() {
  CurlClient::Options options;
  options.policy = AddressPolicy::allowing_loopback();
  options.user_agent = std::string("wrapup-demo/") + kProgramVersion;
  return options;
}

class Demo {
 public:
  Demo(Executor executor, const DemoOptions& options, TempFolder folder)
      : executor_(executor),
        options_(options),
        folder_(std::move(folder)),
        output_(options.color),
        timer_(clock_.timer(executor)),
        client_(client_options()),
        receiver_(
            executor, [this](ServerRequest request) { return take(std::move(request)); },
            [](int status, std::string_view) {
              return ServerReply{status, {}, "", "text/plain", true};
            }) {}

  /// Shows everything; returns the exit code.
  Task<int> play() {
    Status done;
    using Step = Task<Status> (Demo::*)();
    for (const Step step : {&Demo::start_server, &Demo::start_receiver, &Demo::make_agent, &Demo::place_call,
                            &Demo::follow_call, &Demo::show_webhook, &Demo::check_signatures, &Demo::show_attempt}) {
      done = co_await (this->*step)();
      if (!done) break;
    }
    if (!done) {
      report_failure(done.error());
      co_return kFailed;
    }
    show_times();
    show_next();
    co_return kDone;
  }

  Task<void> clean_up() {
    if (server_) co_await server_->stop(clock_, executor_, 5 * kSecond);
    co_await receiver_.drain(std::chrono::milliseconds(200));
  }

 private:
  Task<Status> start_server();
  Task<Status> start_receiver();
  Task<Status> make_agent();
  Task<Status> place_call();
  Task<Status> follow_call();
  Task<Status> show_webhook();
  Task<Status> check_signatures();
  Task<Status> show_attempt();
  void show_times();
  void show_next();
  void report_failure(const Error& error);

  Task<ServerReply> take(ServerRequest request);
  Task<Result<json::value>> ask(std::string method, std::string path, json::value body = nullptr);
  Task<void> pause() { return timer_->wait_until(clock_.now() + kLook); }
  void show_event(const json::object& event);

  Executor executor_;
  DemoOptions options_;
  TempFolder folder_;
  DemoOutput output_;
  SystemClock clock_;
  SystemEntropy entropy_;
  std::unique_ptr<Timer> timer_;
  CurlClient client_;
  HttpServer receiver_;
  std::unique_ptr<ChildServer> server_;

  std::string key_ = new_api_key(entropy_);
  std::string secret_ = new_signing_secret(SecretKind::hmac, entropy_);
  std::string base_url_;
  std::string model_id_;
  std::string call_id_;
  std::optional<Timestamp> first_event_at_;
  std::optional<Timestamp> ended_at_;
  std::optional<Received> received_;
  json::object payload_;
  json::object attempt_;
};

Task<ServerReply> Demo::take(ServerRequest request) {
  if (request.method == "POST" && !received_) received_ = Received{std::move(request), clock_.now()};
  ServerReply reply;
  reply.status = 204;
  co_return reply;
}

Task<Result<json::value>> Demo::ask(std::string method, std::string path, json::value body) {
  HttpRequest request;
  request.method = method;
  request.url = base_url_ + path;
  request.headers = {{"Authorization", "Bearer " + key_}};
  request.total_timeout = std::chrono::seconds(5);
  request.reply_cap = std::size_t{4} * 1024 * 1024;
  if (!body.is_null()) {
    request.headers.emplace_back("Content-Type", "application/json");
    request.body = std::make_shared<const std::string>(to_text(body));
  }
  const HttpReply reply = co_await client_.send(std::move(request));
  const std::string what = method + " " + path;
  if (reply.error != TransportError::none) {
    co_return fail(Code::unavailable, "no_answer", what + ": no answer: " + std::string(to_string(reply.error)));
  }
  if (reply.status / 100 != 2) {
    co_return fail(Code::internal, "refused", what + ": HTTP " + std::to_string(reply.status) + ": " + reply.body);
  }
  auto parsed = parse_json(reply.body);
  const auto* root = parsed ? parsed->if_object() : nullptr;
  const auto* response = root ? root->if_contains("response") : nullptr;
  if (!response) co_return unexpected_answer(what + ": the answer");
  co_return *response;
}

Task<Status> Demo::start_server() {
  output_.heading("A server of its own, on a temporary folder");
  Environment environment = read_environment();
  std::erase_if(environment, [](const auto& entry) { return entry.first.starts_with("WRAPUP_"); });
  const Timestamp begin = clock_.now();
  auto child = ChildServer::start(options_.program,
                                  {"serve", "--dev", "--data", folder_.file("data"), "--listen", "127.0.0.1:0",
                                   "--api-key", key_, "--webhook-secret", secret_},
                                  environment, folder_.file("server.log"));
  if (!child) co_return fail(child.error());
  server_ = std::move(*child);
  while (clock_.now() < begin + kPatience) {
    base_url_ = address_in(server_->log());
    if (!base_url_.empty()) {
      output_.line(fmt::format("wrapup {} answers at {} after {} ms", kProgramVersion, base_url_,
                               (clock_.now() - begin) / kMillisecond));
      co_return Status();
    }
    if (!server_->running()) co_return fail(Code::unavailable, "server_ended", "the server ended at once");
    co_await pause();
  }
  co_return fail(Code::unavailable, "server_silent", "the server did not say that it is ready");
}

Task<Status> Demo::start_receiver() {
  output_.heading("A receiver for the webhook, in this process");
  if (auto listening = receiver_.listen("127.0.0.1", 0); !listening) co_return listening;
  output_.line(fmt::format("it listens at http://127.0.0.1:{}/webhook and answers 204", receiver_.port()));
  co_return Status();
}

Task<Status> Demo::make_agent() {
  output_.heading("An agent with three information extractors: POST /v2/assistants");
  const json::object agent = demo_agent();
  const auto made = co_await ask("POST", "/v2/assistants", agent);
  if (!made) co_return fail(made.error());
  model_id_ = text_at(*made, "model_id");
  if (model_id_.empty()) co_return unexpected_answer("POST /v2/assistants: the answer");
  output_.line("\"" + text_at(agent, "name") + "\", " + model_id_);
  for (const auto& question : demo_questions()) output_.line(fmt::format("{:<15} {}", question.kind, question.text));
  co_return Status();
}

Task<Status> Demo::place_call() {
  output_.heading("A call: POST /v2/calls");
  const std::string url = fmt::format("http://127.0.0.1:{}/webhook", receiver_.port());
  const auto placed = co_await ask("POST", "/v2/calls", demo_call(model_id_, url));
  if (!placed) co_return fail(placed.error());
  call_id_ = text_at(*placed, "call_id");
  if (call_id_.empty()) co_return unexpected_answer("POST /v2/calls: the answer");
  output_.line("the simulator dials; call " + call_id_);
  co_return Status();
}

void Demo::show_event(const json::object& event) {
  const auto* written = event.if_contains("at");
  const Timestamp at = written ? read_time(*written).value_or(0) : 0;
  if (!first_event_at_) first_event_at_ = at;
  if (text_at(event, "type") == "ended") ended_at_ = at;
  output_.line(fmt::format("+{:>4} ms  {}", (at - *first_event_at_) / kMillisecond, event_words(event)));
}

Task<Status> Demo::follow_call() {
  output_.heading("What the engine reports, as it comes: GET /v2/calls/" + call_id_);
  std::size_t shown = 0;
  for (const Timestamp until = clock_.now() + kPatience; clock_.now() < until; co_await pause()) {
    const auto found = co_await ask("GET", "/v2/calls/" + call_id_);
    if (!found) co_return fail(found.error());
    const json::array* timeline = timeline_in(*found);
    if (!timeline) co_return unexpected_answer("GET /v2/calls/{id}: the answer");
    for (; shown < timeline->size(); ++shown) {
      if (const auto* event = (*timeline)[shown].if_object()) show_event(*event);
    }
    if (ended_at_) co_return Status();
  }
  co_return fail(Code::unavailable, "no_end", "the call did not end in time");
}

Task<Status> Demo::show_webhook() {
  output_.heading("The webhook, as the receiver got it");
  const Timestamp until = clock_.now() + kPatience;
  while (!received_ && clock_.now() < until) co_await pause();
  if (!received_) co_return fail(Code::unavailable, "no_webhook", "no webhook came");
  auto parsed = parse_json(received_->request.body);
  if (!parsed || !parsed->is_object()) co_return unexpected_answer("the body of the webhook");
  payload_ = parsed->get_object();
  output_.line(received_->request.method + " " + received_->request.path);
  for (const auto& [name, value] : received_->request.headers) output_.line(name + ": " + value);
  output_.line("");
  output_.json(*parsed);
  co_return Status();
}

Task<Status> Demo::check_signatures() {
  output_.heading("Its signatures");
  const auto header = [this](std::string_view name) {
    const auto* value = received_->request.header(name);
    return value ? *value : std::string();
  };
  const Signer signer(secret_);
  const auto at = read_time(json::value(header("webhook-timestamp") + "000"));
  if (!at || !signer.verify_standard(header("webhook-id"), *at / kSecond, received_->request.body,
                                     header("webhook-signature"))) {
    co_return fail(Code::internal, "bad_signature", "webhook-signature does not fit");
  }
  output_.good("webhook-signature     Standard Webhooks: HMAC-SHA256 over id, timestamp and body");
  if (!signer.verify_call_id(call_id_, header("Synthflow-Signature"))) {
    co_return fail(Code::internal, "bad_signature", "Synthflow-Signature does not fit");
  }
  output_.good("Synthflow-Signature   HMAC-SHA256 of the call id");
  co_return Status();
}

Task<Status> Demo::show_attempt() {
  output_.heading("The attempt in the log: GET /v2/logs?call_id=" + call_id_);
  for (const Timestamp until = clock_.now() + kPatience; clock_.now() < until; co_await pause()) {
    const auto page = co_await ask("GET", "/v2/logs?call_id=" + call_id_);
    if (!page) co_return fail(page.error());
    const auto* first = first_item(*page);
    if (!first) continue;
    const auto detail = co_await ask("GET", "/v2/logs/" + text_at(*first, "webhook_log_id"));
    if (!detail) co_return fail(detail.error());
    if (!detail->is_object()) co_return unexpected_answer("GET /v2/logs/{id}: the answer");
    attempt_ = detail->get_object();
    output_.json(*first);
    co_return Status();
  }
  co_return fail(Code::unavailable, "no_log", "the attempt does not stand in the log");
}

void Demo::show_times() {
  output_.heading("Where the time went");
  const auto span = [](Timestamp from, Timestamp to) {
    return fmt::format("{:>8.1f} ms", double(to - from) / kMillisecond);
  };
  const auto time_of = [](const json::object& object, std::string_view name) {
    return parse_time(text_at(object, name)).value_or(0);
  };
  const auto* event = payload_.if_contains("event");
  const Timestamp built = event && event->is_object() ? time_of(event->get_object(), "created_at") : 0;
  const Timestamp sent = time_of(attempt_, "request_timestamp");
  output_.line(span(*ended_at_, received_->at) + "  from the hang-up to the webhook at the receiver; of which");
  output_.line(span(*ended_at_, built) + "    until the call was evaluated and its payload built");
  output_.line(span(built, sent) + "    until it was stored, signed and the request begun");
  output_.line(span(sent, received_->at) + "    until the receiver had it");
  for (const auto& [name, micros] : phases_of(attempt_)) {
    output_.line(span(0, micros) + "  after the request began: " + name);
  }
}

void Demo::show_next() {
  output_.heading("What next");
  output_.line(
      "wrapup serve                 a server to stay: console and API on 127.0.0.1:8787, data in ./wrapup-data");
  output_.line("wrapup serve --dev           the same, with webhooks to http and to this machine allowed");
  output_.line("wrapup config print          every setting");
  output_.line("call +15005550001 … 0012     busy, no answer, voicemail and so on: test numbers of the simulator");
  output_.line("README.md                    a first call by curl, and where to read on");
}

void Demo::report_failure(const Error& error) {
  output_.bad("wrapup: the demo failed: " + error.message);
  if (!server_) return;
  output_.bad("The last lines of the server's log:\n" + last_lines(server_->log(), kLogLines));
}

}  // namespace

int run_demo(const DemoOptions& options) {
  // When what reads our output goes away, the server must still be stopped.
  std::signal(SIGPIPE, SIG_IGN);
  auto folder = TempFolder::make();
  if (!folder) return report_error(folder.error());

  asio::io_context reactor(1);
  Demo demo(reactor.get_executor(), options, std::move(*folder));
  TaskGroup stage(reactor.get_executor());
  TaskGroup frame(reactor.get_executor());
  asio::signal_set signals(reactor, SIGINT, SIGTERM, SIGHUP);
  int code = kFailed;
  const auto play = [&]() -> Task<void> { code = co_await demo.play(); };
  const auto watch = [&]() -> Task<void> {
    const auto [error, signal] = co_await signals.async_wait(asio::as_tuple(asio::use_awaitable));
    if (!error) stage.stop();
  };
  const auto end = [&]() -> Task<void> {
    co_await stage.join();
    co_await demo.clean_up();
    signals.cancel();
  };
  stage.spawn(play());
  frame.spawn(watch());
  frame.spawn(end());
  reactor.run();
  return code;
}

}  // namespace wrapup
