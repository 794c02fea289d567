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

# mailtap_library(NAME SOURCES a.cpp ... USES lib ... [PRIVATE_USES lib ...])
function(mailtap_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;USES;PRIVATE_USES" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC mailtap_options ${ARG_USES} PRIVATE ${ARG_PRIVATE_USES})
endfunction()
