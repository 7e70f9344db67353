// Randomness that is the same for the same seed, so that a run can be repeated. Thread-safe, but with several threads
// the order in which they draw is not fixed.
#pragma once

#include <cstdint>
#include <mutex>
#include <random>

#include "base/entropy.hpp"

namespace wrapup {

class SeededEntropy final : public Entropy {
 public:
  explicit SeededEntropy(std::uint64_t seed) : engine_(seed) {}

  void fill(std::span<unsigned char> out) override {
    const std::lock_guard lock(mutex_);
    for (auto& byte : out) byte = static_cast<unsigned char>(engine_());
  }

 private:
  std::mutex mutex_;
  std::mt19937_64 engine_;
};

}  // namespace wrapup
