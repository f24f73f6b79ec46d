# Third-party packages, all from Debian 12; docs/dependencies.md says why each is here.
find_package(PkgConfig REQUIRED)
find_package(Boost 1.74 REQUIRED COMPONENTS context)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
find_package(ZLIB REQUIRED)
pkg_check_modules(SYSTEMC REQUIRED IMPORTED_TARGET systemc)
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd)

add_library(isosim_options INTERFACE)
target_include_directories(isosim_options INTERFACE ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR}/generated)
target_compile_options(isosim_options INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror)
if(CMAKE_UNITY_BUILD)  # these look at several sources as at one; the other presets have them
  target_compile_options(isosim_options INTERFACE -Wno-shadow -Wno-unused-function -Wno-unused-const-variable
    $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
endif()

set(ISOSIM_SANITIZE "" CACHE STRING "comma-separated sanitizers")
if(ISOSIM_SANITIZE)
  target_compile_options(isosim_options INTERFACE -fsanitize=${ISOSIM_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(isosim_options INTERFACE -fsanitize=${ISOSIM_SANITIZE})
endif()

# SystemC 2.3.4 of Debian is built as C++17; its headers check that a C++20 unit says so.
add_library(isosim_systemc INTERFACE)
target_link_libraries(isosim_systemc INTERFACE PkgConfig::SYSTEMC)
target_compile_definitions(isosim_systemc INTERFACE SC_CPLUSPLUS=201703L SC_INCLUDE_DYNAMIC_PROCESSES)
get_target_property(SYSTEMC_DIRS PkgConfig::SYSTEMC INTERFACE_INCLUDE_DIRECTORIES)
if(SYSTEMC_DIRS)
  target_include_directories(isosim_systemc SYSTEM INTERFACE ${SYSTEMC_DIRS})
endif()
