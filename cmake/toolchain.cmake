# How every target is compiled: language, warnings, sanitizers, and the faster linker and the cache
# where this machine has them.

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
# The reference is linked into programs and into a plug-in.
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "Build type" FORCE)
endif()

set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib)
set(TOUCHSTONE_PLUGIN_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib/touchstone)

find_program(TOUCHSTONE_CCACHE ccache)
if(TOUCHSTONE_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_C_COMPILER_LAUNCHER ${TOUCHSTONE_CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${TOUCHSTONE_CCACHE})
endif()

# The compiler itself is asked, because which -fuse-ld= it knows depends on its version.
include(CheckLinkerFlag)
foreach(linker IN ITEMS lld mold)
  if(linker STREQUAL "lld" AND NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    continue()
  endif()
  check_linker_flag(CXX -fuse-ld=${linker} TOUCHSTONE_HAS_${linker})
  if(TOUCHSTONE_HAS_${linker})
    add_link_options(-fuse-ld=${linker})
    break()
  endif()
endforeach()

if(TOUCHSTONE_SANITIZE)
  # Halting at the first report makes a report a failed test; without it UBSan only prints.
  add_compile_options(-fsanitize=${TOUCHSTONE_SANITIZE} -fno-sanitize-recover=all
                      -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${TOUCHSTONE_SANITIZE})
endif()

add_library(touchstone_warnings INTERFACE)
target_compile_options(touchstone_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror)
# g++-12 at -O3 takes `"text" + std::string` for a copy onto itself (its bug 105651).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(touchstone_warnings INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Wno-restrict>)
endif()
