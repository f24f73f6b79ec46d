# Unity builds (the presets of tools/test that compile everything a second and third time) parse the headers once for
# several sources. These have private names that another source of their room has too.
set(ISOSIM_APART sim/bridge.cc cpu/hw/hardware.cc kernel-model/process/clone.cc kernel-model/process/unshare.cc kernel-model/net/packet.cc
  kernel-model/net/socket.cc kernel-model/misc/system_calls.cc kernel-model/fs/ext4_write.cc traces/constants.cc
  traces/strace_writer.cc traces/infer_paths.cc traces/infer_sockets.cc traces/order.cc models/container/spec.cc
  models/platform_schema.cc models/sentry/filter/rules.cc workloads/replay/environment.cc)
list(TRANSFORM ISOSIM_APART PREPEND ${CMAKE_SOURCE_DIR}/)

# isosim_room(NAME DEPS...): all sources below this folder as one object library, so that nothing that registers
# itself is dropped by the linker. DATA files are embedded in the binary: see isosim_embed.
function(isosim_room name)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  add_library(isosim_${name} OBJECT ${sources} ${CMAKE_SOURCE_DIR}/cmake/empty.cc)
  set_source_files_properties(${ISOSIM_APART} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  target_link_libraries(isosim_${name} PUBLIC isosim_options fmt::fmt nlohmann_json::nlohmann_json ${ARGN})
  isosim_precompile(isosim_${name} cmake/common.h)
endfunction()

# isosim_precompile(TARGET HEADERS...): what its sources include most. The debug preset goes without, so that every
# source still names what it needs.
option(ISOSIM_PCH "precompile common headers" ON)
function(isosim_precompile target)
  if(ISOSIM_PCH)
    list(TRANSFORM ARGN PREPEND ${CMAKE_SOURCE_DIR}/)
    target_precompile_headers(${target} PRIVATE ${ARGN})
  endif()
endfunction()

# isosim_embed(ROOM NAMESPACE_FUNCTION FILES...): a function `std::span<const sim::DataFile> FUNCTION()` that holds the
# files' names and bytes, so that the binary runs from any folder.
function(isosim_embed room function)
  set(out ${CMAKE_BINARY_DIR}/generated/${room}_${function}.cc)
  add_custom_command(
    OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -DOUT=${out} -DFUNCTION=${function} "-DFILES=${ARGN}" -DROOT=${CMAKE_SOURCE_DIR}
            -P ${CMAKE_SOURCE_DIR}/cmake/embed.cmake
    DEPENDS ${ARGN} ${CMAKE_SOURCE_DIR}/cmake/embed.cmake
    VERBATIM)
  set_source_files_properties(${out} PROPERTIES COMPILE_OPTIONS -Wno-overlength-strings)  # clang: more than 64 KiB
  target_sources(isosim_${room} PRIVATE ${out})
endfunction()
