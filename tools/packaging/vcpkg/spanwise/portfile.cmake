# An overlay port, for a checkout of spanwise: vcpkg install spanwise --overlay-ports=<spanwise>/tools/packaging/vcpkg
get_filename_component(SOURCE_PATH "${CURRENT_PORT_DIR}/../../../.." ABSOLUTE)
set(VCPKG_BUILD_TYPE release) # headers only

vcpkg_cmake_configure(
  SOURCE_PATH "${SOURCE_PATH}/tools/packaging/cmake"
  OPTIONS -DSPANWISE_CMAKE_DIR=share/spanwise)
vcpkg_cmake_install()
vcpkg_install_copyright(FILE_LIST "${SOURCE_PATH}/LICENSE")
