# The Debian package: the program, its service and a configuration to begin with. Made by scripts/package.
install(TARGETS wrapup RUNTIME DESTINATION bin)
install(FILES packaging/wrapup.service DESTINATION /usr/lib/systemd/system)
install(FILES packaging/wrapup.toml DESTINATION /etc/wrapup)
install(FILES LICENSE DESTINATION share/doc/wrapup RENAME copyright)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME wrapup)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "The wrapup maintainers <maintainers@wrapup.example>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "Post-call webhook engine
 Takes the reports of phone calls, answers what their agents ask, judges them,
 and delivers one signed webhook each, at least once, with retries and logs.")
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "ca-certificates, tzdata, passwd")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS postgresql)
file(WRITE ${CMAKE_BINARY_DIR}/conffiles "/etc/wrapup/wrapup.toml\n")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA packaging/postinst packaging/prerm packaging/postrm ${CMAKE_BINARY_DIR}/conffiles)
list(TRANSFORM CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA PREPEND ${CMAKE_SOURCE_DIR}/ REGEX "^packaging/")
include(CPack)
