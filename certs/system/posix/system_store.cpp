#include "certs/system/system_store.h"

namespace mailtap::certs {

namespace {

tl::unexpected<Error> no_store(const char* debian, const char* red_hat) {
  return fail(
      std::string("this system has no store that mailtap puts it into; as root, on Debian and Ubuntu: ") +
      debian + "; on Red Hat, Fedora, Rocky and Alma: " + red_hat);
}

}  // namespace

Result<bool> install_root(Bytes /*certificate*/, StoreOf /*whose*/) {
  return no_store("cp FILE /usr/local/share/ca-certificates/mailtap.crt && update-ca-certificates",
                  "cp FILE /etc/pki/ca-trust/source/anchors/mailtap.crt && update-ca-trust extract");
}

Result<bool> remove_root(Bytes /*certificate*/, StoreOf /*whose*/) {
  return no_store("rm /usr/local/share/ca-certificates/mailtap.crt && update-ca-certificates --fresh",
                  "rm /etc/pki/ca-trust/source/anchors/mailtap.crt && update-ca-trust extract");
}

Result<Exported> export_from_store(const std::string& /*which*/, StoreOf /*whose*/) {
  return fail(
      "this system has no store of certificates with keys; export a PFX on Windows and give it as --pfx");
}

}  // namespace mailtap::certs
