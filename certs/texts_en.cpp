#include "certs/texts.h"

namespace mailtap::certs {

const Texts english_texts{
    .self_signed =
        "The server shows the self-signed certificate \"{subject}\": import it as a trusted root on "
        "the router's machine, or better give the server one signed by a CA that the router trusts.",
    .untrusted_root =
        "The certificate was issued by \"{root}\", which the router's machine doesn't trust: "
        "import that root there.",
    .incomplete_chain =
        "The chain doesn't reach a trusted root, as {detail}: install the issuer's certificate "
        "on the server, or import the root on the router's machine.",
    .expired = "A certificate of the chain has ended ({detail}): renew it on the server.",
    .not_yet_valid = "A certificate of the chain isn't valid yet ({detail}): compare the clocks, or wait.",
    .revoked = "The certificate must not be used ({detail}): replace it on the server.",
    .other_fault = "The certificate is faulty ({detail}): have the server's certificate issued anew.",
    .name_mismatch =
        "The router asks for {name}, the certificate is for {names}: correct the URL in the "
        "router's incoming profile, or have the certificate issued for that name too.",
    .name_by_cn =
        "Only the subject's common name matches {name}: old .NET accepts that, others don't, so have "
        "the certificate issued with the name in subjectAltName.",
    .ends_soon = "A certificate of the chain ends in {days} days: renew it.",
    .nothing_sent = "The server sent no certificate: bind one to its web site.",
    .save_certificate =
        "Save the server's certificate: openssl s_client -connect {name}:443 -servername {name} "
        "</dev/null | openssl x509 -out {file}.cer",
    .save_root =
        "Get the root certificate \"{root}\" from whoever runs that CA (with AD CS: certutil -ca.cert "
        "{file}.cer on the CA's machine).",
    .import_windows =
        "On the router's Windows machine, as administrator: certutil -addstore -f Root {file}.cer",
    .import_linux =
        "On Linux: cp {file}.cer /usr/local/share/ca-certificates/{file}.crt && "
        "update-ca-certificates (the file in PEM form)",
    .better_signed =
        "Better: have a CA that the router already trusts sign the Exchange server's certificate, "
        "and bind it in IIS Manager (inetmgr), Server Certificates.",
    .install_intermediates =
        "On the server, as administrator, install the missing issuer: certutil -addstore "
        "-f CA issuer.cer; then restart the web site so that it is sent.",
    .renew_iis =
        "On the Exchange server (Windows 2008 and later): Start, Run, inetmgr; choose the server, Server "
        "Certificates; renew the certificate and bind it to the site (Bindings, https).",
    .renew_iis6 =
        "On Windows 2003: inetmgr, the Exchange web site, Properties, Directory Security, Server "
        "Certificate (View Certificate shows the names).",
    .check_clock = "Compare the clocks of both machines: w32tm /query /status",
    .reissue = "Have the certificate issued anew without the fault: {detail}.",
    .see_profile_url =
        "On the router's machine: Start, All Programs, Microsoft Dynamics CRM E-mail Router, "
        "Configuration Manager; tab Configuration Profiles, open the incoming profile, Location: "
        "the URL there has {name}.",
    .change_url = "Change the URL's host to one that the certificate has: {names}.",
    .reissue_with_name =
        "Or have the certificate issued with {name} among its subjectAltName, and bind it in "
        "IIS Manager (inetmgr), Server Certificates.",
    .restart_router =
        "Restart the router: net stop MSCRMEmail && net start MSCRMEmail, then test the access "
        "again.",
};

}  // namespace mailtap::certs
