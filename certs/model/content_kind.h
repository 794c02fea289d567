// What a file is that was given where a certificate was wanted.
#pragma once

#include <string>
#include <string_view>

#include "config/base/bytes.h"

namespace mailtap::certs {

/// What files around TLS are. `nothing`: none of these.
enum class ContentKind {
  nothing,
  certificate,  ///< by its outline; whether it can be read is another question
  pkcs7,        ///< a bundle, of certificates as a rule
  pfx,
  request,
  revocation_list,
  private_key,
  encrypted_key,
  public_key,
  parameters,
  ocsp_response,
  java_keystore,
  windows_store,
  ssh_key,
  pgp,
};

/// Of one object in DER, or in BER as far as its outline goes.
ContentKind kind_of_der(Bytes der);
/// Of a whole file: PEM in any encoding, DER, or another format. Of several the first that isn't a
/// certificate; `certificate` only when nothing else is in it.
ContentKind kind_of_content(std::string_view content);

/// "a PFX (PKCS#12)", "a certificate request (PKCS#10)"; empty for nothing.
std::string_view to_string(ContentKind kind);

/// The end of an error's sentence on a file without a certificate: "holds no certificate: it is a certificate
/// request (PKCS#10); ...", with what to do about it.
std::string without_certificate(std::string_view content);
/// The same of a file without a private key that can be read as it is.
std::string without_key(std::string_view content);

}  // namespace mailtap::certs
