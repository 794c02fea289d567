# What: ssl_write_server_hello() of ssl_srv.c.
# Why: a server that has TLS 1.3, as this program is one, says in the random of an older ServerHello that it has (RFC 8446 section
#   4.1.3): a client that has it too, and was talked out of it, notices.
# Test: tests/tls/legacy_session_test.cpp, "an old ServerHello tells a client that was talked out of TLS 1.3 that it was".

edit(library/ssl_srv.c [==[    memcpy(ssl->handshake->randbytes + 32, buf + 6, 32);
]==] [==[    memcpy(buf + 6 + 24, "DOWNGRD", 8);
    memcpy(ssl->handshake->randbytes + 32, buf + 6, 32);
]==])
