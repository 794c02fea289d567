// All that a server's TLS is able to, as far as hellos can ask it: the engine. It says what to ask next and
// is told the answers, in any order.
//
//   survey.h        which questions there are, and what follows from the answers: of versions and suites
//                   (survey_suites.cpp), of groups and signatures (_keys), and of the rest (_features)
//   conversation.h  a question over one connection: hello.h makes what is sent, flight.h reads what comes
//   intolerance.h   another engine: what hellos it doesn't stand
//   findings.h      what was found;  weaknesses.h what that means, and the grade
//   suites.h        what a cipher suite's name says
//
//   Survey --question--> (a connection each: Conversation) --answer--> Survey ... --> Findings
//
// At the end the hello that was answered first is asked once more: a server that has had enough of us refuses
// what it would have taken, so that what wasn't found isn't known to be absent (Findings::stopped_answering).
//
// No handshake is finished, and no key is ever agreed on. How many questions are asked at once is for the one
// who asks them.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tls/survey/conversation.h"
#include "tls/survey/findings.h"
#include "tls/survey/number_lists.h"
#include "tls/survey/suites.h"

namespace mailtap::tls::survey {

/// How much is asked.
enum class Scope {
  everything,
  /// Which of TLS 1.0 to 1.3 are spoken; if none is, SSL 3.0 too. Of TLS 1.0 and 1.1 all suites are found, of
  /// the others one. Some ten questions.
  versions,
};

class Survey {
 public:
  struct Asked {
    std::size_t id = 0;
    Question question;
  };

  /// `sni`: the name that all hellos have but those that are about it; empty: none.
  explicit Survey(std::string sni, Scope scope = Scope::everything);
  Survey(const Survey&) = delete;
  Survey& operator=(const Survey&) = delete;

  /// A question that can be asked now; nothing: none until an answer comes.
  std::optional<Asked> next();
  /// To a question that next() gave, once each.
  void answer(std::size_t id, const Answer& answer);
  bool is_done() const { return open_.empty(); }

  const Findings& findings() const { return findings_; }

 private:
  using Then = std::function<void(const Answer&)>;
  struct Open {
    Question question;
    Then then;
    bool is_second_try = false;
    bool is_last = false;  ///< see ask_once_more()
  };

  void ask(Question question, Then then);
  /// In Scope::versions only where nothing newer than TLS 1.1 was found, which is what would be told of it.
  void ask_once_more();
  void on_stop();

  // In the order in which they are asked.
  void ask_sslv2();
  void ask_version(std::uint16_t version);
  void ask_version_alone(std::uint16_t version, std::size_t list);
  void on_suites(std::uint16_t version, std::vector<std::vector<SuiteFound>> parts);
  void hunt_suites(std::uint16_t version, Numbers offered, std::vector<SuiteFound> found,
                   std::function<void(std::vector<SuiteFound>)> then);
  void hunt_parts(std::uint16_t version, std::vector<Numbers> parts, std::vector<SuiteFound> found,
                  std::function<void(std::vector<SuiteFound>)> then);
  void hunt_closed(std::uint16_t version, std::function<void(std::vector<SuiteFound>)> then);
  void ask_order_of_parts(std::uint16_t version);
  void ask_order(std::uint16_t version);
  void on_order(std::uint16_t version);
  void ask_groups(std::uint16_t version);
  void hunt_groups(std::uint16_t version, Numbers left, bool with_found = false);
  void ask_group_order(std::uint16_t version);
  void hunt_signature_algorithms(std::uint16_t version, std::vector<Authentication> kinds, Numbers left);
  void ask_tls13_signature_algorithms();
  void version_done();
  void all_versions_done();
  void ask_features();
  void ask_extensions(std::uint16_t version);
  void ask_alpn(std::uint16_t version, std::vector<std::string> left);
  void ask_certificates(std::uint16_t version);
  void ask_sni(std::uint16_t version);
  void ask_fallback();
  void ask_weaknesses(std::uint16_t version);
  void ask_bleichenbacher(std::uint16_t version, const std::vector<Buffer>& vectors, std::size_t round);

  /// With everything that servers of that version know.
  Question question(std::uint16_t version, Numbers suites) const;
  VersionFound& found(std::uint16_t version);
  Numbers suites_of(std::uint16_t version) const;

  const std::string sni_;
  const Scope scope_;
  std::deque<std::size_t> waiting_;
  std::map<std::size_t, Open> open_;  // those waiting, and those that were asked
  std::size_t next_id_ = 0;
  std::size_t versions_open_ = 0;
  std::optional<Question> answered_first_;  // of those that only a hello is sent for
  bool asked_once_more_ = false;
  /// By version: what was left when the server closed without a word.
  std::map<std::uint16_t, Numbers> closed_;
  Findings findings_;
};

}  // namespace mailtap::tls::survey
