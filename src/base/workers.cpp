#include "base/workers.hpp"

#include <algorithm>

#include "base/scheduling.hpp"

namespace wrapup {

namespace {

// So many pieces of work in a row. Who takes them further, on the same core, begins with these while the rest is done:
// else all that is under way moves in one lump, and one core waits while the other works (bench/README.md).
constexpr std::size_t kShare = 10;

}  // namespace

Workers::Workers(std::size_t threads) : queue_(static_cast<int>(threads)) {
  while (threads_.size() < threads) {
    threads_.emplace_back([this] {
      schedule_as(ThreadKind::worker);
      for (std::size_t done = 1; queue_.run_one() > 0; ++done) {
        if (done % kShare == 0) std::this_thread::yield();
      }
    });
  }
}

Workers::~Workers() {
  queue_.stop();
  for (auto& thread : threads_) thread.join();
}

std::size_t Workers::fitting() { return std::max<std::size_t>(2, usable_cores()) - 1; }

}  // namespace wrapup
