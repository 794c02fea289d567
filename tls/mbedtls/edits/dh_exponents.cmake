# What: mbedtls_psa_ffdh_generate_key(), mbedtls_psa_ffdh_key_agreement() and the export of its public key of
#   psa_crypto_ffdh.c; the calls of mbedtls_dhm_make_public() and mbedtls_dhm_make_params() in TLS 1.2;
#   mbedtls_mpi_exp_mod_optionally_safe() of bignum.c.
# Why: a secret exponent as long as the modulus makes a key share of 1 KB cost a worker half a second. In a group of a
#   safe prime one of twice the group's strength is as good (RFC 7919 section 5.2: at least 225 bits for ffdhe2048, 400
#   for ffdhe8192); of groups that a server of TLS 1.2 chooses, those above 2048 bits get 512. And powers are
#   computed by libcrypto where it is the backend (tls/mbedtls/crypto/hooks_bignum.cpp).
# Test: tests/tls/hostile_work_test.cpp.

edit(library/psa_crypto_ffdh.c [==[    MBEDTLS_MPI_CHK(mbedtls_mpi_random(&X, 3, &P, mbedtls_psa_get_random,
                                       MBEDTLS_PSA_RANDOM_STATE));]==]
[==[    MBEDTLS_MPI_CHK(mbedtls_mpi_lset(&P, 1));
    MBEDTLS_MPI_CHK(mbedtls_mpi_shift_l(&P, 64 * mailtap_ffdh_exponent_limbs(key_buffer_size) - 1));
    MBEDTLS_MPI_CHK(mbedtls_mpi_random(&X, 3, &P, mbedtls_psa_get_random,
                                       MBEDTLS_PSA_RANDOM_STATE));]==])
edit(library/psa_crypto_ffdh.c [==[    MBEDTLS_MPI_CHK(mbedtls_mpi_exp_mod(&GX, &G, &X, &P, NULL));]==]
[==[    MBEDTLS_MPI_CHK(mbedtls_mpi_shrink(&X, mailtap_ffdh_exponent_limbs(key_len)));
    MBEDTLS_MPI_CHK(mbedtls_mpi_exp_mod(&GX, &G, &X, &P, NULL));]==])
edit(library/psa_crypto_ffdh.c [==[    MBEDTLS_MPI_CHK(mbedtls_mpi_exp_mod(&K, &GY, &X, &P, NULL));]==]
[==[    MBEDTLS_MPI_CHK(mbedtls_mpi_shrink(&X, mailtap_ffdh_exponent_limbs(key_buffer_size)));
    MBEDTLS_MPI_CHK(mbedtls_mpi_exp_mod(&K, &GY, &X, &P, NULL));]==])
edit(library/psa_crypto_ffdh.c [==[static psa_status_t mbedtls_psa_ffdh_set_prime_generator(]==]
[==[/* Of 64 bits, for a modulus of so many bytes. RFC 7919 section 5.2 asks for 225, 275, 325, 375 and 400 bits. */
static size_t mailtap_ffdh_exponent_limbs(size_t size)
{
    return size <= 256 ? 4 : size <= 384 ? 5 : size <= 768 ? 6 : 7;
}

static psa_status_t mbedtls_psa_ffdh_set_prime_generator(]==])

edit(library/ssl_tls12_client.c [==[        ret = mbedtls_dhm_make_public(&ssl->handshake->dhm_ctx,
                                      (int) mbedtls_dhm_get_len(&ssl->handshake->dhm_ctx),]==]
[==[        ret = mbedtls_dhm_make_public(&ssl->handshake->dhm_ctx,
                                      mbedtls_dhm_get_len(&ssl->handshake->dhm_ctx) > 256
                                          ? 64
                                          : (int) mbedtls_dhm_get_len(&ssl->handshake->dhm_ctx),]==])
edit(library/ssl_tls12_server.c [==[                 (int) mbedtls_dhm_get_len(&ssl->handshake->dhm_ctx),
                 ssl->out_msg + ssl->out_msglen, &len,]==]
[==[                 mailtap_ffdhe_exponent_size(mbedtls_dhm_get_len(&ssl->handshake->dhm_ctx)),
                 ssl->out_msg + ssl->out_msglen, &len,]==])

edit(library/bignum.c [==[static int mbedtls_mpi_exp_mod_optionally_safe(mbedtls_mpi *X,]==]
[==[/* 0: done; 1: not by libcrypto; else an error. */
int mailtap_mpi_exp_mod(mbedtls_mpi *X, const mbedtls_mpi *A, const mbedtls_mpi *E, const mbedtls_mpi *N);

static int mbedtls_mpi_exp_mod_optionally_safe(mbedtls_mpi *X,]==])
edit(library/bignum.c [==[    /*
     * Allocate working memory for mbedtls_mpi_core_exp_mod()
     */]==]
[==[    if ((ret = mailtap_mpi_exp_mod(X, A, E, N)) <= 0) {
        return ret;
    }

    /*
     * Allocate working memory for mbedtls_mpi_core_exp_mod()
     */]==])
