# What the rooms' CMakeLists.txt are written with. A room whose sources are not there has no target;
# CONFIGURE_DEPENDS makes the next build notice when they come.

# touchstone_sources(OUT PATTERN...): the files of the current folder that match, without *_test.cc
# and main.cc.
function(touchstone_sources out)
  file(GLOB found CONFIGURE_DEPENDS ${ARGN})
  list(FILTER found EXCLUDE REGEX "(_test|/main)\\.cc$")
  set(${out} ${found} PARENT_SCOPE)
endfunction()

# touchstone_precompile(NAME header...): parses these and the commonest headers once for all sources
# of a C++ target, where that is asked for.  Sources still include all that they use: other builds
# do without, and so do the optimised targets of g++-12, which then warns of what is in the system's
# headers.
function(touchstone_precompile name)
  if(NOT TOUCHSTONE_PRECOMPILED_HEADERS)
    return()
  endif()
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND NOT name MATCHES "_test$")
    return()
  endif()
  foreach(header IN LISTS ARGN ITEMS algorithm array chrono cstddef cstdint cstring expected
          filesystem fstream functional map memory optional set span sstream string string_view
          utility variant vector)
    list(APPEND headers "$<$<COMPILE_LANGUAGE:CXX>:<${header}$<ANGLE-R>>")
  endforeach()
  target_precompile_headers(${name} PRIVATE ${headers})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    # The same bytes each time, for the compiler's cache.
    target_compile_options(${name} PRIVATE
      $<$<COMPILE_LANGUAGE:CXX>:SHELL:-Xclang -fno-pch-timestamp>)
  endif()
endfunction()

# touchstone_unhurried(file...): sources of the current folder that nobody waits for while they run.
# Sanitized they compile in half the time if they are not optimised.
function(touchstone_unhurried)
  if(NOT TOUCHSTONE_SANITIZE)
    return()
  endif()
  file(GLOB sources CONFIGURE_DEPENDS ${ARGN})
  set_source_files_properties(${sources} PROPERTIES COMPILE_OPTIONS -O0
                              SKIP_PRECOMPILE_HEADERS ON)
endfunction()

# touchstone_room(NAME SOURCES file... LINK target...): one static library, included from the root.
function(touchstone_room name)
  cmake_parse_arguments(PARSE_ARGV 1 room "" "" "SOURCES;LINK")
  if(NOT room_SOURCES)
    message(STATUS "${name}: no sources, no target")
    return()
  endif()
  add_library(${name} STATIC ${room_SOURCES})
  target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR})
  touchstone_link(${name} PUBLIC ${room_LINK})
  target_link_libraries(${name} PRIVATE touchstone_warnings)
endfunction()

# touchstone_link(NAME SCOPE target...): links those of our rooms that have sources; anything else
# must exist.
function(touchstone_link name scope)
  foreach(dependency IN LISTS ARGN)
    if(dependency MATCHES "^touchstone_" AND NOT TARGET ${dependency})
      message(STATUS "${name}: ${dependency} is not there")
    else()
      target_link_libraries(${name} ${scope} ${dependency})
    endif()
  endforeach()
endfunction()

# Where tests find what they need; the same names in every test program.
function(touchstone_test_paths name)
  set(plugins ${TOUCHSTONE_PLUGIN_OUTPUT_DIRECTORY})
  target_compile_definitions(${name} PRIVATE
    TOUCHSTONE_SOURCE_DIR="${PROJECT_SOURCE_DIR}"
    TOUCHSTONE_RUNNER="${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/touchstone"
    TOUCHSTONE_REFERENCE_PLUGIN="${plugins}/touchstone-reference-plugin.so"
    TOUCHSTONE_MINIMAL_PLUGIN="${plugins}/minimal_plugin.so"
    TOUCHSTONE_SELF_TEST_PLUGINS="${PROJECT_BINARY_DIR}/lib/self_test")
endfunction()

# touchstone_unit_tests(NAME SOURCES file... LINK target...): one GoogleTest program per room.
function(touchstone_unit_tests name)
  cmake_parse_arguments(PARSE_ARGV 1 test "" "TIMEOUT" "SOURCES;LINK")
  if(NOT TOUCHSTONE_TESTS OR NOT test_SOURCES)
    return()
  endif()
  if(NOT test_TIMEOUT)
    set(test_TIMEOUT 120)
  endif()
  add_executable(${name} ${test_SOURCES})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  touchstone_link(${name} PRIVATE ${test_LINK} touchstone_warnings GTest::gtest GTest::gtest_main)
  touchstone_test_paths(${name})
  list(LENGTH test_SOURCES count)
  if(count GREATER 5)  # fewer do not earn it back
    touchstone_precompile(${name} gtest/gtest.h)
  endif()
  # It is not the tests that have to be fast, and so they compile sooner.
  if(NOT name MATCHES "properties")
    target_compile_options(${name} PRIVATE -O0)
  endif()
  if(NOT TOUCHSTONE_SANITIZE AND NOT CMAKE_BUILD_TYPE STREQUAL "Debug")
    target_compile_options(${name} PRIVATE -g0)
  endif()
  # PRE_TEST: tests are listed when ctest starts, not while two cores are busy compiling.
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60
                       PROPERTIES TIMEOUT ${test_TIMEOUT})
endfunction()

# touchstone_plugin(NAME FOLDER SOURCES file...): a loadable implementation, named NAME.so.
function(touchstone_plugin name folder)
  cmake_parse_arguments(PARSE_ARGV 2 plugin "" "" "SOURCES;LINK")
  add_library(${name} MODULE ${plugin_SOURCES})
  set_target_properties(${name} PROPERTIES PREFIX "" SUFFIX ".so"
                        LIBRARY_OUTPUT_DIRECTORY ${folder})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  touchstone_link(${name} PRIVATE ${plugin_LINK})
  target_link_libraries(${name} PRIVATE touchstone_plugin_interface touchstone_warnings)
endfunction()
