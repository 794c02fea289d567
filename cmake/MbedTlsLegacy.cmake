# mbedTLS 2.28 for TLS 1.0 and 1.1, from its release source, beside 3.6 in the same program. Both
# call their functions and types the same; so that neither linker nor compiler can ever take one for the
# other, every name of 2.28's gets a prefix by the preprocessor, from a header made here of the names found in
# the source. Only tls/legacy and what it shares with tls/ is compiled against these headers.

set(MBEDTLS_LEGACY_SOURCE "${MAILTAP_DEPS}/mbedtls-legacy" CACHE PATH "mbedTLS 2.28 release source")
if(NOT EXISTS "${MBEDTLS_LEGACY_SOURCE}/library/ssl_srv.c")
  message(FATAL_ERROR "no mbedTLS 2.28 source in ${MBEDTLS_LEGACY_SOURCE}: run scripts/setup, or set MBEDTLS_LEGACY_SOURCE")
endif()

# The part that tls/legacy/mbedtls_config.h leaves in.
set(mbedtls_legacy_sources aes.c aesni.c arc4.c asn1parse.c bignum.c cipher.c cipher_wrap.c constant_time.c des.c error.c
  md.c md5.c oid.c pk.c pk_wrap.c pkparse.c platform_util.c rsa.c rsa_internal.c sha1.c sha256.c sha512.c
  ssl_ciphersuites.c ssl_cli.c ssl_msg.c ssl_srv.c ssl_tls.c version.c x509.c x509_crt.c)
list(TRANSFORM mbedtls_legacy_sources PREPEND "${MBEDTLS_LEGACY_SOURCE}/library/")

function(write_mbedtls_legacy_names header)
  file(GLOB headers "${MBEDTLS_LEGACY_SOURCE}/include/mbedtls/*.h" "${MBEDTLS_LEGACY_SOURCE}/library/*.h")
  set(names)
  set(macros)
  foreach(file IN LISTS headers mbedtls_legacy_sources)
    file(READ "${file}" text)
    string(REGEX MATCHALL "mbedtls_[a-z0-9_]+" found "${text}")
    list(APPEND names ${found})
    string(REGEX MATCHALL "#[ \t]*define[ \t]+mbedtls_[a-z0-9_]+" found "${text}")
    list(TRANSFORM found REPLACE "#[ \t]*define[ \t]+" "")
    list(APPEND macros ${found})
  endforeach()
  list(REMOVE_DUPLICATES names)
  list(REMOVE_ITEM names ${macros}) # these are macros to begin with, such as mbedtls_free
  list(SORT names)
  list(TRANSFORM names REPLACE "(.+)" "#define \\1 mailtap_legacy_\\1")
  list(JOIN names "\n" text)
  file(CONFIGURE OUTPUT "${header}" CONTENT "#pragma once\n${text}\n" @ONLY)
endfunction()

set(mbedtls_legacy_names "${CMAKE_BINARY_DIR}/mbedtls_legacy_names.h")
write_mbedtls_legacy_names("${mbedtls_legacy_names}")

