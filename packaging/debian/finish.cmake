# Run by CPack on what is installed, before it becomes a package: what Debian's policy wants compressed (12.1, 12.7).
file(GLOB_RECURSE pages "${CPACK_TEMPORARY_DIRECTORY}/usr/share/man/*.[1-9]")
file(GLOB_RECURSE changelogs "${CPACK_TEMPORARY_DIRECTORY}/usr/share/doc/mailtap/changelog")
execute_process(COMMAND gzip -9nf ${pages} ${changelogs} COMMAND_ERROR_IS_FATAL ANY)
