# Intel's libipsec_mb (libipsec-mb-dev): IpsecMb::IpsecMb, if it is there.
include(${CMAKE_CURRENT_LIST_DIR}/ImportLibrary.cmake)
mailtap_import_library(IpsecMb IPSEC_MB intel-ipsec-mb.h IPSec_MB)
