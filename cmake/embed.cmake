# Builds files into the program. The files of src/<room>/schemas, assets and prompts, and those made into generated/<room>/schemas
# and docs, are found by `std::optional<std::string_view> <room>_file(std::string_view path)` of "<room>/embedded.hpp", the path written from
# src/<room> on; `<room>_files()` lists their paths.
function(wrapup_embed room sources_variable)
  set(folder ${CMAKE_SOURCE_DIR}/src/${room})
  set(made ${CMAKE_BINARY_DIR}/generated/${room})
  file(GLOB_RECURSE files CONFIGURE_DEPENDS ${folder}/schemas/* ${folder}/assets/* ${folder}/prompts/* ${made}/schemas/* ${made}/docs/*)
  if(NOT files)
    return()
  endif()
  set(index 0)
  foreach(file ${files})
    string(REPLACE "${folder}/" "" path ${file})
    string(REPLACE "${made}/" "" path ${path})
    set(label wrapup_${room}_file_${index})
    string(APPEND blocks "${label}:\n.incbin \"${file}\"\n${label}_end:\n")
    string(APPEND symbols "extern const char ${label}[];\nextern const char ${label}_end[];\n")
    string(APPEND paths "      \"${path}\",\n")
    string(APPEND lookups "  if (path == \"${path}\") return std::string_view(${label}, ${label}_end);\n")
    math(EXPR index "${index} + 1")
  endforeach()
  set(generated ${CMAKE_BINARY_DIR}/generated/${room}/embedded)
  configure_file(${CMAKE_SOURCE_DIR}/cmake/embedded.hpp.in ${generated}.hpp @ONLY)
  configure_file(${CMAKE_SOURCE_DIR}/cmake/embedded.cpp.in ${generated}.cpp @ONLY)
  set_source_files_properties(${generated}.cpp PROPERTIES OBJECT_DEPENDS "${files}")
  set(${sources_variable} ${${sources_variable}} ${generated}.cpp PARENT_SCOPE)
endfunction()

# Writes a YAML file of the repository as JSON into the build folder, while configuring.
function(wrapup_yaml_to_json yaml json)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${yaml})
  set(convert "import json, sys, yaml; json.dump(yaml.safe_load(open(sys.argv[1], encoding='utf-8')), sys.stdout, ensure_ascii=False)")
  execute_process(COMMAND /usr/bin/python3 -c "${convert}" ${CMAKE_SOURCE_DIR}/${yaml} OUTPUT_VARIABLE text COMMAND_ERROR_IS_FATAL ANY)
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/${json} CONTENT "${text}" @ONLY)
endfunction()

# Writes a component of an OpenAPI file as a JSON Schema, generated/api/schemas/<name>.json, while configuring.
function(wrapup_component_schema yaml component name)
  set(script ${CMAKE_SOURCE_DIR}/cmake/component_schema.py)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${yaml} ${script})
  execute_process(COMMAND /usr/bin/python3 ${script} ${CMAKE_SOURCE_DIR}/${yaml} ${component} ${name}
                          ${CMAKE_BINARY_DIR}/generated/api/schemas/${name}.json COMMAND_ERROR_IS_FATAL ANY)
endfunction()
