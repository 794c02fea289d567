# Where each library comes from. Debian's packages are preferred; what scripts/setup unpacked into
# MAILTAP_DEPS comes before them.

list(PREPEND CMAKE_PREFIX_PATH "${MAILTAP_DEPS}/prefix/usr")
list(PREPEND CMAKE_LIBRARY_PATH "${MAILTAP_DEPS}/prefix/usr/lib/${CMAKE_LIBRARY_ARCHITECTURE}")

find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(OpenSSL 3.0 REQUIRED COMPONENTS Crypto)
if(WIN32)  # the static library's own
  set_property(TARGET OpenSSL::Crypto APPEND PROPERTY INTERFACE_LINK_LIBRARIES ws2_32 crypt32 bcrypt)
endif()
find_package(CLI11 REQUIRED)
find_path(RAPIDJSON_INCLUDE rapidjson/writer.h REQUIRED)
add_library(rapidjson INTERFACE)
target_include_directories(rapidjson SYSTEM INTERFACE "${RAPIDJSON_INCLUDE}")
target_compile_definitions(rapidjson INTERFACE RAPIDJSON_HAS_STDSTRING=1)
if(MAILTAP_FUZZ)
  target_compile_options(rapidjson INTERFACE "-fsanitize-ignorelist=${CMAKE_SOURCE_DIR}/tests/fuzz/sanitizer_ignore.list")
endif()
find_package(tl-expected REQUIRED)
pkg_check_modules(libuv REQUIRED IMPORTED_TARGET libuv>=1.44)
pkg_check_modules(expat REQUIRED IMPORTED_TARGET expat)
pkg_check_modules(nghttp2 REQUIRED IMPORTED_TARGET libnghttp2>=1.43)
find_package(ZLIB REQUIRED)
pkg_check_modules(prometheus REQUIRED IMPORTED_TARGET prometheus-cpp-core)

# Debian's packages of these two carry headers alone; their CMake files vary between releases.
find_path(TOMLPLUSPLUS_INCLUDE toml++/toml.h REQUIRED)
add_library(tomlplusplus INTERFACE)
target_include_directories(tomlplusplus SYSTEM INTERFACE "${TOMLPLUSPLUS_INCLUDE}")

find_path(LLHTTP_INCLUDE llhttp.h REQUIRED)
find_library(LLHTTP_LIBRARY llhttp REQUIRED)
add_library(llhttp_observer INTERFACE)
target_include_directories(llhttp_observer SYSTEM INTERFACE "${LLHTTP_INCLUDE}")
target_link_libraries(llhttp_observer INTERFACE "${LLHTTP_LIBRARY}")

# What Windows brings, and other systems have libraries for:
# the switch from stack to stack alone, some ten instructions; static, so that nothing of Boost is needed to run
add_library(stack_switch INTERFACE)
# names with letters beyond ASCII
add_library(names_with_letters INTERFACE)
if(WIN32)
  target_link_libraries(names_with_letters INTERFACE normaliz)
else()
  find_path(BOOST_CONTEXT_INCLUDE boost/context/detail/fcontext.hpp REQUIRED)
  find_library(BOOST_CONTEXT_LIBRARY libboost_context.a REQUIRED)
  target_include_directories(stack_switch SYSTEM INTERFACE "${BOOST_CONTEXT_INCLUDE}")
  target_link_libraries(stack_switch INTERFACE "${BOOST_CONTEXT_LIBRARY}")
  pkg_check_modules(libidn2 REQUIRED IMPORTED_TARGET libidn2)
  target_link_libraries(names_with_letters INTERFACE PkgConfig::libidn2)
endif()

# A handshake's hundreds of small allocations, for a twentieth less of its time. Sanitizers bring their own.
option(MAILTAP_TCMALLOC "Allocate by gperftools' tcmalloc_minimal if it is there" ON)
if(MAILTAP_TCMALLOC AND NOT MAILTAP_SANITIZE)
  pkg_check_modules(tcmalloc IMPORTED_TARGET libtcmalloc_minimal)
endif()

if(MAILTAP_TESTS)
  find_package(Catch2 3 REQUIRED)
  if(WIN32)  # tests that need it aren't built there
    add_library(OpenSSL::SSL INTERFACE IMPORTED)
  else()
    find_package(OpenSSL 3.0 REQUIRED COMPONENTS SSL)
  endif()
  pkg_check_modules(gnutls IMPORTED_TARGET gnutls>=3.7)
endif()
