# Writes OUTPUT, a source with the commit that is built, at build time and only where that has changed. Outside a
# repository, and without git, there is none to name. "+": something in the tree isn't committed.
#
#   cmake -DSOURCE=FOLDER -DOUTPUT=FILE -P Commit.cmake
set(commit "")
if(EXISTS "${SOURCE}/.git")
  execute_process(COMMAND git -C "${SOURCE}" describe --always --abbrev=9 --match= --dirty=+
    OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
  if(failed)
    set(commit "")
  endif()
endif()
file(CONFIGURE OUTPUT "${OUTPUT}" CONTENT "#include \"config/base/version.h\"

namespace mailtap {
std::string_view commit() {
  return \"${commit}\";
}
}  // namespace mailtap
")
