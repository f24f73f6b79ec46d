# isosim_room(NAME DEPS...): all sources below this folder as one object library, so that nothing that registers
# itself is dropped by the linker. DATA files are embedded in the binary: see isosim_embed.
function(isosim_room name)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  add_library(isosim_${name} OBJECT ${sources} ${CMAKE_SOURCE_DIR}/cmake/empty.cc)
  target_link_libraries(isosim_${name} PUBLIC isosim_options fmt::fmt nlohmann_json::nlohmann_json ${ARGN})
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
  target_sources(isosim_${room} PRIVATE ${out})
endfunction()
