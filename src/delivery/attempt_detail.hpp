// What the log keeps of an attempt beside its columns, as JSON text. Written by delivery; the API gives its members
// back.
#pragma once

#include <string>
#include <vector>

#include "model/endpoint.hpp"
#include "net/http_client.hpp"

namespace wrapup {

/// {request_headers, response_headers, response_body, response_truncated, address, tls_version, timings_us,
/// error_text}. Values of `own` headers that are secret are masked. Bytes of a body that are not UTF-8 become U+FFFD.
std::string attempt_detail(const Headers& sent, const std::vector<EndpointHeader>& own, const HttpReply& reply,
                           const std::string& error_text);

}  // namespace wrapup
