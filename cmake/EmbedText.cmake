# embed_text(LIST NAMESPACE NAME FILE...)
# Makes a source with `extern const std::string_view NAMESPACE::NAME`, whose text is that of the files one after another,
# and appends the source's path to the variable LIST. In place of {{include FILE}} stands that file, by its path from the
# top of the tree.
function(embed_text list namespace name)
  set(literals "")
  foreach(file ${ARGN})
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
    file(READ ${file} text)
    string(REGEX MATCHALL "{{include [^}]+}}" places "${text}")
    foreach(place ${places})
      string(REGEX REPLACE "{{include ([^}]+)}}" "${PROJECT_SOURCE_DIR}/\\1" fragment "${place}")
      set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${fragment}")
      file(READ "${fragment}" content)
      string(REPLACE "${place}" "${content}" text "${text}")
    endforeach()
    string(APPEND literals "R\"----(${text})----\"\n")
  endforeach()
  set(source "${CMAKE_CURRENT_BINARY_DIR}/embedded_${name}.cpp")
  file(CONFIGURE OUTPUT "${source}" @ONLY CONTENT "#include <string_view>
namespace @namespace@ {
extern const std::string_view @name@;
const std::string_view @name@ =
@literals@;
}  // namespace @namespace@
")
  set(${list} ${${list}} "${source}" PARENT_SCOPE)
endfunction()
