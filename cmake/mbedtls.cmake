# The TLS library of the agent, built from source: target guichet_mbedtls (static).
#
# deploy/mbedtls/fetch puts mbedTLS 3.6 into GUICHET_DEPS_DIR (default: third-party in the build folder) when CMake
# configures; name one folder for several builds and they share the download. A tree that is already there is used
# without network. Compiler and sanitizer flags are those of the build; warnings of foreign code are off.
include_guard(GLOBAL)

set(GUICHET_DEPS_DIR "" CACHE PATH "Folder for third-party sources shared by several builds (empty: in the build folder)")

function(guichet_add_mbedtls)
	set(deps "${GUICHET_DEPS_DIR}")
	if(NOT deps)
		set(deps "${CMAKE_BINARY_DIR}/third-party")
	endif()
	get_filename_component(deps "${deps}" ABSOLUTE BASE_DIR "${CMAKE_BINARY_DIR}")
	set(here "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/../deploy/mbedtls")
	get_filename_component(here "${here}" ABSOLUTE)

	execute_process(COMMAND sh "${here}/fetch" "${deps}" RESULT_VARIABLE failed)
	if(failed)
		message(FATAL_ERROR "mbedTLS could not be fetched into ${deps}: see the lines above")
	endif()
	set(root "${deps}/mbedtls")
	set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${root}/.guichet-fetched" "${here}/fetch")

	file(GLOB sources CONFIGURE_DEPENDS "${root}/library/*.c")
	if(NOT sources)
		message(FATAL_ERROR "${root}/library holds no source: remove ${root} and configure again")
	endif()
	add_library(guichet_mbedtls STATIC ${sources})
	target_include_directories(guichet_mbedtls SYSTEM PUBLIC "${root}/include" "${here}")
	target_include_directories(guichet_mbedtls SYSTEM PRIVATE "${root}/library")
	target_compile_definitions(guichet_mbedtls PUBLIC "MBEDTLS_CONFIG_FILE=\"guichet_mbedtls_config.h\"")
	target_compile_options(guichet_mbedtls PRIVATE -w)
	set_target_properties(guichet_mbedtls PROPERTIES
		C_STANDARD 11 C_EXTENSIONS ON C_CLANG_TIDY "" C_INCLUDE_WHAT_YOU_USE "" EXPORT_COMPILE_COMMANDS OFF)
	if(WIN32)
		target_link_libraries(guichet_mbedtls PUBLIC ws2_32 bcrypt)
	endif()
endfunction()

guichet_add_mbedtls()
