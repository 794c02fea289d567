# mbedTLS from its unmodified release source, with our configuration on top of its default, compiled
# in this build so that a sanitizer sees into it.

set(MBEDTLS_SOURCE "${MAILTAP_DEPS}/mbedtls" CACHE PATH "mbedTLS 3.6 release source")
if(NOT EXISTS "${MBEDTLS_SOURCE}/library/ssl_tls.c")
  message(FATAL_ERROR "no mbedTLS source in ${MBEDTLS_SOURCE}: run scripts/setup, or set MBEDTLS_SOURCE")
endif()

file(GLOB mbedtls_sources CONFIGURE_DEPENDS "${MBEDTLS_SOURCE}/library/*.c")
add_library(mbedtls STATIC ${mbedtls_sources} "${CMAKE_SOURCE_DIR}/tls/mbedtls_random.cpp")
target_include_directories(mbedtls SYSTEM PUBLIC "${MBEDTLS_SOURCE}/include")
target_include_directories(mbedtls PRIVATE "${MBEDTLS_SOURCE}/library")
target_include_directories(mbedtls PUBLIC "${CMAKE_SOURCE_DIR}")
target_compile_definitions(mbedtls PUBLIC MBEDTLS_USER_CONFIG_FILE="tls/mbedtls_user_config.h")
target_compile_options(mbedtls PRIVATE -O2 $<$<COMPILE_LANGUAGE:C>:-w>)
target_link_libraries(mbedtls PUBLIC Threads::Threads PRIVATE mailtap_base)
set_source_files_properties("${MBEDTLS_SOURCE}/library/ssl_tls12_client.c" PROPERTIES
  COMPILE_OPTIONS "-include;${CMAKE_SOURCE_DIR}/tls/mbedtls_accept_rsa_pss.h"
  OBJECT_DEPENDS "${CMAKE_SOURCE_DIR}/tls/mbedtls_accept_rsa_pss.h")
