# Intel's multi-buffer cryptography (libcrypto-mb-dev on Debian 13): CryptoMb::CryptoMb, if it is there.
include(${CMAKE_CURRENT_LIST_DIR}/ImportLibrary.cmake)
mailtap_import_library(CryptoMb CRYPTO_MB crypto_mb/cpu_features.h crypto_mb)
