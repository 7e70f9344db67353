// A server of this program as a child process, for the demo: what it prints goes to a file. On one reactor thread. The
// child ends with its owner: asked to stop, or killed by the destructor.
#pragma once

#include <memory>
#include <string>
#include <sys/types.h>
#include <vector>

#include "app/config.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/task.hpp"

namespace wrapup {

class ChildServer {
 public:
  /// Starts `program` with `arguments`, without a shell. stdout and stderr are written to `log_file`.
  static Result<std::unique_ptr<ChildServer>> start(const std::string& program,
                                                    const std::vector<std::string>& arguments,
                                                    const Environment& environment, const std::string& log_file);
  ChildServer(const ChildServer&) = delete;
  ChildServer& operator=(const ChildServer&) = delete;
  ~ChildServer();

  bool running();
  /// Everything it has printed.
  std::string log() const;
  /// SIGTERM, and SIGKILL after `grace`. Returns when it is gone.
  Task<void> stop(Clock& clock, Executor executor, Duration grace);

 private:
  ChildServer(pid_t process, std::string log_file) : process_(process), log_file_(std::move(log_file)) {}

  pid_t process_;  // 0 when it is gone
  std::string log_file_;
};

}  // namespace wrapup
