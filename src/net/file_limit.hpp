// How many files and sockets this process may have open. Called once, at the start of the server, before there are
// threads.
#pragma once

#include <cstddef>

namespace wrapup {

/// Raises the soft limit to the hard one: the soft one is 1,024 on most systems, and each connection takes one. Returns
/// the limit then in force; when it cannot be raised, that is the old one.
std::size_t raise_file_limit();

}  // namespace wrapup
