# Debian's cross compiler for Windows, and the libraries that scripts/windows has built for it.
set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
set(CMAKE_C_COMPILER x86_64-w64-mingw32-gcc-posix)
set(CMAKE_CXX_COMPILER x86_64-w64-mingw32-g++-posix)
set(CMAKE_RC_COMPILER x86_64-w64-mingw32-windres)

if(NOT MAILTAP_WINDOWS_DEPS)
  set(MAILTAP_WINDOWS_DEPS "${CMAKE_CURRENT_LIST_DIR}/../.deps-windows")
endif()
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES MAILTAP_WINDOWS_DEPS)
set(CMAKE_FIND_ROOT_PATH "${MAILTAP_WINDOWS_DEPS}/prefix" /usr/x86_64-w64-mingw32)
set(CMAKE_PREFIX_PATH "${MAILTAP_WINDOWS_DEPS}/prefix")
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(ENV{PKG_CONFIG_LIBDIR} "${MAILTAP_WINDOWS_DEPS}/prefix/lib/pkgconfig")

# One file that needs none of the compiler's libraries.
set(CMAKE_EXE_LINKER_FLAGS_INIT "-static")
