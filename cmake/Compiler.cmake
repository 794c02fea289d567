# Warnings, sanitizers and the helper that makes one library per folder.

add_library(mailtap_options INTERFACE)
target_compile_options(mailtap_options INTERFACE -Wall -Wextra -Wpedantic $<$<BOOL:${MAILTAP_WERROR}>:-Werror>)
target_include_directories(mailtap_options INTERFACE "${CMAKE_SOURCE_DIR}")

# Optimised this far, GCC 12 takes containers of its own library for overruns (GCC bugs 105329, 105651 and their like).
# The dev preset, which makes warnings errors, keeps them all.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13 AND CMAKE_BUILD_TYPE STREQUAL "Release")
  target_compile_options(mailtap_options INTERFACE -Wno-restrict -Wno-array-bounds -Wno-stringop-overflow -Wno-maybe-uninitialized)
endif()

if(MAILTAP_SANITIZE)
  add_compile_options(-fsanitize=${MAILTAP_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${MAILTAP_SANITIZE})
endif()
if(MAILTAP_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# Paths below the source folder are hashed as relative ones, and the build folder isn't: what was compiled in one
# build folder or clone serves another.
find_program(CCACHE ccache)
find_program(ENV_PROGRAM env)
if(CCACHE AND ENV_PROGRAM)
  set(launcher "${ENV_PROGRAM}" "CCACHE_BASEDIR=${CMAKE_SOURCE_DIR}" CCACHE_NOHASHDIR=1 "${CCACHE}")
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

# Sources of one library compiled together, a dozen at a time, so that the headers they share are read once: half the
# time of a whole build, and all of the dozen again after an edit. For builds that are made as a whole. A source
# whose local names meet another's says SKIP_UNITY_BUILD_INCLUSION.
option(MAILTAP_UNITY "Compile the sources of a library together" OFF)
set(MAILTAP_APART "" CACHE STRING "Libraries that MAILTAP_UNITY passes over")

# mailtap_library(NAME SOURCES a.cpp ... USES lib ... [PRIVATE_USES lib ...])
function(mailtap_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;USES;PRIVATE_USES" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  if(MAILTAP_UNITY AND NOT name IN_LIST MAILTAP_APART)
    set_target_properties(${name} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 12)
    # GCC takes a source that is included for a header.
    target_compile_options(${name} PRIVATE $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-subobject-linkage>)
  endif()
  target_link_libraries(${name} PUBLIC mailtap_options ${ARG_USES} PRIVATE ${ARG_PRIVATE_USES})
endfunction()
