# `cpack -G DEB` in a build folder makes mailtap's Debian package there.

set(debian "${CMAKE_SOURCE_DIR}/packaging/debian")
set(MAILTAP_MAINTAINER "mailtap developers <mailtap@localhost>" CACHE STRING "Maintainer of the package: NAME <ADDRESS>")
string(TIMESTAMP mailtap_package_date "%a, %d %b %Y %H:%M:%S +0000" UTC)
configure_file("${debian}/changelog.in" "${CMAKE_BINARY_DIR}/packaging/changelog" @ONLY)

# Of a component of its own: `cmake --install` puts nothing into /etc.
install(FILES "${debian}/copyright" "${CMAKE_BINARY_DIR}/packaging/changelog" DESTINATION share/doc/mailtap COMPONENT package EXCLUDE_FROM_ALL)
install(FILES "${debian}/lintian-overrides" DESTINATION share/lintian/overrides RENAME mailtap COMPONENT package EXCLUDE_FROM_ALL)
install(FILES packaging/mailtap.toml DESTINATION /etc/mailtap COMPONENT package EXCLUDE_FROM_ALL)
install(FILES packaging/mailtap.logrotate DESTINATION /etc/logrotate.d RENAME mailtap COMPONENT package EXCLUDE_FROM_ALL)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME mailtap)
set(CPACK_PACKAGE_CONTACT "${MAILTAP_MAINTAINER}")
set(CPACK_PACKAGE_VERSION "${PROJECT_VERSION}")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "TLS interception proxy for mailbox traffic")
set(CPACK_PACKAGE_DESCRIPTION "mailtap stands between a mail client and a mail server, terminates TLS on
both sides, and says of every connection whether the server's certificate is
trusted and matches its name, and if not why and what to do.")
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_INSTALL_CMAKE_PROJECTS "${CMAKE_BINARY_DIR};mailtap;Unspecified;/;${CMAKE_BINARY_DIR};mailtap;package;/")
set(CPACK_STRIP_FILES ON)
set(CPACK_PRE_BUILD_SCRIPTS "${debian}/finish.cmake")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_PACKAGE_SECTION mail)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "adduser, init-system-helpers (>= 1.52)")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "ca-certificates, logrotate")
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS "${MAILTAP_DEPS}/prefix/usr/lib/${CMAKE_LIBRARY_ARCHITECTURE}")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA "${debian}/postinst;${debian}/prerm;${debian}/postrm;${debian}/conffiles")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
include(CPack)
