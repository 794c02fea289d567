#include "tls/engine/mbedtls_session.h"

#include <algorithm>
#include <utility>

#include "certs/model/certificate.h"
#include "certs/model/placeholder.h"
#include "config/base/text.h"
#include "tls/alert.h"
#include "tls/engine/keylog.h"
#include "tls/engine/peer_chain.h"
#include "tls/engine/steps.h"
#include "tls/names.h"

namespace mailtap::tls {
inline namespace MAILTAP_TLS_ENGINE {

namespace {

// Header, explicit nonce, MAC and padding of a record, generously.
constexpr std::size_t record_overhead = 96;

// In a row. TLS allows any number (RFC 8446 section 5.1), of which each costs as much as one with a byte.
constexpr std::size_t max_empty_records = 4096;

}  // namespace

MbedtlsSession::MbedtlsSession(Sender role, KeylogSink keylog, Batching batching)
    : role_(role), keylog_(std::move(keylog)) {
  if (batching.batcher != nullptr) task_.emplace(*batching.batcher, std::move(batching.wake));
  mbedtls_ssl_config_init(&config_);
  mbedtls_ssl_init(&ssl_);
  observer_ = std::make_unique<HandshakeObserver>([this](Bytes body) { check_client_hello(body); });
}

MbedtlsSession::~MbedtlsSession() {
  buffers_.drop();
  mbedtls_ssl_free(&ssl_);
  mbedtls_ssl_config_free(&config_);
}

void MbedtlsSession::abandon_handshake() {
  abandoned_ = true;
  task_.reset();
}

void MbedtlsSession::begin(int set_up, std::string_view why) {
  if (set_up == 0) return;
  fail_with(set_up);
  failure_.alert = alert::internal_error;  // though the peer hears nothing: it isn't what failed
  if (!why.empty()) failure_.detail = why;
  observer_.reset();
}

int MbedtlsSession::set_up() {
  if (const int failure = mbedtls_ssl_setup(&ssl_, &config_); failure != 0) return failure;
  mbedtls_ssl_set_bio(&ssl_, this, send, receive, nullptr);
  if (keylog_) set_export_keys<export_keys>(config_, ssl_, this);
  return 0;
}

int MbedtlsSession::set_name(const std::string& name) {
  return name.empty() || is_ip_address(name) ? 0 : mbedtls_ssl_set_hostname(&ssl_, name.c_str());
}

std::string MbedtlsSession::fault_of_name(const std::string& name) {
  if (name.size() <= MBEDTLS_SSL_MAX_HOST_NAME_LEN) return {};
  return "the host name is longer than the " + std::to_string(MBEDTLS_SSL_MAX_HOST_NAME_LEN) +
         " bytes that a name has at most: it has " + std::to_string(name.size());
}

int MbedtlsSession::set_alpn(const std::vector<std::string>& protocols) {
  alpn_.clear();
  for (const auto& protocol : protocols) alpn_.push_back(protocol.c_str());
  alpn_.push_back(nullptr);
  return mbedtls_ssl_conf_alpn_protocols(&config_, alpn_.data());
}

// --- ciphertext ------------------------------------------------------------------------------------

void MbedtlsSession::feed(Bytes ciphertext) {
  inbox_.lend(ciphertext);
  inbox_.end_loan();
}

void MbedtlsSession::lend(Bytes ciphertext) {
  inbox_.lend(ciphertext);
}

void MbedtlsSession::end_loan() {
  inbox_.end_loan();
}

void MbedtlsSession::feed_end() {
  end_fed_ = true;
}

std::size_t MbedtlsSession::backlog() const {
  return inbox_.size();
}

Bytes MbedtlsSession::outgoing() const {
  return outbox_.view();
}

void MbedtlsSession::consume_outgoing(std::size_t size) {
  outbox_.consume(size);
}

int MbedtlsSession::receive(void* session, unsigned char* out, std::size_t size) {
  auto& self = *static_cast<MbedtlsSession*>(session);
  if (self.abandoned_) return MBEDTLS_ERR_SSL_CONN_EOF;
  const auto got = self.inbox_.read({out, size});
  if (got == 0) {
    self.starved_ = true;
    self.end_read_ = self.end_fed_;
    return self.end_fed_ ? 0 : MBEDTLS_ERR_SSL_WANT_READ;
  }
  self.buffers_.received(got);
  if (self.observer_) {
    const auto kept = std::min(got, self.first_bytes_.size() - self.first_size_);
    std::copy_n(out, kept, self.first_bytes_.begin() + static_cast<std::ptrdiff_t>(self.first_size_));
    self.first_size_ += kept;
    self.observer_->see(self.peer(), {out, got});
    if (self.hello_fault_) return MBEDTLS_ERR_SSL_DECODE_ERROR;
  }
  return static_cast<int>(got);
}

int MbedtlsSession::send(void* session, const unsigned char* bytes, std::size_t size) {
  auto& self = *static_cast<MbedtlsSession*>(session);
  if (self.abandoned_) return MBEDTLS_ERR_SSL_CONN_EOF;
  self.outbox_.append({bytes, size});
  if (self.observer_) self.observer_->see(self.role_, {bytes, size});
  return static_cast<int>(size);
}

/// mbedTLS doesn't look at all of a hello, and answers much of what it finds with another alert than the
/// RFC's.
void MbedtlsSession::check_client_hello(Bytes body) {
  if (role_ != Sender::server) return;
  hello_fault_ = fault_of_client_hello(body, newest_version());
  if (hello_fault_) return;
  if (const auto hello = parse_client_hello_message(body)) on_client_hello(*hello);
}

// --- calls into mbedTLS ----------------------------------------------------------------------------

/// Calls until mbedTLS has an answer: it also says want-read after a message that it swallowed (a warning
/// alert), though more has been fed, and stops for each TLS 1.3 ticket.
template <class Call>
int MbedtlsSession::run(Call call) {
  if (!buffers_.provide()) return MBEDTLS_ERR_SSL_ALLOC_FAILED;
  const TolerantParsing scope(&peer_chain_);
  for (;;) {
    starved_ = false;
    const int code = call();
    const bool again = (code == MBEDTLS_ERR_SSL_WANT_READ && !starved_) ||
                       code == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET;
    if (again) continue;
    note_late_questions();
    if (established_) release();
    return code;
  }
}

/// Until the next call that has to do with records.
void MbedtlsSession::release() {
  if (mbedtls_ssl_is_handshake_over(&ssl_) != 0) buffers_.take_back();
}

bool MbedtlsSession::call_between_reads(int (*call)(mbedtls_ssl_context* ssl)) {
  if (!established_ || failed_ || read_end_ || close_sent_ || close_waits_) return false;
  return run([&] { return call(&ssl_); }) == 0;
}

Step MbedtlsSession::handle_result(int code) {
  const auto step = step_of(code);
  if (step == Step::failed) fail_with(code);
  return step;
}

void MbedtlsSession::fail_with(int code) {
  FailureFacts facts;
  facts.code = code;
  facts.peer_is_server = role_ == Sender::client;
  facts.certificate_in_question = agreed_.certificate_in_question;
  facts.certificate_shown = agreed_.certificate_shown;
  facts.wanted_keys = agreed_.wanted_keys;
  facts.renegotiation_refused = agreed_.renegotiation_refused;
  facts.established = established_;
  facts.first_bytes = established_ ? Bytes{} : Bytes(first_bytes_).first(first_size_);
  if (observer_) {
    facts.offered_version = observer_->offered_version();
    facts.selected_version = observer_->version();
    facts.sent_alert = observer_->alert_of(role_);
    // Some TLS 1.3 clients, mbedTLS's among them, refuse a certificate in the clear; mbedTLS takes that for a
    // damaged record. Some servers refuse an old hello in a newer version's record, of which 2.28 reads no
    // more than the header.
    if (code == MBEDTLS_ERR_SSL_INVALID_RECORD) {
      std::array<std::uint8_t, 16> rest;
      observer_->see(peer(), Bytes(rest).first(inbox_.read(rest)));
    }
    if (code == MBEDTLS_ERR_SSL_INVALID_MAC || code == MBEDTLS_ERR_SSL_INVALID_RECORD)
      facts.received_alert = observer_->alert_of(peer());
  }
  if (code == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE) {
    facts.received_alert = received_alert(ssl_);
  } else if (const auto alert = alert_of_failure(ssl_, code)) {
    facts.sent_alert = alert;
  }
  facts.excess = excess();
  failure_ = failure_from(facts);
  if (hello_fault_ && !facts.received_alert)
    failure_ = {
        .code = code, .alert = hello_fault_->alert, .alert_from_peer = false, .detail = hello_fault_->detail};
  if (code == MBEDTLS_ERR_PK_UNKNOWN_PK_ALG && !peer_chain_.empty())
    failure_.detail = "the " + std::string(facts.peer_is_server ? "server" : "client") +
                      "'s certificate has a key that mailtap can't check a handshake by: " +
                      certs::describe_key(certs::public_key_of(peer_chain_.front())).text;
  if (step_of(code) != Step::failed) return;  // the peer left: nobody is there to read an alert
  failed_ = true;
  read_end_ = Step::failed;
}

// --- handshake -------------------------------------------------------------------------------------

Step MbedtlsSession::handshake() {
  if (task_ && task_->waiting()) return Step::want_crypto;
  if (!task_result_) {
    if (failed_) return Step::failed;
    if (established_) return Step::done;
    if (read_end_) return *read_end_;
    if (!task_) return handshake_now();
    task_->start([this] { task_result_ = handshake_now(); });
    if (task_->waiting()) return Step::want_crypto;
  }
  const auto step = *std::exchange(task_result_, std::nullopt);
  if (step != Step::want_read && step != Step::want_write) task_.reset();
  return step;
}

Step MbedtlsSession::handshake_now() {
  const auto sent_before = outbox_.appended();
  const int code = run([&] { return advance(); });
  update_agreed();
  const auto step = handle_result(code);
  if (step == Step::done) complete_handshake();
  if (step == Step::closed || step == Step::truncated) {
    fail_with(code);
    read_end_ = step;
  }
  if (step == Step::failed) tell_peer(code, sent_before);
  return step;
}

/// mbedTLS leaves some errors without an alert, though RFC 8446 section 6.2 asks for one.
void MbedtlsSession::tell_peer(int code, std::size_t sent_before) {
  if (failure_.alert_from_peer) return;
  if (const auto sent = sent_fatal_alert(ssl_)) {
    failure_.alert = sent;
    return;
  }
  if (!failure_.alert) failure_.alert = alert_for(code);
  // The old engine doesn't tell what it has sent; an alert is the last that it sends.
  const bool is_told = is_old_engine && outbox_.appended() != sent_before &&
                       ssl_.MBEDTLS_PRIVATE(out_msgtype) == MBEDTLS_SSL_MSG_ALERT;
  if (is_told) return;
  mbedtls_ssl_send_alert_message(&ssl_, MBEDTLS_SSL_ALERT_LEVEL_FATAL,
                                 static_cast<unsigned char>(*failure_.alert));
}

/// As mbedtls_ssl_handshake, but notices whether the server asks for a certificate, which the old engine
/// doesn't tell: only then a client sends a Certificate message, if an empty one.
int MbedtlsSession::advance() {
  const auto sent = [this] { return outbox_.appended() + ssl_.MBEDTLS_PRIVATE(out_left); };
  while (ssl_.MBEDTLS_PRIVATE(state) != MBEDTLS_SSL_HANDSHAKE_OVER) {
    const int state = ssl_.MBEDTLS_PRIVATE(state);
    const bool may_answer = role_ == Sender::client && state == MBEDTLS_SSL_CLIENT_CERTIFICATE;
    const auto before = sent();
    if (const int code = mbedtls_ssl_handshake_step(&ssl_); code != 0) return code;
    if (may_answer && sent() != before) note_certificate_request();
    if (role_ == Sender::server) keep_up_write_keys(ssl_, state);
  }
  return 0;
}

/// Goes on with a second handshake, where there is one. As for mbedTLS, application data may come before the
/// server's hello, and is read then.
int MbedtlsSession::renegotiate() {
  const int code = established_ ? advance() : 0;
  return code == MBEDTLS_ERR_SSL_WAITING_SERVER_HELLO_RENEGO ? 0 : code;
}

void MbedtlsSession::note_certificate_request() {
  agreed_.certificate_requested = true;
  agreed_.certificate_shown = is_certificate_shown(ssl_);
  agreed_.wanted_keys = wanted_keys(ssl_);
  agreed_.certificate_in_question = true;
}

void MbedtlsSession::note_late_questions() {
  if (std::exchange(certificate_requests_, certificate_requests(ssl_)) != certificate_requests(ssl_))
    note_certificate_request();
  agreed_.renegotiation_refused = has_refused_renegotiation(ssl_);
}

void MbedtlsSession::update_agreed() {
  if (observer_->version() == 0) return;
  agreed_.version = Version{observer_->version()};
  agreed_.cipher_suite = CipherSuite{observer_->cipher_suite()};
  agreed_.group = Group{observer_->group().value_or(0)};
  agreed_.resumed = observer_->resumed();
  if (const auto* protocol = mbedtls_ssl_get_alpn_protocol(&ssl_)) agreed_.alpn = protocol;
}

void MbedtlsSession::complete_handshake() {
  established_ = true;
  observer_.reset();
  buffers_.forget_peer_certificate();
  release();
}

// --- plaintext -------------------------------------------------------------------------------------

Session::Read MbedtlsSession::read(MutableBytes out) {
  if (read_end_) return {*read_end_, 0};
  if (!established_)
    if (const auto step = handshake(); step != Step::done) return {step, 0};
  if (out.empty()) return {Step::want_read, 0};
  const auto sent_before = outbox_.appended();
  const int code = run([&] {
    if (const int failure = renegotiate(); failure != 0) return failure;
    return read_now(out);
  });
  if (const auto step = write_deferred(); step == Step::failed) return {step, 0};
  if (code > 0) {
    agreed_.certificate_in_question = false;
    return {Step::done, static_cast<std::size_t>(code)};
  }
  const auto step = handle_result(code);
  if (step == Step::closed || step == Step::truncated) read_end_ = step;
  if (step == Step::failed && provide_buffers()) {
    tell_peer(code, sent_before);
    release();
  }
  return {step, 0};
}

/// mbedtls_ssl_read() answers 0 at the end of the stream and for two empty records in a row alike, and
/// refuses a fourth.
int MbedtlsSession::read_now(MutableBytes out) {
  auto& empty = ssl_.MBEDTLS_PRIVATE(nb_zero);
  for (;;) {
    empty = 0;
    const int code = mbedtls_ssl_read(&ssl_, out.data(), out.size());
    empty_records_ = code > 0 ? 0 : empty_records_ + static_cast<std::size_t>(empty);
    if (code > 0) begin_counting_key_updates(ssl_);
    if (empty_records_ > max_empty_records) return MBEDTLS_ERR_SSL_UNEXPECTED_MESSAGE;
    if (code != 0) return code;
    if (end_read_) return MBEDTLS_ERR_SSL_CONN_EOF;
  }
}

/// What the peer has sent too much of, if that is the failure.
std::string MbedtlsSession::excess() const {
  if (const auto message = refused_message(ssl_))
    return "a " + handshake_type_name(message->type) + " message of " + std::to_string(message->size) +
           " bytes, which is longer than mailtap takes";
  if (empty_records_ > max_empty_records)
    return "more than " + std::to_string(max_empty_records) + " empty records in a row";
  if (has_too_much_early_data(ssl_))
    return "more than " + std::to_string(MAILTAP_MAX_EARLY_DATA) + " bytes of early data";
  if (has_too_many_key_updates(ssl_))
    return "more than " + std::to_string(MAILTAP_MAX_KEY_UPDATES) + " KeyUpdates without data between them";
  return {};
}

/// Writes records until all is taken or mbedTLS can't.
int MbedtlsSession::write_now(Bytes plaintext, std::size_t& taken) {
  taken = 0;
  while (taken < plaintext.size()) {
    const auto rest = plaintext.subspan(taken);
    const int code = run([&] {
      if (const int failure = renegotiate(); failure != 0) return failure;
      return mbedtls_ssl_write(&ssl_, rest.data(), rest.size());
    });
    if (code < 0) return code;
    taken += static_cast<std::size_t>(code);
  }
  return 0;
}

Step MbedtlsSession::write(Bytes plaintext) {
  if (failed_) return Step::failed;
  if (close_sent_ || close_waits_) return Step::closed;
  if (!established_) return Step::want_read;

  std::size_t taken = 0;
  if (deferred_.empty()) {
    outbox_.expect(plaintext.size() + (plaintext.size() / MBEDTLS_SSL_OUT_CONTENT_LEN + 1) * record_overhead);
    const int code = write_now(plaintext, taken);
    if (code == 0) return Step::done;
    if (step_of(code) != Step::want_read) {
      handle_result(code);
      failed_ = true;
      return Step::failed;
    }
  }
  const auto rest = plaintext.subspan(taken);
  if (deferred_.size() + rest.size() > max_deferred) {
    failure_.detail = "the peer began a renegotiation and doesn't go on with it";
    failed_ = true;
    read_end_ = Step::failed;
    return Step::failed;
  }
  deferred_.insert(deferred_.end(), rest.begin(), rest.end());
  return Step::done;
}

Step MbedtlsSession::write_deferred() {
  if (failed_ || mbedtls_ssl_is_handshake_over(&ssl_) == 0) return Step::done;
  if (!deferred_.empty()) {
    std::size_t taken = 0;
    const int code = write_now(deferred_, taken);
    deferred_.erase(deferred_.begin(), deferred_.begin() + static_cast<std::ptrdiff_t>(taken));
    if (step_of(code) == Step::want_read) return Step::done;
    if (code < 0) return handle_result(code);
  }
  return close_waits_ ? close_notify() : Step::done;
}

Step MbedtlsSession::close_notify() {
  if (failed_) return Step::failed;
  if (close_sent_) return Step::done;
  close_waits_ = mbedtls_ssl_is_handshake_over(&ssl_) == 0 || !deferred_.empty();
  if (close_waits_) return Step::done;
  close_sent_ = true;
  return handle_result(run([&] { return mbedtls_ssl_close_notify(&ssl_); }));
}

void MbedtlsSession::send_fatal_alert(int description) {
  if (task_) task_->finish_now();
  task_result_.reset();
  if (failed_) return;
  run([&] {
    return mbedtls_ssl_send_alert_message(&ssl_, MBEDTLS_SSL_ALERT_LEVEL_FATAL,
                                          static_cast<unsigned char>(description));
  });
  failure_ = {.code = 0,
              .alert = description,
              .alert_from_peer = false,
              .detail = "refused with alert " + alert_text(description)};
  failed_ = true;
  read_end_ = Step::failed;
}

// --- what is known ---------------------------------------------------------------------------------

const Agreed& MbedtlsSession::agreed() const {
  return agreed_;
}

const Failure& MbedtlsSession::failure() const {
  return failure_;
}

const std::vector<Buffer>& MbedtlsSession::peer_chain() const {
  return peer_chain_;
}

const std::vector<Buffer>& MbedtlsSession::original_chain() const {
  return peer_chain_;
}

std::optional<SavedSession> MbedtlsSession::take_saved_session() {
  return std::nullopt;
}

void MbedtlsSession::export_keys(void* session, mbedtls_ssl_key_export_type type, const unsigned char* secret,
                                 std::size_t secret_size, const unsigned char* client_random,
                                 const unsigned char* /*server_random*/, mbedtls_tls_prf_types /*prf*/) {
  const auto& self = *static_cast<MbedtlsSession*>(session);
  const auto line = keylog_line(type, {client_random, 32}, {secret, secret_size});
  if (!line.empty()) self.keylog_(line);
}

}  // namespace MAILTAP_TLS_ENGINE
}  // namespace mailtap::tls
