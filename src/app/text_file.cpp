#include "app/text_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>

namespace wrapup {

namespace {

struct Close {
  void operator()(std::FILE* file) const {
    if (file != stdin) std::fclose(file);
  }
};

tl::unexpected<Error> unreadable() {
  const int reason = errno ? errno : EIO;
  return fail(Code::not_found, "unreadable_file", "cannot be read: " + std::generic_category().message(reason));
}

}  // namespace

Result<std::string> read_text_file(const std::string& path, std::size_t max_bytes) {
  errno = 0;
  const std::unique_ptr<std::FILE, Close> file(path == "-" ? stdin : std::fopen(path.c_str(), "rb"));
  if (!file) return unreadable();
  std::string text;
  char part[64 * 1024];
  while (const std::size_t size = std::fread(part, 1, sizeof part, file.get())) {
    text.append(part, size);
    if (text.size() > max_bytes) {
      return fail(Code::too_large, "file_too_large", "is larger than " + std::to_string(max_bytes) + " bytes");
    }
  }
  if (std::ferror(file.get())) return unreadable();
  return text;
}

}  // namespace wrapup
