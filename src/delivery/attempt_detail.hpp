// What the log keeps of an attempt beside its columns, as JSON text. Written by delivery; the API gives its members
// back.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/endpoint.hpp"
#include "net/http_client.hpp"

namespace wrapup {

/// The headers of a request that is about to be sent, as JSON text: [[name, value], ...], and what the client adds of
/// its own. Values of `own` headers that are secret are masked.
std::string shown_headers(const HttpRequest& request, const std::vector<EndpointHeader>& own);

/// {request_headers, response_headers, response_body, response_truncated, address, tls_version, timings_us,
/// error_text}. Bytes that are not UTF-8 become U+FFFD.
std::string attempt_detail(std::string_view shown_headers, const HttpReply& reply, const std::string& error_text);

}  // namespace wrapup
