// Receiver URLs and queries: whatever is accepted has a host and a port, and reads the same once more.
#include "net/url.hpp"

#include <cstdint>
#include <cstdlib>

#include "net/address_policy.hpp"
#include "net/http.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace wrapup;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)parse_query(text);
  auto url = parse_url(text);
  if (!url) return 0;
  if (url->host.empty() || url->port == 0 || url->target.empty() || url->text.size() > kMaxUrl) std::abort();
  auto again = parse_url(url->text);
  if (!again || again->host != url->host || again->port != url->port || again->target != url->target) std::abort();
  (void)literal_address(url->host);
  return 0;
}
