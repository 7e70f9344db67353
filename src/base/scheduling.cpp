#include "base/scheduling.hpp"

#include <optional>
#include <sched.h>

namespace wrapup {

namespace {

struct TwoCores {
  int network = 0;
  int others = 0;
};

std::optional<TwoCores> two_cores() {
  cpu_set_t usable;
  if (::sched_getaffinity(0, sizeof usable, &usable) != 0 || CPU_COUNT(&usable) != 2) return {};
  TwoCores cores;
  while (!CPU_ISSET(cores.network, &usable)) ++cores.network;
  cores.others = cores.network + 1;
  while (!CPU_ISSET(cores.others, &usable)) ++cores.others;
  return cores;
}

}  // namespace

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
