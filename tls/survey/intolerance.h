// What a server, or a box before it, can't stand in a client hello that is as it should be: the engine. As of
// Survey, no sockets and no clock.
//
//   an ordinary hello --answered--> each trial: the same hello, varied in one way --> Tolerance
//
// A trial that isn't answered is tried once more. Where a large hello isn't, a large message that is none
// tells a server that minds from a network that loses large packets; and at the end the ordinary hello tells
// both from a server that has had enough of us.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tls/survey/conversation.h"
#include "tls/survey/findings.h"

namespace mailtap::tls::survey {

struct Trial {
  enum class Outcome {
    unknown,    ///< no connection, or the server stopped answering anything: `detail`
    tolerated,  ///< it was answered
    refused,    ///< by an alert, or by closing: `detail`
    silent,     ///< nothing came
    network,    ///< nothing came, and neither does anything to other packets of that size
  };
  std::string name;  ///< "two-segments"; docs/protocols.md lists all
  std::size_t bytes = 0;
  std::size_t segments = 1;
  Outcome outcome = Outcome::unknown;
  std::string detail;

  bool is_intolerant() const { return outcome == Outcome::refused || outcome == Outcome::silent; }
};
std::string_view to_string(Trial::Outcome outcome);

struct Tolerance {
  std::uint16_t hello = 0;    ///< newest version of the ordinary hello: TLS 1.3, or where that isn't
                              ///< answered 1.2; 0: neither is, and nothing else was asked
  std::uint16_t version = 0;  ///< that it was answered in
  std::string detail;         ///< hello is 0: how it was refused
  std::vector<Trial> trials;  ///< in the order of docs/protocols.md
  Known large_packets = Known::unknown;  ///< whether they arrive; asked where a large hello wasn't answered
  Known post_quantum = Known::unknown;   ///< it chose X25519MLKEM768
  bool has_stopped = false;              ///< the server, answering: what it didn't stand isn't known

  bool is_tolerant() const;
};

class Intolerance {
 public:
  struct Asked {
    std::size_t id = 0;
    Question question;
  };

  /// `sni`: the name that hellos have but those that are about it; empty: none.
  explicit Intolerance(std::string sni);
  Intolerance(const Intolerance&) = delete;
  Intolerance& operator=(const Intolerance&) = delete;

  /// As Survey's.
  std::optional<Asked> next();
  void answer(std::size_t id, const Answer& answer);
  bool is_done() const { return open_.empty(); }

  const Tolerance& tolerance() const { return tolerance_; }

 private:
  using Then = std::function<void(const Answer&)>;
  struct Open {
    Question question;
    Then then;
    bool is_second_try = false;
  };

  // In the order in which they are asked.
  void ask_ordinary(std::vector<Hello> left);
  void ask_trials(const Hello& ordinary);
  void try_out(std::string name, Hello hello, std::size_t segments);
  void on_trial(std::size_t index, const Answer& answer);
  void trials_done();
  void ask_for_large_packets();
  void ask_once_more();

  void ask(Question question, Then then);

  const std::string sni_;
  std::deque<std::size_t> waiting_;
  std::map<std::size_t, Open> open_;
  std::size_t next_id_ = 0;
  std::size_t trials_open_ = 0;
  Hello ordinary_;
  Tolerance tolerance_;
};

}  // namespace mailtap::tls::survey
