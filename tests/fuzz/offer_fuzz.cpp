// A hello that is read can be played, and means the same then; whatever the bytes are, a file that holds them
// is one or an error with a sentence.
#include <cstdlib>

#include "tls/offer/known_hellos.h"
#include "tls/offer/mirrored.h"
#include "tls/offer/offer.h"

using namespace mailtap;
using namespace mailtap::tls;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes bytes(data, size);
  const auto file = offer::hello_in(bytes);
  if (!file && file.error().message.empty()) std::abort();
  const auto read = offer::read_offer(bytes);
  if (!read) {
    if (read.error().message.empty()) std::abort();
    return 0;
  }
  const Buffer random(offer::random_size, 7);
  const auto played = offer::play(*read, random);
  const auto again = parse_client_hello(played);
  if (!again || !*again) std::abort();
  const auto& hello = read->hello;
  if ((*again)->cipher_suites != hello.cipher_suites || (*again)->sni != hello.sni) std::abort();
  if ((*again)->session_id.size() != hello.session_id.size()) std::abort();
  if ((*again)->offers_ticket && !hello.offers_ticket) std::abort();
  const auto twice = offer::read_offer(played);
  if (!twice || offer::key_of(twice->hello) != read->key) std::abort();
  const auto named = offer::play(offer::with_name(*read, "mail.test"), random);
  if (const auto parsed = parse_client_hello(named); !parsed || !*parsed) std::abort();
  offer::mirror(hello, {{0x1301, 0xC02F}, {29, 23}, {0x11EC}, {0x0403}});
  return 0;
}
