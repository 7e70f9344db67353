#include <cstdio>
#include <exception>
#include <sys/stat.h>

#include "app/command_line.hpp"

int main(int argc, char** argv) {
  ::umask(0077);  // whatever we write is for our user alone: the database holds signing secrets
  try {
    return wrapup::run_command_line(argc, argv);
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "wrapup: failed: %s\n", problem.what());
    return 1;
  }
}
