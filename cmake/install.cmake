# `cmake --install`: the runner with its data beside it, the plug-in header, the C headers of user
# space with the reference behind them as shared objects, and a package for
# find_package(Touchstone), which gives Touchstone::plugin (the header) and Touchstone::touchstone
# (the runner, for add_test).
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/Touchstone)
# The data keep their places in the tree: one root serves the runner here and where it is installed.
set(data_dir ${CMAKE_INSTALL_DATADIR}/touchstone)

install(TARGETS touchstone_plugin_interface EXPORT TouchstoneTargets)
if(TARGET touchstone)
  install(TARGETS touchstone EXPORT TouchstoneTargets RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
foreach(plugin IN ITEMS touchstone-reference-plugin minimal_plugin liteipc liteipc_newer)
  if(TARGET ${plugin})
    install(TARGETS ${plugin} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/touchstone)
  endif()
endforeach()
install(DIRECTORY include/touchstone include/liteipc include/liteipc_newer
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(DIRECTORY spec corpora DESTINATION ${data_dir})
install(DIRECTORY conformance/cases DESTINATION ${data_dir}/conformance)
install(DIRECTORY conformance/userspace/cases DESTINATION ${data_dir}/conformance/userspace)
install(FILES LICENSE DESTINATION ${data_dir})

install(EXPORT TouchstoneTargets NAMESPACE Touchstone:: DESTINATION ${package_dir})
configure_package_config_file(cmake/TouchstoneConfig.cmake.in
  ${PROJECT_BINARY_DIR}/TouchstoneConfig.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/TouchstoneConfigVersion.cmake
  COMPATIBILITY SameMajorVersion)
install(FILES ${PROJECT_BINARY_DIR}/TouchstoneConfig.cmake
  ${PROJECT_BINARY_DIR}/TouchstoneConfigVersion.cmake DESTINATION ${package_dir})
