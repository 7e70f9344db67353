#include "base/compress.hpp"

#include <cstdint>
#include <memory>
#include <new>

#include <lz4.h>

namespace wrapup {

namespace {

// The first byte. Numbers are four bytes, lowest first.
constexpr char kPlain = 'p';  // the text as it is
constexpr char kLz4 = 'l';    // its size, an LZ4 block
constexpr char kPair = '2';   // the size of the first text, both texts as one, packed

constexpr std::size_t kNumber = 4;
constexpr std::size_t kWorthwhile = 2048;  // below, the disk saved is not worth the time of each log entry
constexpr std::size_t kLargest = 256u << 20;

Error damaged() { return {Code::internal, "internal_error", "a stored body is damaged", "not as it was packed", {}}; }

void append_number(std::string& out, std::size_t number) {
  for (std::size_t i = 0; i < kNumber; ++i) out += static_cast<char>(number >> (8 * i));
}

std::size_t take_number(std::string_view& in) {
  std::size_t number = 0;
  for (std::size_t i = 0; i < kNumber; ++i) number |= std::size_t{static_cast<unsigned char>(in[i])} << (8 * i);
  in.remove_prefix(kNumber);
  return number;
}

// What LZ4 remembers while it works, kept by each thread. Begun anew by a stream it takes less time than by
// LZ4_compress_default, and for 20 KB it finds a tenth more.
LZ4_stream_t* stream() {
  struct Free {
    void operator()(LZ4_stream_t* made) const { LZ4_freeStream(made); }
  };
  thread_local const std::unique_ptr<LZ4_stream_t, Free> made(LZ4_createStream());
  if (!made) throw std::bad_alloc();
  return made.get();
}

void append_packed(std::string& out, std::string_view text) {
  if (text.size() < kWorthwhile || text.size() > kLargest) {
    out.reserve(out.size() + 1 + text.size());
    out += kPlain;
    out += text;
    return;
  }
  const int size = static_cast<int>(text.size());
  const int bound = LZ4_compressBound(size);
  const auto block = std::make_unique_for_overwrite<char[]>(static_cast<std::size_t>(bound));
  LZ4_resetStream_fast(stream());  // a block of its own
  const int written = LZ4_compress_fast_continue(stream(), text.data(), block.get(), size, bound, 1);
  out.reserve(out.size() + 1 + kNumber + static_cast<std::size_t>(written));
  out += kLz4;
  append_number(out, text.size());
  out.append(block.get(), static_cast<std::size_t>(written));
}

struct Pair {
  std::string both;
  std::size_t first = 0;  // its size
};

Result<Pair> unpack_pair(std::string_view packed) {
  if (packed.size() < 1 + kNumber || packed[0] != kPair) return fail(damaged());
  packed.remove_prefix(1);
  Pair pair;
  pair.first = take_number(packed);
  if (packed.starts_with(kPair)) return fail(damaged());
  auto both = unpack(packed);
  if (!both || both->size() < pair.first) return fail(damaged());
  pair.both = std::move(*both);
  return pair;
}

}  // namespace

std::string pack(std::string_view text) {
  std::string out;
  append_packed(out, text);
  return out;
}

Result<std::string> unpack(std::string_view packed) {
  if (packed.empty()) return fail(damaged());
  if (packed[0] == kPair) {
    auto pair = unpack_pair(packed);
    if (!pair) return fail(std::move(pair.error()));
    pair->both.resize(pair->first);
    return std::move(pair->both);
  }
  const char kind = packed[0];
  packed.remove_prefix(1);
  if (kind == kPlain) return std::string(packed);
  if (kind != kLz4 || packed.size() < kNumber || packed.size() > kLargest) return fail(damaged());
  const std::size_t size = take_number(packed);
  if (size > kLargest) return fail(damaged());
  std::string out(size, '\0');
  const int got =
      LZ4_decompress_safe(packed.data(), out.data(), static_cast<int>(packed.size()), static_cast<int>(size));
  if (got < 0 || static_cast<std::size_t>(got) != size) return fail(damaged());
  return out;
}

std::string pack_pair(std::string_view first, std::string_view second) {
  std::string both;
  both.reserve(first.size() + second.size());
  both.append(first).append(second);
  std::string out(1, kPair);
  append_number(out, first.size());
  append_packed(out, both);
  return out;
}

Result<std::string> unpack_second(std::string_view packed) {
  auto pair = unpack_pair(packed);
  if (!pair) return fail(std::move(pair.error()));
  return pair->both.substr(pair->first);
}

}  // namespace wrapup
