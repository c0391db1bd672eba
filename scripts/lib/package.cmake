# The Debian package (scripts/make-deb): where the debuggers look for plugins, and what the package says of itself.
set(HOGNOSE_EMAIL hognose@localhost CACHE STRING "The address of whoever makes packages")
if(HOGNOSE_DEBIAN)
  set(place ${CMAKE_BINARY_DIR}/debian)
  file(WRITE ${place}/hognose.gdb "source ${CMAKE_INSTALL_PREFIX}/${HOGNOSE_HOME}/hognose-gdb.py\n")
  install(FILES ${place}/hognose.gdb DESTINATION /etc/gdb/gdbinit.d)
  file(WRITE ${place}/conffiles "/etc/gdb/gdbinit.d/hognose.gdb\n")
  file(RELATIVE_PATH plugin /usr/lib/lldb/plugins ${CMAKE_INSTALL_PREFIX}/${HOGNOSE_HOME}/hognose-lldb.so)
  install(CODE "file(MAKE_DIRECTORY \$ENV{DESTDIR}/usr/lib/lldb/plugins)
    file(CREATE_LINK ${plugin} \$ENV{DESTDIR}/usr/lib/lldb/plugins/hognose-lldb.so SYMBOLIC)")

  file(READ ${CMAKE_SOURCE_DIR}/LICENSE license)
  file(READ ${CMAKE_SOURCE_DIR}/third_party/yyjson/LICENSE license_of_yyjson)
  file(WRITE ${place}/copyright "hognose: Python in gdb and lldb, and where there is no debugger\n\n${license}\n"
    "third_party/yyjson:\n\n${license_of_yyjson}")
  install(FILES ${place}/copyright DESTINATION share/doc/hognose)
  execute_process(COMMAND date -R OUTPUT_VARIABLE today OUTPUT_STRIP_TRAILING_WHITESPACE)
  file(WRITE ${place}/changelog "hognose (${PROJECT_VERSION}) unstable; urgency=medium\n\n  * See CHANGES.md.\n\n"
    " -- the hognose authors <${HOGNOSE_EMAIL}>  ${today}\n")
  execute_process(COMMAND gzip -9nf ${place}/changelog)
  install(FILES ${place}/changelog.gz DESTINATION share/doc/hognose)
endif()

set(CPACK_PACKAGE_NAME hognose)
set(CPACK_PACKAGE_VENDOR "the hognose authors")
set(CPACK_PACKAGE_CONTACT "the hognose authors <${HOGNOSE_EMAIL}>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Python stacks, waits and profiles in gdb and lldb")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "What a Python process is doing, from inside a debugger or without one: the
stack of every thread, what each waits for and who holds it, values of
variables, and where time goes, for CPython 3.6 to 3.15, live or from a core
file, without debug symbols.")
set(CPACK_DEBIAN_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "gdb | lldb")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${CMAKE_BINARY_DIR}/debian/conffiles)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ
  WORLD_EXECUTE)
include(CPack)
