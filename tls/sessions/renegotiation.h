// A client that asks for another handshake: to learn what a server makes of it.
#pragma once

namespace mailtap::tls {

class Session;

/// `client`: a session of make_client_session()'s whose handshake of TLS 1.2 is done. Puts the client's hello
/// into outgoing(); the server's answer is read by read(). False: it can't be asked, as the version or the
/// engine has none.
bool ask_to_renegotiate(Session& client);

}  // namespace mailtap::tls