# The one fix since 2.28.3 of a fault that a peer can reach here (docs/legacy.md), as 2.28.5 has it: a record of
# RC4 that is shorter than its MAC was read past its end (CVE-2023-43615). And a renegotiation that is refused is noted,
# for the log (tls/mbedtls_engine.h). Made in a copy.
function(fix_mbedtls_legacy_records copy)
  file(READ "${MBEDTLS_LEGACY_SOURCE}/library/ssl_msg.c" text)
  if(NOT text MATCHES "Record too short for MAC")
    set(place "if (mode == MBEDTLS_MODE_STREAM) {\n        padlen = 0;")
    string(FIND "${text}" "${place}" at)
    if(at EQUAL -1)
      message(FATAL_ERROR "${MBEDTLS_LEGACY_SOURCE}/library/ssl_msg.c isn't 2.28.3's: see whether it checks the length of RC4 records")
    endif()
    string(REPLACE "${place}" "if (mode == MBEDTLS_MODE_STREAM) {
        if (rec->data_len < transform->maclen) return MBEDTLS_ERR_SSL_INVALID_MAC;
        padlen = 0;" text "${text}")
  endif()
  set(place "MBEDTLS_SSL_DEBUG_MSG(3, (\"refusing renegotiation, sending alert\"));")
  string(FIND "${text}" "${place}" at)
  if(at EQUAL -1)
    message(FATAL_ERROR "${MBEDTLS_LEGACY_SOURCE}/library/ssl_msg.c isn't 2.28.3's: see where it refuses a renegotiation")
  endif()
  string(REPLACE "${place}" "ssl->renego_records_seen = -1;" text "${text}")
  file(CONFIGURE OUTPUT "${copy}" CONTENT "${text}" @ONLY)
endfunction()

set(mbedtls_legacy_records "${CMAKE_BINARY_DIR}/mbedtls_legacy_ssl_msg.c")
fix_mbedtls_legacy_records("${mbedtls_legacy_records}")
list(TRANSFORM mbedtls_legacy_sources REPLACE ".*/ssl_msg\\.c" "${mbedtls_legacy_records}")

# A server that has TLS 1.3, as this program is one, says in the random of an older ServerHello that it has (RFC 8446 section
# 4.1.3): a client that has it too, and was talked out of it, notices. Test: tests/tls/legacy_session_test.cpp.
function(mark_mbedtls_legacy_server_hellos copy)
  file(READ "${MBEDTLS_LEGACY_SOURCE}/library/ssl_srv.c" text)
  set(place "memcpy(ssl->handshake->randbytes + 32, buf + 6, 32);")
  string(FIND "${text}" "${place}" at)
  if(at EQUAL -1)
    message(FATAL_ERROR "${MBEDTLS_LEGACY_SOURCE}/library/ssl_srv.c isn't 2.28.3's: see where it writes the server's random")
  endif()
  string(REPLACE "${place}" "memcpy(buf + 6 + 24, \"DOWNGRD\", 8); ${place}" text "${text}")
  file(CONFIGURE OUTPUT "${copy}" CONTENT "${text}" @ONLY)
endfunction()

set(mbedtls_legacy_server "${CMAKE_BINARY_DIR}/mbedtls_legacy_ssl_srv.c")
mark_mbedtls_legacy_server_hellos("${mbedtls_legacy_server}")
list(TRANSFORM mbedtls_legacy_sources REPLACE ".*/ssl_srv\\.c" "${mbedtls_legacy_server}")

add_library(mbedtls_legacy STATIC ${mbedtls_legacy_sources})
target_include_directories(mbedtls_legacy SYSTEM PUBLIC "${MBEDTLS_LEGACY_SOURCE}/include")
target_include_directories(mbedtls_legacy PRIVATE "${MBEDTLS_LEGACY_SOURCE}/library")
target_include_directories(mbedtls_legacy PUBLIC "${CMAKE_SOURCE_DIR}")
target_compile_definitions(mbedtls_legacy PUBLIC MBEDTLS_CONFIG_FILE="tls/legacy/mbedtls_config.h")
target_compile_options(mbedtls_legacy PUBLIC "SHELL:-include ${mbedtls_legacy_names}" PRIVATE -O2 -w)
set_source_files_properties("${mbedtls_legacy_server}" PROPERTIES
  COMPILE_OPTIONS "-include;${CMAKE_SOURCE_DIR}/tls/legacy/mbedtls_no_fallback.h"
  OBJECT_DEPENDS "${CMAKE_SOURCE_DIR}/tls/legacy/mbedtls_no_fallback.h")
set_source_files_properties("${MBEDTLS_LEGACY_SOURCE}/library/ssl_tls.c" PROPERTIES
  COMPILE_OPTIONS "-include;${CMAKE_SOURCE_DIR}/tls/legacy/mbedtls_peer_chain.h"
  OBJECT_DEPENDS "${CMAKE_SOURCE_DIR}/tls/legacy/mbedtls_peer_chain.h")
