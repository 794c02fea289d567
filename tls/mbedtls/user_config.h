// mailtap's configuration of mbedTLS 3.6, read after mbedTLS's default one (MBEDTLS_USER_CONFIG_FILE).
#ifndef MAILTAP_TLS_MBEDTLS_USER_CONFIG_H
#define MAILTAP_TLS_MBEDTLS_USER_CONFIG_H

// Several workers share keys and PSA's key store.
#define MBEDTLS_THREADING_C
#define MBEDTLS_THREADING_PTHREAD

// Randomness comes from the kernel (tls/mbedtls/random.cpp): no entropy pool, no locked generator.
#define MBEDTLS_PSA_CRYPTO_EXTERNAL_RNG
#undef MBEDTLS_ENTROPY_C
#undef MBEDTLS_CTR_DRBG_C
#undef MBEDTLS_HMAC_DRBG_C
#undef MBEDTLS_ECDSA_DETERMINISTIC
#undef MBEDTLS_PSA_CRYPTO_STORAGE_C
#undef MBEDTLS_PSA_ITS_FILE_C

// Only our own buffers ever reach PSA, from one thread at a time.
#define MBEDTLS_PSA_ASSUME_EXCLUSIVE_BUFFERS

// Its self-tests have elliptic curve operations counted in globals, which workers would share.
#ifndef MAILTAP_MBEDTLS_SELF_TEST
#undef MBEDTLS_SELF_TEST
#endif

// The cryptography is in tls/crypto; its hooks in tls/mbedtls/crypto.
#define MBEDTLS_ECDH_GEN_PUBLIC_ALT
#define MBEDTLS_ECDH_COMPUTE_SHARED_ALT
#define MBEDTLS_ECDSA_SIGN_ALT
#define MBEDTLS_ECDSA_VERIFY_ALT
#define MBEDTLS_PSA_P256M_DRIVER_ENABLED
#define MBEDTLS_GCM_ALT
#define MBEDTLS_CHACHAPOLY_ALT
#define MBEDTLS_SHA1_PROCESS_ALT
#define MBEDTLS_SHA256_PROCESS_ALT
#define MBEDTLS_SHA512_PROCESS_ALT

// Record buffers grow to what a record needs, which the peer may limit (RFC 8449).
#define MBEDTLS_SSL_VARIABLE_BUFFER_LENGTH
#define MBEDTLS_SSL_RECORD_SIZE_LIMIT

// For skipping it (tls/mbedtls/edits/early_data.cmake): none is sent or accepted.
#define MBEDTLS_SSL_EARLY_DATA

// mailtap does its own sockets and timers, speaks no DTLS and has no pre-shared keys but tickets.
#undef MBEDTLS_NET_C
#undef MBEDTLS_TIMING_C
#undef MBEDTLS_SSL_PROTO_DTLS
#undef MBEDTLS_SSL_DTLS_ANTI_REPLAY
#undef MBEDTLS_SSL_DTLS_HELLO_VERIFY
#undef MBEDTLS_SSL_DTLS_CLIENT_PORT_REUSE
#undef MBEDTLS_SSL_DTLS_CONNECTION_ID
#undef MBEDTLS_SSL_DTLS_CONNECTION_ID_COMPAT
#undef MBEDTLS_SSL_COOKIE_C
#undef MBEDTLS_KEY_EXCHANGE_PSK_ENABLED
#undef MBEDTLS_KEY_EXCHANGE_DHE_PSK_ENABLED
#undef MBEDTLS_KEY_EXCHANGE_ECDHE_PSK_ENABLED
#undef MBEDTLS_KEY_EXCHANGE_RSA_PSK_ENABLED
#undef MBEDTLS_LMS_C
#undef MBEDTLS_PADLOCK_C
#undef MBEDTLS_DEBUG_C

#endif
