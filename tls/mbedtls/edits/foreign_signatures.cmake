# What: CertificateVerify, ServerKeyExchange and the choice of the server's certificate, in both versions:
#   ssl_tls13_parse_certificate_verify(), ssl_tls13_write_certificate_verify_body() and what they ask of ssl_misc.h;
#   ssl_parse_server_key_exchange() of ssl_tls12_client.c; ssl_pick_cert(), ssl_ciphersuite_match() and
#   ssl_prepare_server_key_exchange(), ssl_write_certificate_request() and ssl_parse_certificate_verify() of
#   ssl_tls12_server.c.
# Why: the schemes that mbedTLS lacks (tls/mbedtls/signature_schemes.h; RFC 8446 section 4.2.3, RFC 8422 section 5.10,
#   RFC 8734). mbedTLS takes PKCS #1 v1.5 and SHA-1 in a CertificateVerify, and a key on any curve with any of ECDSA's
#   schemes: RFC 8446 section 4.4.3 has neither.
# Test: tests/tls/keys_test.cpp; tests/tls/signature_algorithms_test.cpp.

edit(library/ssl_misc.h [==[#include "mbedtls/debug.h"
]==] [==[#include "mbedtls/debug.h"
#include "tls/mbedtls/signature_schemes.h"
]==])

# --- TLS 1.3 ---

edit(library/ssl_misc.h [==[
        default:
            return 0;
    }
    return 1;

}
]==] [==[
        default:
            return mailtap_may_offer(sig_alg, MBEDTLS_SSL_VERSION_TLS1_3, MBEDTLS_SSL_VERSION_TLS1_3) &&
                   MBEDTLS_BYTE_1(sig_alg) == 0x08;
    }
    return 1;

}
]==])
edit(library/ssl_tls13_generic.c [==[
    if (mbedtls_ssl_get_pk_type_and_md_alg_from_sig_alg(
            algorithm, &sig_alg, &md_alg) != 0) {
        goto error;
    }
]==] [==[
    if (!mailtap_scheme_fits(&ssl->session_negotiate->peer_cert->pk, algorithm, MBEDTLS_SSL_VERSION_TLS1_3) ||
        mailtap_signs(&ssl->session_negotiate->peer_cert->pk, algorithm, MBEDTLS_SSL_VERSION_TLS1_3)) {
        return mailtap_verify_certificate_verify(ssl, &ssl->session_negotiate->peer_cert->pk, algorithm, p, end,
                                                 verify_buffer, verify_buffer_len);
    }

    if (mbedtls_ssl_get_pk_type_and_md_alg_from_sig_alg(
            algorithm, &sig_alg, &md_alg) != 0) {
        goto error;
    }
]==])
edit(library/ssl_tls13_generic.c [==[
    mbedtls_pk_type_t pk_type = (mbedtls_pk_type_t) mbedtls_ssl_sig_from_pk(key);
    size_t key_size = mbedtls_pk_get_bitlen(key);
]==] [==[
    if (mailtap_signs(key, sig_alg, MBEDTLS_SSL_VERSION_TLS1_3)) {
        return mailtap_scheme_fits(key, sig_alg, MBEDTLS_SSL_VERSION_TLS1_3);
    }
    mbedtls_pk_type_t pk_type = (mbedtls_pk_type_t) mbedtls_ssl_sig_from_pk(key);
    size_t key_size = mbedtls_pk_get_bitlen(key);
]==])
edit(library/ssl_tls13_generic.c [==[
        if (mbedtls_ssl_get_pk_type_and_md_alg_from_sig_alg(
                *sig_alg, &pk_type, &md_alg) != 0) {
            return MBEDTLS_ERR_SSL_INTERNAL_ERROR;
        }
]==] [==[
        if (mailtap_signs(own_key, *sig_alg, MBEDTLS_SSL_VERSION_TLS1_3)) {
            if (mailtap_sign(ssl, own_key, *sig_alg, verify_buffer, verify_buffer_len,
                             p + 4, (size_t) (end - (p + 4)), &signature_len) != 0) {
                continue;
            }
            break;
        }

        if (mbedtls_ssl_get_pk_type_and_md_alg_from_sig_alg(
                *sig_alg, &pk_type, &md_alg) != 0) {
            return MBEDTLS_ERR_SSL_INTERNAL_ERROR;
        }
]==])

