# Intel's multi-buffer cryptography (libcrypto-mb-dev on Debian 13): CryptoMb::CryptoMb, if it is there.
find_path(CRYPTO_MB_INCLUDE crypto_mb/cpu_features.h)
find_library(CRYPTO_MB_LIBRARY crypto_mb)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(CryptoMb REQUIRED_VARS CRYPTO_MB_LIBRARY CRYPTO_MB_INCLUDE)
if(CryptoMb_FOUND AND NOT TARGET CryptoMb::CryptoMb)
  add_library(CryptoMb::CryptoMb UNKNOWN IMPORTED)
  set_target_properties(CryptoMb::CryptoMb PROPERTIES
    IMPORTED_LOCATION "${CRYPTO_MB_LIBRARY}" INTERFACE_INCLUDE_DIRECTORIES "${CRYPTO_MB_INCLUDE}")
endif()
mark_as_advanced(CRYPTO_MB_INCLUDE CRYPTO_MB_LIBRARY)
