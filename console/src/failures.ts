// Classes of failure in plain words: what happened, and what to do about it. docs/delivery.md has the classes.

interface Words {
  what: string;
  next: string;
}

const classes: Record<string, Words> = {
  blocked: { what: 'The address may not be dialled from the server.', next: 'If it is meant to be, name its network in the setting delivery.allow_addresses; wrapup serve --dev allows this machine.' },
  dns: { what: 'The name of the host does not resolve.', next: 'Check the host in the URL, and that the machine of the server can resolve it.' },
  connect: { what: 'Nothing accepts connections there.', next: 'Start the receiver, or check its port and the firewall in between.' },
  proxy: { what: 'The egress proxy cannot be reached, or does not let the request through.', next: 'Check the proxy in the server’s configuration.' },
  tls_name: { what: 'The certificate of the receiver is for another name.', next: 'Use the name that the certificate has, or get one for this name.' },
  tls_expired: { what: 'The certificate of the receiver has expired.', next: 'Renew it.' },
  tls_untrusted: { what: 'The certificate of the receiver is not signed by a trusted authority.', next: 'Let the receiver send the whole chain, or trust its authority in the policy of the endpoint.' },
  tls: { what: 'The TLS handshake failed.', next: 'Check that TLS 1.2 or later is spoken on that port. A receiver that wants a client certificate gets one in the policy of the endpoint.' },
  timeout_before: { what: 'Time ran out before the whole request was sent.', next: 'Look at what keeps the receiver from accepting it. The endpoint’s policy can give it more time.' },
  timeout_after: { what: 'The receiver took the request and did not answer in time.', next: 'Let it answer 2xx as soon as it has stored the body, and work on it afterwards. The endpoint’s policy can give it more time.' },
  reset_before: { what: 'The connection broke before the whole request was sent.', next: 'Look in the log of the receiver, or of the proxy in front of it.' },
  reset_after: { what: 'The connection broke before a whole answer came.', next: 'Look in the log of the receiver, or of the proxy in front of it.' },
  protocol: { what: 'What came back is not HTTP, or its header is too large.', next: 'Check that the port speaks HTTP, and that http:// or https:// is right.' },
  canceled: { what: 'The server was stopping.', next: 'It is sent again when the server runs.' },
  gone: { what: 'The receiver says that nothing will ever be taken here again.', next: 'The endpoint is disabled and collects. Put the new URL on the agent; or, if the answer was a mistake, resume the endpoint.' },
  rate_limited: { what: 'The receiver asks for fewer requests.', next: 'Sending slows down by itself. If you know the receiver’s limit, set a rate in the policy of the endpoint.' },
  redirect: { what: 'The receiver points to another address.', next: 'Redirects are not followed: put the address of the Location header on the agent.' },
  http_5xx: { what: 'The receiver had an error of its own.', next: 'Look in its log around this time. It is tried again on the long schedule.' },
  http_4xx: { what: 'The receiver does not like the request.', next: 'Its answer may say why. It is tried again on the short schedule, for a receiver that is being set right.' },
};

const statuses: Record<number, Words> = {
  400: { what: 'The receiver does not like the request.', next: 'Its answer may say why; docs/payload.md has every field of the body.' },
  401: { what: 'The receiver wants to know who sends.', next: 'If it checks the signature, compare its secret with the live one under Secrets. If it wants a header, add it in the policy of the endpoint.' },
  403: { what: 'The receiver does not let the request in.', next: 'Check its signature test and its list of allowed addresses; a header it wants can be added in the policy of the endpoint.' },
  404: { what: 'The receiver has nothing at this path.', next: 'Compare the path of the URL with the route of the receiver.' },
  405: { what: 'The receiver does not take POST at this path.', next: 'Compare the path of the URL with the route of the receiver.' },
  413: { what: 'The body is larger than the receiver takes.', next: 'Raise its limit; long calls come to several hundred KB.' },
  415: { what: 'The receiver does not take application/json.', next: 'Let it accept that Content-Type at this path.' },
  502: { what: 'A proxy in front of the receiver could not reach it.', next: 'See that the receiver runs behind its proxy.' },
  503: { what: 'The receiver is not able to take requests now.', next: 'Sending slows down by itself, and goes on when it answers again.' },
};

export function failureWords(errorClass: string, status: number | null): Words {
  return (status && statuses[status]) || classes[errorClass] || { what: 'The attempt failed.', next: 'The answer below, or the receiver’s log, may say why.' };
}

export const errorClasses = Object.keys(classes);
