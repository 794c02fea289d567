# A build that counts what it does, and one that is optimised by the counts (scripts/profiled does both, in one build folder).
set(MAILTAP_PROFILE "" CACHE STRING "count: count what is run, into BUILD/profile; use: optimise by that (GCC)")
if(NOT MAILTAP_PROFILE)
  return()
endif()

set(counts "${CMAKE_BINARY_DIR}/profile")
if(NOT CMAKE_C_COMPILER_ID STREQUAL "GNU" OR NOT CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  message(FATAL_ERROR "MAILTAP_PROFILE is for GCC alone: leave it out")
elseif(MAILTAP_PROFILE STREQUAL "count")
  add_compile_options("-fprofile-generate=${counts}" -fprofile-update=atomic)  # workers are threads
  add_link_options("-fprofile-generate=${counts}")
elseif(NOT MAILTAP_PROFILE STREQUAL "use")
  message(FATAL_ERROR "MAILTAP_PROFILE is count or use, not ${MAILTAP_PROFILE}")
elseif(NOT IS_DIRECTORY "${counts}")
  message(FATAL_ERROR "MAILTAP_PROFILE: nothing was counted into ${counts} yet: run scripts/profiled")
else()  # what wasn't run has no counts
  add_compile_options("-fprofile-use=${counts}" -fprofile-correction -Wno-missing-profile)
endif()
