#include "tls/crypto/mlkem.h"

extern "C" {

int mailtap_has_mlkem() {
  return 0;
}
const char* mailtap_mlkem_library() {
  return "";
}
int mailtap_mlkem_generate(const uint8_t* /*seed*/, uint8_t* /*public_key*/, uint8_t* /*private_key*/) {
  return 0;
}
int mailtap_mlkem_encapsulate(const uint8_t* /*public_key*/, const uint8_t* /*random*/,
                              uint8_t* /*ciphertext*/, uint8_t* /*secret*/) {
  return 0;
}
int mailtap_mlkem_decapsulate(const uint8_t* /*private_key*/, const uint8_t* /*ciphertext*/,
                              uint8_t* /*secret*/) {
  return 0;
}

}  // extern "C"
