# Refuses a compiler that destroys temporaries of a co_await expression twice. g++ 12 does, without a warning; a program built with it
# frees memory twice. The check runs once a build folder.
set(CMAKE_TRY_COMPILE_CONFIGURATION Release)
try_run(WRAPUP_COROUTINES_EXIT WRAPUP_COROUTINES_COMPILED ${CMAKE_BINARY_DIR}/coroutine_check
        ${CMAKE_SOURCE_DIR}/cmake/coroutine_check.cpp
        CXX_STANDARD 20 CXX_STANDARD_REQUIRED ON CXX_EXTENSIONS OFF
        COMPILE_OUTPUT_VARIABLE compile_output RUN_OUTPUT_VARIABLE run_output)
unset(CMAKE_TRY_COMPILE_CONFIGURATION)

if(NOT WRAPUP_COROUTINES_COMPILED)
  message(FATAL_ERROR "This compiler does not compile C++20 coroutines (cmake/coroutine_check.cpp):\n${compile_output}")
elseif(NOT WRAPUP_COROUTINES_EXIT EQUAL 0)
  message(FATAL_ERROR "${CMAKE_CXX_COMPILER} (${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}) miscompiles coroutines: "
                      "temporaries inside a co_await expression are not destroyed exactly once, so the program would free memory "
                      "twice.\n${run_output}\nUse clang 16: scripts/build release, or cmake --preset release.")
endif()
message(STATUS "Coroutine self-check passed (${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION})")
