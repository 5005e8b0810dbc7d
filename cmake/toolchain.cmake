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

set(TOUCHSTONE_FMT fmt::fmt)
# What a plug-in that counts its edges, or is sanitized, calls for that.
set(fuzz_exports "-Wl,--dynamic-list=${PROJECT_SOURCE_DIR}/cmake/fuzz_exports.list")
if(TOUCHSTONE_FUZZ STREQUAL "libfuzzer")
  # Everything counts its edges; only the programs in bin/fuzz/ have libFuzzer's main.
  add_compile_options(-fsanitize=fuzzer-no-link)
  add_link_options(-fsanitize=fuzzer-no-link)
  string(APPEND CMAKE_EXE_LINKER_FLAGS " ${fuzz_exports}")
elseif(TOUCHSTONE_FUZZ STREQUAL "afl")
  # AFL++'s own compiler is of another LLVM; its runtime serves the guards of any.
  set(TOUCHSTONE_AFL_FOLDER /usr/lib/afl CACHE PATH "Where AFL++ keeps its runtime")
  add_compile_options(-fsanitize-coverage=trace-pc-guard)
  string(APPEND CMAKE_EXE_LINKER_FLAGS
         " ${TOUCHSTONE_AFL_FOLDER}/afl-compiler-rt-64.o ${fuzz_exports}")
elseif(TOUCHSTONE_FUZZ STREQUAL "engine")
  # The environment brings flags and engine, perhaps a C++ library that the fmt here does not fit.
  set(TOUCHSTONE_FMT fmt::fmt-header-only)
  string(APPEND CMAKE_EXE_LINKER_FLAGS " ${fuzz_exports}")
elseif(TOUCHSTONE_FUZZ)
  message(FATAL_ERROR
          "TOUCHSTONE_FUZZ is `${TOUCHSTONE_FUZZ}`: expected libfuzzer, afl, engine or nothing")
endif()

add_library(touchstone_warnings INTERFACE)
target_compile_options(touchstone_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror)
# g++-12 at -O3 takes `"text" + std::string` for a copy onto itself (its bug 105651).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(touchstone_warnings INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Wno-restrict>)
endif()
