# Intel's libipsec_mb (libipsec-mb-dev): IpsecMb::IpsecMb, if it is there.
find_path(IPSEC_MB_INCLUDE intel-ipsec-mb.h)
find_library(IPSEC_MB_LIBRARY IPSec_MB)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(IpsecMb REQUIRED_VARS IPSEC_MB_LIBRARY IPSEC_MB_INCLUDE)
if(IpsecMb_FOUND AND NOT TARGET IpsecMb::IpsecMb)
  add_library(IpsecMb::IpsecMb UNKNOWN IMPORTED)
  set_target_properties(IpsecMb::IpsecMb PROPERTIES
    IMPORTED_LOCATION "${IPSEC_MB_LIBRARY}" INTERFACE_INCLUDE_DIRECTORIES "${IPSEC_MB_INCLUDE}")
endif()
mark_as_advanced(IPSEC_MB_INCLUDE IPSEC_MB_LIBRARY)
