#include "app/child_server.hpp"

#include <csignal>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "app/text_file.hpp"

namespace wrapup {

namespace {

constexpr std::size_t kMaxLog = 16 * 1024 * 1024;

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (auto& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

}  // namespace

Result<std::unique_ptr<ChildServer>> ChildServer::start(const std::string& program,
                                                        const std::vector<std::string>& arguments,
                                                        const Environment& environment, const std::string& log_file) {
  std::vector<std::string> words{"wrapup"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<std::string> variables;
  for (const auto& [name, value] : environment) variables.push_back(name + "=" + value);

  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, log_file.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO, STDERR_FILENO);
  // The demo ignores SIGPIPE; its child is to begin as from a shell.
  posix_spawnattr_t how;
  posix_spawnattr_init(&how);
  sigset_t usual;
  sigemptyset(&usual);
  sigaddset(&usual, SIGPIPE);
  posix_spawnattr_setsigdefault(&how, &usual);
  posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGDEF);
  pid_t process = 0;
  const int problem =
      posix_spawn(&process, program.c_str(), &files, &how, pointers(words).data(), pointers(variables).data());
  posix_spawnattr_destroy(&how);
  posix_spawn_file_actions_destroy(&files);
  if (problem == 0) return std::unique_ptr<ChildServer>(new ChildServer(process, log_file));
  return fail(Code::unavailable, "no_child",
              "cannot start " + program + ": " + std::generic_category().message(problem));
}

ChildServer::~ChildServer() {
  if (!running()) return;
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
}

bool ChildServer::running() {
  if (process_ != 0 && ::waitpid(process_, nullptr, WNOHANG) != 0) process_ = 0;
  return process_ != 0;
}

std::string ChildServer::log() const {
  auto text = read_text_file(log_file_, kMaxLog);
  return text ? std::move(*text) : "(the log " + text.error().message + ")";
}

Task<void> ChildServer::stop(Clock& clock, Executor executor, Duration grace) {
  if (!running()) co_return;
  ::kill(process_, SIGTERM);
  const auto timer = clock.timer(std::move(executor));
  const Timestamp until = clock.now() + grace;
  while (running() && clock.now() < until) co_await timer->wait_until(clock.now() + 10 * kMillisecond);
  if (!running()) co_return;
  ::kill(process_, SIGKILL);
  ::waitpid(std::exchange(process_, 0), nullptr, 0);
}

}  // namespace wrapup
