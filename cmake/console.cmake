# Builds the web console of console/ with Vite and adds it to a list of sources as one C++ file. Its modules are those of the lock file;
# scripts/setup installs them, and so does the build where they are missing or old.
function(wrapup_console sources_variable)
  find_program(WRAPUP_NODE node REQUIRED)
  find_program(WRAPUP_NPM npm REQUIRED)
  set(folder ${CMAKE_SOURCE_DIR}/console)
  set(made ${CMAKE_BINARY_DIR}/generated/console)
  set(lock ${folder}/package-lock.json)
  set(installed ${folder}/node_modules/.installed-lock.json)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${folder}/src/*)
  add_custom_command(
    OUTPUT ${installed}
    COMMAND ${WRAPUP_NPM} ci --no-audit --no-fund
    COMMAND ${CMAKE_COMMAND} -E copy ${lock} ${installed}
    COMMAND ${CMAKE_COMMAND} -E touch ${installed}
    DEPENDS ${lock}
    WORKING_DIRECTORY ${folder}
    COMMENT "Installing the modules of the console")
  add_custom_command(
    OUTPUT ${made}/files.cpp
    COMMAND ${WRAPUP_NPM} run --silent build -- --outDir ${made}/dist --emptyOutDir --logLevel warn
    COMMAND ${WRAPUP_NODE} pack.mjs ${made}/dist ${made}/files.cpp
    DEPENDS ${sources} ${installed} ${folder}/index.html ${folder}/vite.config.ts ${folder}/tsconfig.json ${folder}/pack.mjs
    WORKING_DIRECTORY ${folder}
    COMMENT "Building the console")
  set(${sources_variable} ${${sources_variable}} ${made}/files.cpp PARENT_SCOPE)
endfunction()
