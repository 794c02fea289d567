// A server's flight means the same in any segmentation, whatever its bytes, and so does what it does
// afterwards. The first byte of the input says what the conversation is about.
#include <cstdlib>

#include "tls/survey/conversation.h"
#include "tls/survey/ticket_reader.h"

using namespace mailtap;
using namespace mailtap::tls::survey;

namespace {

constexpr Follow follows[] = {Follow::nothing, Follow::heartbeat, Follow::early_change_cipher_spec,
                              Follow::key_exchange};
constexpr std::uint16_t versions[] = {0x0300, 0x0301, 0x0303, 0x0304};

Question question(std::uint8_t about) {
  Question question;
  question.hello.version = versions[about >> 2 & 3];
  question.follow = follows[about & 3];
  question.in_sslv2 = (about & 0x10) != 0;
  return question;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const Bytes bytes(data + 1, size - 1);
  const Buffer random(hello_random_size, 7);

  FlightReader at_once, one_by_one;
  const auto whole = bytes.empty() ? FlightReader::State::waiting : at_once.feed(bytes);
  auto state = FlightReader::State::waiting;
  for (std::size_t i = 0; i < bytes.size() && state == FlightReader::State::waiting; ++i)
    state = one_by_one.feed(bytes.subspan(i, 1));
  // What isn't TLS is named by as much as is seen.
  if (whole != state && whole != FlightReader::State::not_tls && state != FlightReader::State::not_tls)
    std::abort();
  if (whole == FlightReader::State::whole && at_once.flight() != one_by_one.flight()) std::abort();
  std::size_t total = at_once.flight().dh_prime.size();
  for (const auto& certificate : at_once.flight().chain) total += certificate.size();
  if (total > size) std::abort();

  TicketReader all_tickets, each_ticket;
  all_tickets.feed(bytes);
  for (const auto& byte : bytes) each_ticket.feed({&byte, 1});
  if (all_tickets.ticket() != each_ticket.ticket()) std::abort();
  if (all_tickets.cipher_changes() != each_ticket.cipher_changes()) std::abort();

  Conversation conversation(question(data[0]), random);
  bool done = false;
  for (std::size_t i = 0; i < bytes.size() && !done; i += 16)
    done = conversation.feed(bytes.subspan(i, std::min<std::size_t>(16, bytes.size() - i))).done;
  if (!done) done = conversation.on_quiet().done;
  if (!done) conversation.stop(Conversation::Stop::closed, "closed");
  (void)conversation.answer();
  return 0;
}
