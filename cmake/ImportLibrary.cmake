# mailtap_import_library(Name PREFIX header library): the imported target Name::Name, and Name_FOUND, of a library that
# brings no CMake files of its own. PREFIX_INCLUDE and PREFIX_LIBRARY may be given to find it elsewhere.
include(FindPackageHandleStandardArgs)

macro(mailtap_import_library name prefix header library)
  find_path(${prefix}_INCLUDE ${header})
  find_library(${prefix}_LIBRARY ${library})
  find_package_handle_standard_args(${name} REQUIRED_VARS ${prefix}_LIBRARY ${prefix}_INCLUDE)
  if(${name}_FOUND AND NOT TARGET ${name}::${name})
    add_library(${name}::${name} UNKNOWN IMPORTED)
    set_target_properties(${name}::${name} PROPERTIES
      IMPORTED_LOCATION "${${prefix}_LIBRARY}" INTERFACE_INCLUDE_DIRECTORIES "${${prefix}_INCLUDE}")
  endif()
  mark_as_advanced(${prefix}_INCLUDE ${prefix}_LIBRARY)
endmacro()
