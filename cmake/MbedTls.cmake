# mbedTLS from its release source, with the edits of tls/mbedtls/edits made in a copy and our configuration on top of
# its default, compiled in this build so that a sanitizer sees into it. Its cryptography is mailtap's (tls/crypto): functions of
# tls/crypto/mbedtls take the place of mbedTLS's own, which stay as the backend `portable`.

set(MBEDTLS_SOURCE "${MAILTAP_DEPS}/mbedtls" CACHE PATH "mbedTLS 3.6 release source")
if(NOT EXISTS "${MBEDTLS_SOURCE}/library/ssl_tls.c")
  message(FATAL_ERROR "no mbedTLS source in ${MBEDTLS_SOURCE}: run scripts/setup, or set MBEDTLS_SOURCE")
endif()

include(EditedSource)
set(mbedtls "${CMAKE_BINARY_DIR}/mbedtls")
edited_source(SOURCE "${MBEDTLS_SOURCE}" COPY "${mbedtls}" EDITS "${CMAKE_SOURCE_DIR}/tls/mbedtls/edits"
  FILES include/*.h library/*.h library/*.c 3rdparty/*.h)

file(GLOB mbedtls_sources "${mbedtls}/library/*.c")
set(mailtap_hooks "${CMAKE_SOURCE_DIR}/tls/crypto/mbedtls")
file(GLOB mailtap_hook_sources CONFIGURE_DEPENDS "${mailtap_hooks}/*.c" "${mailtap_hooks}/*.cpp"
  "${CMAKE_SOURCE_DIR}/tls/mbedtls/*.c")

# mailtap_mbedtls(NAME SOURCES file... [DEFINES definition...]): the library, and the definitions for it and whoever uses it
function(mailtap_mbedtls name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEFINES" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_include_directories(${name} SYSTEM PUBLIC "${mbedtls}/include" "${mailtap_hooks}/alt")
  target_include_directories(${name} PRIVATE "${mbedtls}/library")
  target_include_directories(${name} PUBLIC "${CMAKE_SOURCE_DIR}")
  target_compile_definitions(${name} PUBLIC MBEDTLS_USER_CONFIG_FILE="tls/mbedtls_user_config.h" ${ARG_DEFINES})
  target_compile_options(${name} PRIVATE -O2 $<$<COMPILE_LANGUAGE:C>:-w>)
  # Under link-time optimisation a weak function's alias is the function that took its place.
  target_compile_options(${name} PRIVATE -fno-lto)
  # mbedTLS's own files alone: what they allocate, whoever has it may free().
  target_compile_definitions(${name} PRIVATE MBEDTLS_PLATFORM_MEMORY MBEDTLS_PLATFORM_CALLOC_MACRO=mailtap_calloc
    MBEDTLS_PLATFORM_FREE_MACRO=free)
  target_compile_options(${name} PRIVATE "SHELL:-include ${CMAKE_SOURCE_DIR}/tls/mbedtls_memory.h")
  target_link_libraries(${name} PUBLIC Threads::Threads
    PRIVATE mailtap_options mailtap_base mailtap_crypto OpenSSL::Crypto)
endfunction()

mailtap_mbedtls(mbedtls SOURCES ${mbedtls_sources} ${mailtap_hook_sources} "${CMAKE_SOURCE_DIR}/tls/mbedtls_random.cpp"
  "${CMAKE_SOURCE_DIR}/tls/mbedtls_record_buffers.c" "${CMAKE_SOURCE_DIR}/tls/mbedtls_memory.cpp")

# The files with self tests once more, with these in. Linked before the library they take the place of its own.
if(MAILTAP_TESTS)
  set(with_self_tests)
  foreach(source IN LISTS mbedtls_sources mailtap_hook_sources)
    file(STRINGS "${source}" mentions REGEX MBEDTLS_SELF_TEST LIMIT_COUNT 1)
    if(mentions)
      list(APPEND with_self_tests "${source}")
    endif()
  endforeach()
  mailtap_mbedtls(mbedtls_with_self_tests SOURCES ${with_self_tests} DEFINES MAILTAP_MBEDTLS_SELF_TEST)
  target_link_libraries(mbedtls_with_self_tests PUBLIC mbedtls)
endif()

set_source_files_properties("${mbedtls}/library/rsa.c" PROPERTIES
  COMPILE_OPTIONS "-include;${mailtap_hooks}/rsa_interposable.h"
  OBJECT_DEPENDS "${mailtap_hooks}/rsa_interposable.h")
set_source_files_properties("${mbedtls}/library/ssl_tls.c" PROPERTIES
  COMPILE_OPTIONS "-include;${mailtap_hooks}/prf_hmac.h"
  OBJECT_DEPENDS "${mailtap_hooks}/prf_hmac.h")
set_source_files_properties("${mbedtls}/library/ssl_tls13_keys.c" PROPERTIES
  COMPILE_OPTIONS "-include;${mailtap_hooks}/hkdf_interposable.h"
  OBJECT_DEPENDS "${mailtap_hooks}/hkdf_interposable.h")
set_source_files_properties("${mbedtls}/library/psa_crypto_ecp.c" PROPERTIES
  COMPILE_OPTIONS "-include;${mailtap_hooks}/ecdh_interposable.h"
  OBJECT_DEPENDS "${mailtap_hooks}/ecdh_interposable.h")
