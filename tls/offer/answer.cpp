#include "tls/offer/answer.h"

#include <utility>

namespace mailtap::tls::offer {

using survey::FlightReader;
using End = Answer::End;

bool AnswerReader::feed(Bytes bytes) {
  switch (reader_.feed(bytes)) {
    case FlightReader::State::waiting: return false;
    case FlightReader::State::whole: return finish(End::answered);
    case FlightReader::State::alert: return finish(End::refused);
    case FlightReader::State::not_tls: return finish(End::not_tls, reader_.error());
    // What comes after the hello was chosen by it.
    case FlightReader::State::broken:
      return finish(reader_.flight().has_hello ? End::answered : End::not_tls, reader_.error());
  }
  return false;
}

void AnswerReader::stop(Answer::End how, std::string_view detail) {
  finish(reader_.flight().has_hello ? End::answered : how, std::string(detail));
}

bool AnswerReader::finish(Answer::End end, std::string detail) {
  answer_.end = end;
  answer_.flight = reader_.flight();
  answer_.detail = std::move(detail);
  return true;
}

}  // namespace mailtap::tls::offer
