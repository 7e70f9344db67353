// What the machine gives at this moment, to read other figures by: a machine that is shared is not the same from one
// second to the next.
//   clang++-16 -std=c++20 -O2 bench/machine/machine.cpp -o build/machine && build/machine
// Prints the nanoseconds of a multiplication that waits for the one before, and of a read from a random place in 16 MB,
// which lies beyond what a core has to itself.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <vector>

namespace {

constexpr std::size_t kLine = 64 / sizeof(std::uint32_t);
constexpr std::uint32_t kLines = (16u << 20) / 64;

template <class Work>
double nanoseconds_each(int times, Work work) {
  const auto began = std::chrono::steady_clock::now();
  for (int i = 0; i < times; ++i) work();
  return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - began).count() / times;
}

}  // namespace

int main() {
  volatile std::uint64_t product = 1;
  const double multiply = nanoseconds_each(50'000'000, [&] { product = product * 6364136223846793005u + 1; });

  // Each line names the next: a linear congruential generator of full period, so all are visited in no order.
  std::vector<std::uint32_t> lines(kLines * kLine);
  for (std::uint32_t i = 0; i < kLines; ++i) lines[i * kLine] = (i * 1664525u + 1013904223u) % kLines;
  std::uint32_t at = 0;
  const double read = nanoseconds_each(3'000'000, [&] { at = lines[at * kLine]; });

  [[maybe_unused]] volatile const std::uint32_t kept = at;  // or else the compiler leaves the reads out

  std::printf("multiplication %.2f ns, random read in 16 MB %.0f ns\n", multiply, read);
}
