#include <cstdio>
#include <exception>

#include "app/command_line.hpp"

int main(int argc, char** argv) {
  try {
    return wrapup::run_command_line(argc, argv);
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "wrapup: failed: %s\n", problem.what());
    return 1;
  }
}
