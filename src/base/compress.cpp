#include "base/compress.hpp"

#include <memory>
#include <new>

#include <zstd.h>

namespace wrapup {

namespace {

constexpr char kPlain = 'p';
constexpr char kZstd = 'z';
constexpr std::size_t kWorthwhile = 2048;  // below, the disk saved is not worth the time of each log entry
constexpr std::size_t kLargest = 256u << 20;
// Measured on calls of 10 KB: as little CPU as lower levels, but the body becomes small enough for two to share a page
// of the database.
constexpr int kLevel = -1;

struct Free {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

Error damaged() { return {Code::internal, "internal_error", "a stored body is damaged", "zstd frame unreadable", {}}; }

}  // namespace

std::string pack(std::string_view text) {
  std::string out;
  if (text.size() < kWorthwhile) {
    out.reserve(text.size() + 1);
    out += kPlain;
    out += text;
    return out;
  }
  thread_local const std::unique_ptr<ZSTD_CCtx, Free> context(ZSTD_createCCtx());
  if (!context) throw std::bad_alloc();
  out.resize(1 + ZSTD_compressBound(text.size()));
  out[0] = kZstd;
  const auto size = ZSTD_compressCCtx(context.get(), out.data() + 1, out.size() - 1, text.data(), text.size(), kLevel);
  if (ZSTD_isError(size)) throw std::bad_alloc();
  out.resize(1 + size);
  out.shrink_to_fit();
  return out;
}

Result<std::string> unpack(std::string_view packed) {
  if (packed.empty()) return fail(damaged());
  const std::string_view rest = packed.substr(1);
  if (packed[0] == kPlain) return std::string(rest);
  const auto size = ZSTD_getFrameContentSize(rest.data(), rest.size());
  if (packed[0] != kZstd || size == ZSTD_CONTENTSIZE_UNKNOWN || size == ZSTD_CONTENTSIZE_ERROR || size > kLargest) {
    return fail(damaged());
  }
  thread_local const std::unique_ptr<ZSTD_DCtx, Free> context(ZSTD_createDCtx());
  if (!context) throw std::bad_alloc();
  std::string out(size, '\0');
  const auto got = ZSTD_decompressDCtx(context.get(), out.data(), out.size(), rest.data(), rest.size());
  if (ZSTD_isError(got) || got != size) return fail(damaged());
  return out;
}

}  // namespace wrapup
