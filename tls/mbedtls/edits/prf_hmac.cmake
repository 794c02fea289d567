# What: tls_prf_generic() and mbedtls_ssl_tls12_populate_transform() of ssl_tls.c.
# Why: TLS 1.2's pseudorandom function (RFC 5246 section 5) with a third of the hashing (tls/mbedtls/crypto/prf_hmac.h).
#   The HMACs of records have contexts of the same type in the same file and must stay mbedTLS's own.
# Test: tests/tls/suites_test.cpp, where every suite carries records.

edit(library/ssl_tls.c [==[#include "common.h"
]==] [==[#include "common.h"

#include "tls/mbedtls/crypto/prf_hmac.h"
]==])
edit(library/ssl_tls.c [==[ret = mbedtls_md_hmac_starts(&md_ctx, secret, slen);]==]
                       [==[ret = mailtap_prf_hmac_starts(&md_ctx, secret, slen);]==])
edit(library/ssl_tls.c [==[ret = mbedtls_md_hmac_reset(&md_ctx);]==] [==[ret = mailtap_prf_hmac_reset(&md_ctx);]==] 2)
edit(library/ssl_tls.c [==[ret = mbedtls_md_hmac_finish(&md_ctx, tmp);]==] [==[ret = mailtap_prf_hmac_finish(&md_ctx, tmp);]==] 2)
# The last block is followed by none: what the next one would begin with isn't needed.
edit(library/ssl_tls.c [==[        ret = mbedtls_md_hmac_finish(&md_ctx, h_i);
        if (ret != 0) {
            goto exit;
        }
]==] [==[        ret = mailtap_prf_hmac_finish(&md_ctx, h_i);
        if (ret != 0) {
            goto exit;
        }
        if (i + md_len >= dlen) {
            memcpy(dstbuf + i, h_i, dlen - i);
            break;
        }
]==])

# mbedTLS derives 256 bytes of key block whatever the cipher. AEAD ciphers take two keys of at most 32 bytes and two
# nonces of at most 12.
edit(library/ssl_tls.c [==[ret = tls_prf(master, 48, "key expansion", randbytes, 64, keyblk, 256);]==]
                       [==[ret = tls_prf(master, 48, "key expansion", randbytes, 64, keyblk,
                  ssl_mode == MBEDTLS_SSL_MODE_AEAD ? 2 * (32 + 12) : 256);]==])
