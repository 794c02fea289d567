// What both roles, and both engines, have in common: mbedTLS between two buffers of ciphertext.
#pragma once

#include <array>

#include "tls/buffers.h"
#include "tls/crypto/batcher.h"
#include "tls/engine/parameters.h"
#include "tls/engine/record_buffers.h"
#include "tls/handshake_observer.h"
#include "tls/hello_check.h"
#include "tls/mbedtls/engine.h"

namespace mailtap::tls {
inline namespace MAILTAP_TLS_ENGINE {

class MbedtlsSession : public Session {
 public:
  ~MbedtlsSession() override;

  void feed(Bytes ciphertext) override;
  void lend(Bytes ciphertext) override;
  void end_loan() override;
  void feed_end() override;
  std::size_t backlog() const override;

  Step handshake() override;
  Read read(MutableBytes out) override;
  Step write(Bytes plaintext) override;
  Step close_notify() override;
  std::size_t held_back() const override { return deferred_.size() + (close_waits_ ? 1 : 0); }
  void send_fatal_alert(int description) override;

  Bytes outgoing() const override;
  void consume_outgoing(std::size_t size) override;

  const Agreed& agreed() const override;
  const Failure& failure() const override;
  const std::vector<Buffer>& peer_chain() const override;
  const std::vector<Buffer>& original_chain() const override;
  std::optional<SavedSession> take_saved_session() override;

 protected:
  MbedtlsSession(Sender role, KeylogSink keylog, Batching batching = {});

  /// What a constructor's set-up answered; an error makes the session a failed one. `why`: what to say of
  /// it; empty: what is said of such errors.
  void begin(int set_up, std::string_view why = {});
  /// Ties ssl_ to config_, which is complete but for ALPN. 0, or mbedTLS's error.
  int set_up();
  /// Client: the name for the SNI; one that is empty or an address isn't sent (RFC 6066 section 3).
  int set_name(const std::string& name);
  /// Why it can't be sent; empty: it can.
  static std::string fault_of_name(const std::string& name);
  /// Gives mbedTLS the protocols, which have to outlive the session.
  int set_alpn(const std::vector<std::string>& protocols);
  bool established() const { return established_; }
  /// Before a call of mbedTLS's that has to do with records and isn't made by this class. False: memory is
  /// short.
  bool provide_buffers() { return buffers_.provide(); }

  /// A call of mbedTLS's that only writes, between reads of an open session. False: it isn't open, or the
  /// call failed.
  bool call_between_reads(int (*call)(mbedtls_ssl_context* ssl));

  /// What every destructor of a class with callbacks begins with: a handshake that waits for its cryptography
  /// ends, with a peer that is gone.
  void abandon_handshake();

  /// The client's hello has been seen and mbedTLS hasn't yet got its last byte.
  virtual void on_client_hello(const ClientHello& /*hello*/) {}
  /// Of a server: the newest version that it speaks, 0x0304 for TLS 1.3.
  virtual std::uint16_t newest_version() const { return 0; }

  mbedtls_ssl_config config_;
  mbedtls_ssl_context ssl_;
  std::vector<Buffer> peer_chain_;

 private:
  static int receive(void* session, unsigned char* out, std::size_t size);
  static int send(void* session, const unsigned char* bytes, std::size_t size);
  static void export_keys(void* session, mbedtls_ssl_key_export_type type, const unsigned char* secret,
                          std::size_t secret_size, const unsigned char* client_random,
                          const unsigned char* server_random, mbedtls_tls_prf_types prf);

  void check_client_hello(Bytes body);
  Step handshake_now();
  void tell_peer(int code, std::size_t sent_before);
  int advance();
  int renegotiate();
  void note_certificate_request();
  template <class Call>
  int run(Call call);
  void release();
  Step handle_result(int code);
  void fail_with(int code);
  void update_agreed();
  void note_late_questions();
  void complete_handshake();
  int read_now(MutableBytes out);
  std::string excess() const;
  int write_now(Bytes plaintext, std::size_t& taken);
  Step write_deferred();
  Sender peer() const { return role_ == Sender::client ? Sender::server : Sender::client; }

  Sender role_;
  KeylogSink keylog_;
  Inbox inbox_;
  Outbox outbox_;
  RecordBuffers buffers_{ssl_};
  bool end_fed_ = false;
  bool starved_ = false;   ///< mbedTLS asked for bytes and there were none
  bool end_read_ = false;  ///< and there will be none
  std::array<std::uint8_t, 64> first_bytes_{};
  std::size_t first_size_ = 0;
  std::optional<HelloFault> hello_fault_;        ///< for which the client is refused
  std::unique_ptr<HandshakeObserver> observer_;  ///< null once the handshake is done
  std::vector<const char*> alpn_;

  std::optional<crypto::Task> task_;  ///< where handshakes wait for their cryptography; none: they don't
  std::optional<Step> task_result_;   ///< what handshake_now() came to, until it is asked for
  bool abandoned_ = false;

  unsigned certificate_requests_ = 0;  ///< that have been noted
  bool established_ = false;
  bool failed_ = false;
  bool close_sent_ = false;
  bool close_waits_ = false;       ///< for the end of a renegotiation
  Buffer deferred_;                ///< plaintext that waits for the same
  std::optional<Step> read_end_;   ///< what reading has come to
  std::size_t empty_records_ = 0;  ///< since the last that wasn't
  Agreed agreed_;
  Failure failure_;
};

}  // namespace MAILTAP_TLS_ENGINE
}  // namespace mailtap::tls