# --- TLS 1.2, client ---

edit(library/ssl_tls12_client.c [==[
        if (ssl_parse_signature_algorithm(ssl, sig_alg, &md_alg, &pk_alg) != 0) {
]==] [==[
        if (mailtap_signs(peer_pk, sig_alg, MBEDTLS_SSL_VERSION_TLS1_2)) {
            ret = mailtap_verify_server_key_exchange(ssl, peer_pk, sig_alg, params, params_len, p + 2, end);
            if (ret != 0) {
                return ret;
            }
            goto exit;
        }
        if (ssl_parse_signature_algorithm(ssl, sig_alg, &md_alg, &pk_alg) != 0) {
]==])

# --- TLS 1.2, server ---

edit(library/ssl_tls12_server.c [==[
        key_type_matches = mbedtls_pk_can_do(&cur->cert->pk, pk_alg);
]==] [==[
        key_type_matches = mailtap_key_fits_suite(&cur->cert->pk, pk_alg, ciphersuite_info->key_exchange);
]==])
edit(library/ssl_tls12_server.c [==[
        if (pk_alg == MBEDTLS_PK_ECDSA &&
            ssl_check_key_curve(]==] [==[
        if (mbedtls_pk_can_do(&cur->cert->pk, MBEDTLS_PK_ECDSA) && pk_alg == MBEDTLS_PK_ECDSA &&
            ssl_check_key_curve(]==])
edit(library/ssl_tls12_server.c [==[
        mbedtls_ssl_tls12_get_preferred_hash_for_sig_alg(
            ssl, mbedtls_ssl_sig_from_pk_alg(sig_type)) == MBEDTLS_SSL_HASH_NONE) {
        MBEDTLS_SSL_DEBUG_MSG(3, ("ciphersuite mismatch: no suitable hash algorithm "
]==] [==[
        !mailtap_tls12_can_sign(ssl, sig_type)) {
        MBEDTLS_SSL_DEBUG_MSG(3, ("ciphersuite mismatch: no suitable hash algorithm "
]==])
edit(library/ssl_tls12_server.c [==[
        /*
         * 2.1: Choose hash algorithm:
]==] [==[
        const uint16_t scheme = mailtap_tls12_scheme(ssl);
        if (scheme != 0) {
            return mailtap_sign_server_key_exchange(ssl, scheme, dig_signed, dig_signed_len, out_buf_len, signature_len);
        }

        /*
         * 2.1: Choose hash algorithm:
]==])
edit(library/ssl_tls12_server.c [==[
        unsigned char hash = MBEDTLS_BYTE_1(*sig_alg);
]==] [==[
        unsigned char hash = MBEDTLS_BYTE_1(*sig_alg);

        if (hash == 0x08 && mailtap_may_offer(*sig_alg, MBEDTLS_SSL_VERSION_TLS1_2, MBEDTLS_SSL_VERSION_TLS1_2)) {
            sa_len += 2;
            MBEDTLS_PUT_UINT16_BE(*sig_alg, p, sa_len);
            continue;
        }
]==])
edit(library/ssl_tls12_server.c [==[
    md_alg = mbedtls_ssl_md_alg_from_hash(ssl->in_msg[i]);
]==] [==[
    if (mailtap_signs(peer_pk, MBEDTLS_GET_UINT16_BE(ssl->in_msg, i), MBEDTLS_SSL_VERSION_TLS1_2)) {
        ret = mailtap_verify_client_signature(ssl, peer_pk, ssl->in_msg + i, ssl->in_msg + ssl->in_hslen);
        return ret != 0 ? ret : mbedtls_ssl_update_handshake_status(ssl);
    }
    md_alg = mbedtls_ssl_md_alg_from_hash(ssl->in_msg[i]);
]==])
