# What: ssl_tls13_parse_supported_versions_ext() of ssl_tls13_server.c.
# Why: the newest version that both have is agreed on, wherever it stands in the client's list (RFC 8446 section 4.2.1 asks
#   for an order of preference and lets the server choose). mbedTLS takes the first, and to a client with TLS 1.2 first says
#   by its random that somebody has taken TLS 1.3 away (section 4.1.3), upon which the client must refuse.
# Test: tests/tls/alerts_test.cpp, "a client whose list has TLS 1.2 before 1.3 speaks TLS 1.3".

edit(library/ssl_tls13_server.c [==[
            mbedtls_ssl_conf_is_tls12_enabled(ssl->conf)) {
            found_supported_version = 1;
            break;
        }
    }
]==] [==[
            mbedtls_ssl_conf_is_tls12_enabled(ssl->conf)) {
            found_supported_version = 1;
        }
    }
    if (found_supported_version && tls_version != MBEDTLS_SSL_VERSION_TLS1_3) {
        tls_version = MBEDTLS_SSL_VERSION_TLS1_2;
    }
]==])
