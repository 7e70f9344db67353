// How the threads of the program share the machine's cores.
//
// A thread that is handed work waits for a free core when it is woken, and does not push aside the thread that runs,
// which is often the reactor in the middle of handing over more (SCHED_BATCH, sched(7)).
//
// Where the process may use two cores, one is for the network and one for all else. Left to itself the kernel lets a
// core idle for a third of the time while threads wait for the other: they change hands too often to be moved in time
// (bench/README.md). More cores are left to the kernel.
#pragma once

#include <cstddef>

namespace wrapup {

/// Cores that the calling thread may use; at least 1.
std::size_t usable_cores();

enum class ThreadKind {
  reactor,  // network
  client,   // network, handed work
  worker,   // all else, handed work
};

/// Called by a thread for itself; by the reactor last of all, as a thread begins with what holds for its maker.
void schedule_as(ThreadKind kind);

}  // namespace wrapup
