// Randomness, passed in by constructor so that a test can repeat a run.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace wrapup {

class Entropy {
 public:
  virtual ~Entropy() = default;
  /// Fills `out`. Thread-safe.
  virtual void fill(std::span<unsigned char> out) = 0;

  /// Uniform in [0, bound); 0 when bound is 0.
  std::uint64_t below(std::uint64_t bound);
};

/// The operating system's generator, through OpenSSL.
class SystemEntropy final : public Entropy {
 public:
  void fill(std::span<unsigned char> out) override;
};

/// A UUIDv7 (RFC 9562, section 5.7) in its text form: 48 bits of milliseconds, 12 bits of the part of a millisecond
/// that has passed (section 6.2, method 3), then random bits. So ids have the order in which they were made, to the
/// microsecond.
std::string new_id(Clock& clock, Entropy& entropy);

/// The smallest UUIDv7 of that millisecond: ids made before are smaller.
std::string id_floor(Timestamp at);

/// Whether `text` has the form of a UUID of any version, in lower or upper case.
bool is_uuid(std::string_view text);
/// When a UUIDv7 was made, to the millisecond. Nothing when it is none.
std::optional<Timestamp> time_of_id(std::string_view id);

}  // namespace wrapup
