#include "tls/survey/ticket_reader.h"

#include <utility>

#include "config/base/text.h"
#include "tls/byte_reader.h"

namespace mailtap::tls::survey {

namespace {

constexpr std::size_t max_held = 32;  // records; a server's handshake has a few

/// All messages that are whole. False: they can't be read.
template <class Read>
bool each_message(wire::HandshakeReader& messages, Bytes fragment, Read read) {
  messages.append(fragment);
  for (;;) {
    const auto message = messages.next();
    if (!message) return false;
    if (!*message) return true;
    read(**message);
  }
}

}  // namespace

void TicketReader::feed(Bytes bytes) {
  if (is_broken_) return;
  records_.append(bytes);
  for (;;) {
    const auto record = records_.next();
    if (!record) is_broken_ = true;
    if (is_broken_ || !*record) return;
    read(**record);
  }
}

void TicketReader::add_key(std::string_view line) {
  constexpr std::string_view label = "SERVER_TRAFFIC_SECRET_0 ";
  if (!line.starts_with(label)) return;
  const auto secret = from_hex(line.substr(line.rfind(' ') + 1));
  if (secret) decryptor_ = HandshakeDecryptor::make(suite_, *secret);
  if (!decryptor_) return;
  for (const auto& fragment : std::exchange(held_, {})) decrypt(fragment);
}

void TicketReader::read(const wire::Record& record) {
  const auto take = [this](const wire::HandshakeMessage& message) { read(message); };
  if (record.type == wire::change_cipher_spec) {
    ++cipher_changes_;
    is_encrypted_ = is_encrypted_ || version_ < version::tls13;
  } else if (record.type == wire::alert) {
    has_alerted_ = true;
  } else if (record.type == wire::handshake && !is_encrypted_) {
    is_broken_ = !each_message(messages_, record.fragment, take);
  } else if (record.type == wire::application_data && decryptor_) {
    decrypt(record.fragment);
  } else if (record.type == wire::application_data && held_.size() < max_held) {
    held_.emplace_back(record.fragment.begin(), record.fragment.end());
  }
}

/// Records of the handshake are under other keys, and pass unread.
void TicketReader::decrypt(Bytes fragment) {
  const auto inner = decryptor_->open(fragment);
  if (inner && inner->type == wire::handshake)
    is_broken_ = !each_message(decrypted_, inner->fragment,
                               [this](const wire::HandshakeMessage& message) { read(message); });
}

/// RFC 5077 section 3.3, RFC 8446 section 4.6.1.
void TicketReader::read(const wire::HandshakeMessage& message) {
  if (message.type == wire::server_hello) {
    const auto hello = wire::parse_server_hello(message.body);
    if (!hello) return;
    version_ = hello->version;
    suite_ = hello->cipher_suite;
  }
  if (message.type != wire::new_session_ticket) return;
  ByteReader reader(message.body);
  Ticket ticket;
  ticket.lifetime = reader.u32();
  if (version_ < version::tls13) {
    reader.vector16();
  } else {
    reader.u32();  // ticket_age_add
    reader.vector8();
    reader.vector16();
    ByteReader extensions(reader.vector16());
    while (!extensions.empty() && !extensions.failed()) {
      const auto type = extensions.u16();
      ByteReader body(extensions.vector16());
      if (type == extension::early_data) ticket.max_early_data = body.u32();
    }
  }
  if (!reader.failed()) ticket_ = ticket;
}

}  // namespace mailtap::tls::survey
