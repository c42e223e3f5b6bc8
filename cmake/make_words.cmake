# cmake -DIN=words_fr.txt -DOUT=words_fr.c -P make_words.cmake
file(STRINGS ${IN} words ENCODING UTF-8)
list(LENGTH words count)
if(NOT count EQUAL 2048)
	message(FATAL_ERROR "${IN}: ${count} words, expected 2048")
endif()
list(JOIN words "\",\n\t\"" body)
file(WRITE ${OUT} "#include \"agent/words.h\"\n\nconst char *const words_fr[WORDS_COUNT] = {\n\t\"${body}\",\n};\n")
