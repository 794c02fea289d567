#include "certs/advice/texts.h"

#include <array>

#include "config/base/phrases.h"

namespace mailtap::certs {

namespace {

constexpr Texts english{
    .self_signed =
        "The server shows the self-signed certificate \"{subject}\": import it as a trusted root on "
        "the router's machine, or better give the server one signed by a CA that the router trusts.",
    .self_signed_faulty =
        "The server shows the self-signed certificate \"{subject}\", which is faulty besides, so that "
        "importing it helps nobody: give the server a new one, best signed by a CA that the router trusts, "
        "else import the new one.",
    .untrusted_root =
        "The certificate was issued by \"{root}\", which the router's machine doesn't trust: "
        "import that root there.",
    .incomplete_chain =
        "The chain doesn't reach a trusted root, as {DETAIL}: install the issuer's certificate "
        "on the server, and import the root on the router's machine if it isn't trusted there.",
    .expired = "A certificate of the chain has ended ({DETAIL}): renew it on the server.",
    .not_yet_valid = "A certificate of the chain isn't valid yet ({DETAIL}): compare the clocks, or wait.",
    .revoked = "The certificate must not be used ({DETAIL}): replace it on the server.",
    .other_fault = "The certificate is faulty ({DETAIL}): have the server's certificate issued anew.",
    .name_mismatch =
        "The router asks for {name}, the certificate is for {names}: correct the URL in the "
        "router's incoming profile, or have the certificate issued for that name too.",
    .name_without_host =
        "The router asks for {name}, the certificate is for {names}: have it issued for the name asked for, "
        "as it has none that the URL could have instead.",
    .name_by_cn =
        "Only the subject's common name matches {name}: old .NET accepts that, others don't, so have "
        "the certificate issued with the name in subjectAltName.",
    .address_as_dns =
        "The certificate has the address {name} as a DNS name only: Windows accepts that, others don't, so "
        "have the certificate issued with the IP address in subjectAltName.",
    .ends_soon = "A certificate of the chain ends in {DAYS}: renew it.",
    .nothing_sent = "The server sent no certificate: bind one to its web site.",
    .same_name =
        "A certificate of the same name is trusted already but isn't this one: as a rule it was renewed, so "
        "import the "
        "new one beside it.",
    .revocation_unknown =
        "Whether the certificate was revoked can't be established ({DETAIL}): have its CA publish the "
        "revocation list where all can fetch it.",
    .revocation_unanswered =
        "Whether the certificate was revoked can't be established ({DETAIL}): have its CA's OCSP "
        "responder {responder} answer, or have the server staple the answer.",
    .key_compromised =
        "The certificate must not be used, and its key is known to others ({DETAIL}): replace both "
        "on the server.",
    .unverifiable =
        "Nobody here can verify the certificate ({DETAIL}), and most mail clients can't either: have it "
        "issued with RSA or ECDSA.",
    .missing_staple =
        "The certificate demands that its server staples an OCSP response, which some clients insist on "
        "({DETAIL}): turn stapling on, or have the certificate issued without that demand.",
    .expired_intermediate =
        "The intermediate certificate \"{ca}\", which the server sends, has ended ({DETAIL}): replace it on "
        "the server; its CA may have a newer one.",
    .early_intermediate =
        "The intermediate certificate \"{ca}\", which the server sends, isn't valid yet ({DETAIL}): compare "
        "the clocks; if they are right, have the server send its CA's older one.",
    .revoked_intermediate =
        "The intermediate certificate \"{ca}\" must not be used ({DETAIL}), nor what it has signed: have the "
        "server's certificate issued anew by another.",
    .faulty_intermediate =
        "The intermediate certificate \"{ca}\" is faulty ({DETAIL}): replace it on the server if its CA has "
        "one without the fault, else have the server's certificate issued by another.",
    .intermediate_revocation_unknown =
        "Whether the intermediate certificate \"{ca}\" was revoked can't be established ({DETAIL}): have the "
        "CA above it publish the revocation list where all can fetch it.",
    .intermediate_revocation_unanswered =
        "Whether the intermediate certificate \"{ca}\" was revoked can't be established ({DETAIL}): have the "
        "OCSP responder {responder} of the CA above it answer.",
    .expired_root =
        "The root certificate \"{ca}\" has ended ({DETAIL}): import its CA's newer one on the router's "
        "machine, or have the server's certificate issued under another root.",
    .faulty_root =
        "The root certificate \"{ca}\" is faulty ({DETAIL}): have the server's certificate issued under "
        "another root.",
    .intermediate_ends_soon =
        "The intermediate certificate \"{ca}\", which the server sends, ends in {DAYS}: replace it on the "
        "server; its CA may have a newer one.",
    .root_ends_soon =
        "The root certificate \"{ca}\" ends in {DAYS}: import its CA's newer one on the router's machine, "
        "and have the server's certificate issued under it.",
    .unfit_for_clients =
        "The client certificate {subject} is for servers alone (its extKeyUsage lacks clientAuth), so a "
        "server that "
        "looks at it refuses it: have it issued for clients by a private CA, or log in otherwise. Public CAs "
        "no longer do: "
        "{RULES}.",
    .renewal_unfit_for_clients =
        "The client certificate {subject} is of a public CA and serves clients still; once renewed it won't, "
        "as "
        "a rule: have the next one issued for clients by a private CA, or log in otherwise. {RULES}.",
    .no_client_auth = "{organisation} leaves clientAuth out altogether since {date}",
    .no_client_auth_unless_asked = "{organisation} leaves clientAuth out unless asked for it since {date}",
    .no_client_auth_of_all = "none may write clientAuth into certificates issued from {date} on",
    .client_accepts = "The router, {client}, accepts it all the same.",
    .client_refuses = "The router, {client}, refuses it: \"{message}\".",
    .save_certificate = "Save the server's certificate: {fetch} -out {file}.cer",
    .save_new = "Save the server's new certificate: {fetch_new} -out {file}.cer",
    .save_root =
        "Get the root certificate \"{root}\" from whoever runs that CA (with AD CS: certutil -ca.cert "
        "{file}.cer on the CA's machine).",
    .save_root_above =
        "If the router's machine doesn't trust the root of that chain yet: get the root certificate "
        "(\"{root}\" "
        "itself, if nobody stands above it) from whoever runs that CA (with AD CS: certutil -ca.cert "
        "{file}.cer on the root CA's machine).",
    .import_windows =
        "On the router's Windows machine, as administrator: certutil -addstore -f Root {file}.cer",
    .import_linux =
        "On Linux: cp {file}.cer /usr/local/share/ca-certificates/{file}.crt && "
        "update-ca-certificates (the file in PEM form)",
    .import_java =
        "Where the program runs: keytool -importcert -cacerts -alias {file} -file {file}.cer (the password "
        "is "
        "changeit unless it was changed; a program with a trust store of its own, javax.net.ssl.trustStore, "
        "wants "
        "-keystore and that file)",
    .import_node =
        "Where the program runs: NODE_EXTRA_CA_CERTS={file}.cer in its environment (the file in PEM form)",
    .import_nss =
        "For the program's user: certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n {file} -i {file}.cer (another "
        "program "
        "of NSS': the folder of its own database)",
    .import_thunderbird =
        "In Thunderbird: Settings, Privacy & Security, Certificates, Manage Certificates, Authorities, "
        "Import: "
        "{file}.cer, to identify websites and servers",
    .import_own =
        "Add {file}.cer to the roots that the program gives to its TLS library: it has no list of its own",
    .better_signed =
        "Better: have a CA that the router already trusts sign the {server}'s certificate, and "
        "{BIND}.",
    .compare_keys =
        "Compare the keys of the certificates of that name on the router's machine: certutil -store Root "
        "(the "
        "key's hash, Key Id Hash, tells them apart); the new one is imported beside the old one, which "
        "stays until nothing needs it.",
    .publish_list =
        "On the CA: publish the revocation list anew (certutil -crl) at an http:// address that the router's "
        "machine reaches, and name it in the certificates (CRL distribution point).",
    .try_lists =
        "On the router's machine: certutil -verify -urlfetch server.cer shows which lists it can fetch.",
    .mend_responder =
        "On the CA: see to its OCSP responder {responder} ({DETAIL}). It must be reachable by "
        "http:// from the clients' machines, without a redirection or a login, and answer about "
        "this certificate (AD CS: ocsp.msc).",
    .staple_instead =
        "Where clients can't reach it: have the server staple the answer. nginx `ssl_stapling on;` "
        "with a resolver, Apache `SSLUseStapling on`; IIS and Exchange do so by themselves. The "
        "server must reach the responder then (http, port 80).",
    .make_new_key =
        "On the server: make a new key and have a certificate issued for it (a renewal with the old "
        "key doesn't help: who has that key can pass for the server), then {BIND} and {RESTART}. "
        "Remove the old key everywhere.",
    .staple_responses =
        "On the server: let it reach its CA's OCSP responder (http, port 80) and staple what it answers: "
        "nginx "
        "`ssl_stapling on;` with a resolver, Apache `SSLUseStapling on`; IIS and Exchange do so by "
        "themselves.",
    .reissue_verifiable = "Have the certificate issued anew, signed with RSA or ECDSA and SHA-256: {DETAIL}.",
    .reissue = "Have the certificate issued anew without the fault: {DETAIL}.",
    .get_intermediate =
        "Get a certificate of \"{ca}\" that is valid now and has no such fault from whoever runs that CA "
        "(public CAs have theirs on their web sites; AD CS: certutil -ca.cert issuer.cer on the CA's "
        "machine).",
    .else_reissue =
        "If there is none: have the server's certificate issued by another CA, and send that one's "
        "intermediates.",
    .reissue_elsewhere = "Have the server's certificate issued anew, by another CA than \"{ca}\".",
    .see_profile_url =
        "On the router's machine: Start, All Programs, Microsoft Dynamics CRM E-mail Router, "
        "Configuration Manager; tab Configuration Profiles, open the incoming profile, Location: "
        "the URL there has {name}.",
    .change_url = "Change the URL's host to one that the certificate has: {hosts}.",
    .or_reissue_with_name =
        "Or have the certificate issued with {name} among its subjectAltName, and {BIND}.",
    .reissue_with_name = "Have the certificate issued with {name} among its subjectAltName, and {BIND}.",
    .see_settings = "In the program's settings: the host there is {name}.",
    .restart_router =
        "Restart the router: net stop MSCRMEmail && net start MSCRMEmail, then test the access "
        "again.",
    .restart_program = "Start the program anew, then test the access again.",
};

using Text = std::string_view Texts::*;
constexpr std::array all{
    &Texts::self_signed,
    &Texts::self_signed_faulty,
    &Texts::untrusted_root,
    &Texts::incomplete_chain,
    &Texts::expired,
    &Texts::not_yet_valid,
    &Texts::revoked,
    &Texts::other_fault,
    &Texts::name_mismatch,
    &Texts::name_without_host,
    &Texts::name_by_cn,
    &Texts::address_as_dns,
    &Texts::ends_soon,
    &Texts::nothing_sent,
    &Texts::same_name,
    &Texts::revocation_unknown,
    &Texts::revocation_unanswered,
    &Texts::key_compromised,
    &Texts::unverifiable,
    &Texts::missing_staple,
    &Texts::expired_intermediate,
    &Texts::early_intermediate,
    &Texts::revoked_intermediate,
    &Texts::faulty_intermediate,
    &Texts::intermediate_revocation_unknown,
    &Texts::intermediate_revocation_unanswered,
    &Texts::expired_root,
    &Texts::faulty_root,
    &Texts::intermediate_ends_soon,
    &Texts::root_ends_soon,
    &Texts::unfit_for_clients,
    &Texts::renewal_unfit_for_clients,
    &Texts::no_client_auth,
    &Texts::no_client_auth_unless_asked,
    &Texts::no_client_auth_of_all,
    &Texts::client_accepts,
    &Texts::client_refuses,
    &Texts::save_certificate,
    &Texts::save_new,
    &Texts::save_root,
    &Texts::save_root_above,
    &Texts::import_windows,
    &Texts::import_linux,
    &Texts::import_java,
    &Texts::import_node,
    &Texts::import_nss,
    &Texts::import_thunderbird,
    &Texts::import_own,
    &Texts::better_signed,
    &Texts::compare_keys,
    &Texts::publish_list,
    &Texts::try_lists,
    &Texts::mend_responder,
    &Texts::staple_instead,
    &Texts::make_new_key,
    &Texts::staple_responses,
    &Texts::reissue_verifiable,
    &Texts::reissue,
    &Texts::get_intermediate,
    &Texts::else_reissue,
    &Texts::reissue_elsewhere,
    &Texts::see_profile_url,
    &Texts::change_url,
    &Texts::or_reissue_with_name,
    &Texts::reissue_with_name,
    &Texts::see_settings,
    &Texts::restart_router,
    &Texts::restart_program,
};
static_assert(sizeof(Texts) == all.size() * sizeof(std::string_view), "a text that isn't among them");

Texts translated(Language language) {
  auto texts = english;
  for (const auto text : all) texts.*text = template_in(texts.*text, language);
  return texts;
}

}  // namespace

const Texts& texts_of(Language language) {
  static const auto vietnamese = translated(Language::vietnamese);
  return language == Language::vietnamese ? vietnamese : english;
}

}  // namespace mailtap::certs
