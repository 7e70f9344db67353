# What every file is compiled and linked with.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

add_compile_options(-pthread -Wall -Wextra -Wshadow -Werror)
add_compile_definitions(_GLIBCXX_ASSERTIONS BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION
                        BOOST_ASIO_NO_DEPRECATED)
if(WRAPUP_PCH)
  add_compile_options("SHELL:-Xclang -fno-pch-timestamp") # else a cached object would be refused after a rebuild
endif()
include_directories(${CMAKE_SOURCE_DIR}/src ${CMAKE_BINARY_DIR}/generated)

if(WRAPUP_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
if(WRAPUP_SANITIZE)
  add_compile_options(-fsanitize=${WRAPUP_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${WRAPUP_SANITIZE})
endif()

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # A precompiled header holds times; without this, ccache would not take any file that uses one.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE})
endif()

find_program(MOLD mold)
if(MOLD)
  add_link_options(-fuse-ld=mold)
endif()
