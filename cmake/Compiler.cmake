# Warnings, sanitizers and the helper that makes one library per folder.

add_library(mailtap_options INTERFACE)
target_compile_options(mailtap_options INTERFACE -Wall -Wextra -Wpedantic $<$<BOOL:${MAILTAP_WERROR}>:-Werror>)
target_include_directories(mailtap_options INTERFACE "${CMAKE_SOURCE_DIR}")

# Optimised this far, GCC 12 takes containers of its own library for overruns (GCC bugs 105329, 105651 and their like).
# The dev preset, which makes warnings errors, keeps them all.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13 AND CMAKE_BUILD_TYPE STREQUAL "Release")
  target_compile_options(mailtap_options INTERFACE -Wno-restrict -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread -Wno-maybe-uninitialized)
endif()

# It counts a text that is compiled in by the least that C++ promises for literals.
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_compile_options(mailtap_options INTERFACE -Wno-overlength-strings)
endif()

if(MAILTAP_SANITIZE)
  add_compile_options(-fsanitize=${MAILTAP_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${MAILTAP_SANITIZE})
endif()
if(MAILTAP_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

include(Profile)
include(Together)

# Paths below the source folder are hashed as relative ones, and the build folder isn't: what was compiled in one
# build folder or clone serves another. Not so what counts, or is optimised by counts: they are of one build folder.
# What isn't in the cache is read once, by the compiler, which says what it has included; a tenth of its time is saved.
find_program(CCACHE ccache)
find_program(ENV_PROGRAM env)
if(CCACHE AND ENV_PROGRAM AND NOT MAILTAP_PROFILE)
  set(launcher "${ENV_PROGRAM}" "CCACHE_BASEDIR=${CMAKE_SOURCE_DIR}" CCACHE_NOHASHDIR=1 CCACHE_DEPEND=1 "${CCACHE}")
  set(CMAKE_C_COMPILER_LAUNCHER "${launcher}")
  set(CMAKE_CXX_COMPILER_LAUNCHER "${launcher}")
endif()

# Links of programs for tests take a third of the time with it. What is shipped is left to the compiler's own linker.
option(MAILTAP_FAST_LINKER "Link by lld where it is, in builds other than releases" ON)
if(MAILTAP_FAST_LINKER AND NOT CMAKE_BUILD_TYPE STREQUAL "Release")
  include(CheckLinkerFlag)
  check_linker_flag(CXX -fuse-ld=lld MAILTAP_HAS_LLD)
  if(MAILTAP_HAS_LLD)
    add_link_options(-fuse-ld=lld)
  endif()
endif()

# Sources of one library or test program compiled together, a dozen or six at a time, so that the headers they share are
# read once: half the time of a whole build, and all of the dozen again after an edit. For builds that are made as a
# whole. A source whose local names meet another's says SKIP_UNITY_BUILD_INCLUSION; of a test, it stands under APART.
option(MAILTAP_UNITY "Compile the sources of a library or test program together" OFF)
set(MAILTAP_APART "" CACHE STRING "Libraries and test programs that MAILTAP_UNITY passes over")

# Under sanitizers optimising takes more than half of the compiler's time, and where little is computed it wins nothing.
set(MAILTAP_UNOPTIMISED "" CACHE STRING "Folders of the source whose libraries are compiled without optimisation, e.g. config;proxy")

# What depends on the system has one header and a source for each: NAME.h, posix/NAME.cpp, windows/NAME.cpp.
if(WIN32)
  set(MAILTAP_SYSTEM windows)
  set(windows_room "${CMAKE_SOURCE_DIR}/config/base/windows")
  target_include_directories(mailtap_options SYSTEM INTERFACE "${windows_room}/include")
  target_compile_options(mailtap_options INTERFACE "SHELL:-include ${windows_room}/posix_names.h")
  # Windows 10; access() knows no right to execute; localtime_r and the like.
  target_compile_definitions(mailtap_options INTERFACE _WIN32_WINNT=0x0A00 WIN32_LEAN_AND_MEAN NOMINMAX NOGDI __USE_MINGW_ACCESS
    _POSIX_THREAD_SAFE_FUNCTIONS UNICODE)
else()
  set(MAILTAP_SYSTEM posix)
endif()

# What is done once a command, and not for each connection: a release's is compiled for size, in half of the compiler's time.
function(mailtap_for_size target)
  target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-Os>)
endfunction()

# mailtap_library(NAME [FOR_SIZE] SOURCES a.cpp ... [SYSTEM_SOURCES b.cpp ...] USES lib ... [PRIVATE_USES lib ...])
#   FOR_SIZE: mailtap_for_size
#   SYSTEM_SOURCES: those that lie below posix/ and windows/
function(mailtap_library name)
  cmake_parse_arguments(ARG "FOR_SIZE" "" "SOURCES;SYSTEM_SOURCES;USES;PRIVATE_USES" ${ARGN})
  list(TRANSFORM ARG_SYSTEM_SOURCES PREPEND "${MAILTAP_SYSTEM}/")
  add_library(${name} STATIC ${ARG_SOURCES} ${ARG_SYSTEM_SOURCES})
  if(MAILTAP_UNITY AND NOT name IN_LIST MAILTAP_APART)
    mailtap_together(${name} 12)
    # GCC takes a source that is included for a header.
    target_compile_options(${name} PRIVATE $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-subobject-linkage>)
  endif()
  cmake_path(RELATIVE_PATH CMAKE_CURRENT_SOURCE_DIR BASE_DIRECTORY "${CMAKE_SOURCE_DIR}" OUTPUT_VARIABLE folder)
  string(REGEX REPLACE "/.*" "" folder "${folder}")
  if(folder IN_LIST MAILTAP_UNOPTIMISED)
    target_compile_options(${name} PRIVATE -O0)
  endif()
  if(ARG_FOR_SIZE)
    mailtap_for_size(${name})
  endif()
  target_link_libraries(${name} PUBLIC mailtap_options ${ARG_USES} PRIVATE ${ARG_PRIVATE_USES})
endfunction()
