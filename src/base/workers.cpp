#include "base/workers.hpp"

#include <algorithm>

#include "base/scheduling.hpp"

namespace wrapup {

Workers::Workers(std::size_t threads) : queue_(static_cast<int>(threads)) {
  while (threads_.size() < threads) {
    threads_.emplace_back([this] {
      schedule_as(ThreadKind::worker);
      queue_.run();
    });
  }
}

Workers::~Workers() {
  queue_.stop();
  for (auto& thread : threads_) thread.join();
}

std::size_t Workers::fitting() { return std::max<std::size_t>(2, usable_cores()) - 1; }

}  // namespace wrapup
