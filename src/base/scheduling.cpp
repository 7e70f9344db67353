#include "base/scheduling.hpp"

#include <algorithm>
#include <optional>
#include <sched.h>

namespace wrapup {

namespace {

struct TwoCores {
  int network = 0;
  int others = 0;
};

// None where the kernel does not tell.
cpu_set_t usable() {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  (void)::sched_getaffinity(0, sizeof cores, &cores);
  return cores;
}

std::optional<TwoCores> two_cores() {
  const cpu_set_t all = usable();
  if (CPU_COUNT(&all) != 2) return {};
  TwoCores cores;
  while (!CPU_ISSET(cores.network, &all)) ++cores.network;
  cores.others = cores.network + 1;
  while (!CPU_ISSET(cores.others, &all)) ++cores.others;
  return cores;
}

}  // namespace

std::size_t usable_cores() {
  const cpu_set_t all = usable();
  return std::max<std::size_t>(1, static_cast<std::size_t>(CPU_COUNT(&all)));
}

// Where the kernel refuses, everything works as well, a little slower.
void schedule_as(ThreadKind kind) {
  if (kind != ThreadKind::reactor) {
    const sched_param none{};
    (void)::sched_setscheduler(0, SCHED_BATCH, &none);
  }
  static const auto cores = two_cores();
  if (!cores) return;
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(kind == ThreadKind::worker ? cores->others : cores->network, &one);
  (void)::sched_setaffinity(0, sizeof one, &one);
}

}  // namespace wrapup
