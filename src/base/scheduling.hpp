// How the threads of the program share the machine's cores.
#pragma once

namespace wrapup {

/// For a thread that works through what others hand it, called on that thread: when it is woken it waits for a free
/// core and does not push aside the thread that runs, which is often the reactor in the middle of handing over more
/// (SCHED_BATCH, sched(7)).
void schedule_as_batch();

}  // namespace wrapup
