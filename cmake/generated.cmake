# Tables that are made from files: the 2,048 words, the public key that signs bank profiles.

set(GUICHET_WORDS_C ${CMAKE_BINARY_DIR}/generated/words_fr.c)
add_custom_command(OUTPUT ${GUICHET_WORDS_C}
	COMMAND ${CMAKE_COMMAND} -DIN=${CMAKE_SOURCE_DIR}/common/words_fr.txt -DOUT=${GUICHET_WORDS_C}
		-P ${CMAKE_SOURCE_DIR}/cmake/make_words.cmake
	DEPENDS ${CMAKE_SOURCE_DIR}/common/words_fr.txt ${CMAKE_SOURCE_DIR}/cmake/make_words.cmake VERBATIM)

if(GUICHET_PROFILE_KEY)
	if(NOT EXISTS "${GUICHET_PROFILE_KEY}")
		message(FATAL_ERROR "GUICHET_PROFILE_KEY: ${GUICHET_PROFILE_KEY} is not there")
	endif()
	file(READ "${GUICHET_PROFILE_KEY}" key)
	set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${GUICHET_PROFILE_KEY}")
else()
	message(STATUS "GUICHET_PROFILE_KEY is not set: this agent will trust no bank profile")
	set(key "")
endif()
string(REPLACE "\n" "\\n" key "${key}")
set(GUICHET_PROFILE_C ${CMAKE_BINARY_DIR}/generated/profile_key.c)
file(CONFIGURE OUTPUT ${GUICHET_PROFILE_C} CONTENT
	"extern const char guichet_profile_key[];\nconst char guichet_profile_key[] = \"${key}\";\n")
