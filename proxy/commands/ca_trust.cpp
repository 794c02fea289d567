#include <algorithm>

#include "proxy/commands/ca.h"

namespace mailtap::commands {

namespace {

constexpr const char* steps =
    R"(To trust it on the machine that runs the router. FILE stands for {file}, copied there.

Windows, one machine (an elevated command prompt; services read the machine's store, not the user's):
    certutil -addstore -f Root FILE
  check:   certutil -store Root {thumbprint}
  undo:    certutil -delstore Root {thumbprint}
  Then restart the router: in Dynamics CRM, the service "Microsoft CRM Email Router". .NET asks the machine's store
  anew only in a new process. No setting of .NET itself is needed.

Windows, all machines of a domain (group policy):
    Group Policy Management > the policy > Edit > Computer Configuration > Policies > Windows Settings >
    Security Settings > Public Key Policies > Trusted Root Certification Authorities > Import... > FILE
    then on the machine: gpupdate /force

Windows Server 2003 and XP need Microsoft's update KB968730 to verify SHA-256, and verify no ECDSA.

Java (as the user who owns the Java installation; the store's password is "changeit" unless it was changed):
    keytool -importcert -noprompt -alias mailtap -cacerts -file FILE
  Java 8 and older:
    keytool -importcert -noprompt -alias mailtap -keystore "$JAVA_HOME/jre/lib/security/cacerts" -file FILE
  undo:    keytool -delete -alias mailtap -cacerts
  Then restart the program.

Debian, Ubuntu (as root; the name must end in .crt and the file must be PEM):
    cp FILE /usr/local/share/ca-certificates/mailtap.crt
    update-ca-certificates
  undo:    rm /usr/local/share/ca-certificates/mailtap.crt; update-ca-certificates --fresh

Red Hat, Fedora, Rocky, Alma (as root):
    cp FILE /etc/pki/ca-trust/source/anchors/mailtap.crt
    update-ca-trust extract
  undo:    rm /etc/pki/ca-trust/source/anchors/mailtap.crt; update-ca-trust extract

Whoever has the CA's key can pretend to be any server to a machine that trusts it: keep the key where mailtap runs.
)";

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
}

}  // namespace

std::string how_to_trust(const std::string& cert_file, const std::string& sha1_thumbprint) {
  std::string text = steps;
  replace_all(text, "{file}", cert_file);
  replace_all(text, "{thumbprint}", sha1_thumbprint);
  return text;
}

}  // namespace mailtap::commands
