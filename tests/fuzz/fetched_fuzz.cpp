// The answer to a request for an issuer or a revocation list: never more than was allowed, the same in one
// piece and byte by byte, and its body read as certificates and lists or refused.
#include <cstdlib>

#include "certs/model/certificate.h"
#include "certs/model/crl.h"
#include "certs/model/pem.h"
#include "proxy/http/answer.h"

using namespace mailtap;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t most = 4096;
  const Bytes bytes(data, size);
  http::AnswerReader whole(most);
  http::AnswerReader pieces(most);
  whole.feed(bytes);
  for (std::size_t i = 0; i < size; ++i)
    if (!pieces.feed(bytes.subspan(i, 1))) break;
  const auto body = http::body_of(whole.end());
  const auto same = http::body_of(pieces.end());
  if (body.has_value() != same.has_value()) std::abort();
  if (!body) return 0;
  if (body->size() > most || *body != *same) std::abort();
  if (const auto certificates = certs::certificates_in(*body))
    for (const auto& certificate : *certificates) static_cast<void>(certs::parse_certificate(certificate));
  if (const auto lists = certs::crls_in(*body))
    for (const auto& list : *lists) static_cast<void>(certs::parse_crl(list));
  return 0;
}
