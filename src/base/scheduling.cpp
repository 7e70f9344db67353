#include "base/scheduling.hpp"

#include <sched.h>

namespace wrapup {

void schedule_as_batch() {
  // Where it is refused everything works as well, in smaller batches.
  const sched_param none{};
  (void)::sched_setscheduler(0, SCHED_BATCH, &none);
}

}  // namespace wrapup
