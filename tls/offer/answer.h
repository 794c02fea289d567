// What a server says to a client's hello that is played to it: which terms it chose, or how it refused.
#pragma once

#include <string>
#include <string_view>

#include "config/base/bytes.h"
#include "tls/survey/flight.h"

namespace mailtap::tls::offer {

struct Answer {
  enum class End {
    answered,     ///< with a server hello, or a HelloRetryRequest: `flight`
    refused,      ///< by an alert: flight.alert; there may be a hello before it
    closed,       ///< without a word
    reset,        ///< without a word
    silent,       ///< nothing came in time
    not_tls,      ///< something else did: `detail`
    unreachable,  ///< no connection, or no STARTTLS: `detail`
  };
  End end = End::unreachable;
  survey::Flight flight;
  std::string detail;
};

/// Reads one, in any segmentation.
class AnswerReader {
 public:
  /// True: answer() is complete, and this isn't called again.
  bool feed(Bytes bytes);
  /// The connection is over, or the time: closed, reset, silent. A hello that came before it counts.
  void stop(Answer::End how, std::string_view detail);

  const Answer& answer() const { return answer_; }

 private:
  bool finish(Answer::End end, std::string detail = {});

  survey::FlightReader reader_;
  Answer answer_;
};

}  // namespace mailtap::tls::offer
