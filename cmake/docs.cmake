# Renders docs/ into the build folder, while configuring; the program serves it at /docs.
function(wrapup_docs folder made)
  file(GLOB_RECURSE documents CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${folder}/*.md)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${documents} ${CMAKE_SOURCE_DIR}/cmake/make_docs.py
                                         ${CMAKE_SOURCE_DIR}/cmake/docs.css)
  execute_process(COMMAND /usr/bin/python3 ${CMAKE_SOURCE_DIR}/cmake/make_docs.py ${CMAKE_SOURCE_DIR}/${folder} ${CMAKE_BINARY_DIR}/${made}
                  COMMAND_ERROR_IS_FATAL ANY)
endfunction()
