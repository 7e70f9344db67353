// The command line of the program: reads the arguments and runs the command they name. Called by main. CLI11 is
// used by app/command_line*.cpp alone.
#pragma once

namespace wrapup {

/// Returns the exit code of the process: 0 done, 1 failed, 2 wrongly called.
int run_command_line(int argc, const char* const* argv);

}  // namespace wrapup
