#include "inspect/http/body_reader.h"

#include <algorithm>
#include <array>

namespace mailtap::inspect::http {

void BodyReader::begin(SoapReader::Kind kind, Coding coding) {
  left_ = max_read;
  coding_ = coding;
  if (!soap_) soap_.emplace();
  soap_->begin(kind);
  if (coding == Coding::identity) return;
  if (!inflater_) inflater_.emplace();
  inflater_->begin(coding);
}

void BodyReader::feed(Bytes bytes) {
  if (left_ == 0) return;
  if (coding_ == Coding::identity) return read(bytes);
  std::array<std::uint8_t, 4096> out;
  while (left_ > 0) {
    const auto plain = inflater_->inflate(bytes, out);
    if (plain.empty()) return;
    read(plain);
  }
}

const SoapReader* BodyReader::finish() {
  if (!soap_) return nullptr;
  soap_->finish();
  return &*soap_;
}

void BodyReader::read(Bytes plain) {
  plain = plain.first(std::min(plain.size(), left_));
  left_ -= plain.size();
  if (!soap_->feed(plain)) skip();
}

}  // namespace mailtap::inspect::http
