#!/bin/sh
# strings.sh ROOT: fails where a C file calls what the house style forbids, or declares an array of variable length.
cd "$1" || exit 2
calls='strcpy|strcat|strncpy|strncat|stpcpy|sprintf|vsprintf|gets|strtok|strtok_r|atoi|atol|atof|rand|srand|random|srandom|system|popen|alloca|tmpnam|mktemp'
files=$(find include common gateway agent tests/unit tests/fuzz tests/bench web -name '*.[ch]' 2>/dev/null)
[ -n "$files" ] || { echo "no C files below $1"; exit 2; }

# comments and strings are no calls
found=$(for f in $files; do
	sed -E 's/"([^"\\]|\\.)*"/""/g; s@/\*[^*]*\*/@@g; s@^[[:space:]]*(/\*| \*).*@@' "$f" |
		grep -nE "(^|[^A-Za-z0-9_.>])($calls)[[:space:]]*\(" | sed "s@^@$f:@"
done)
[ -z "$found" ] && exit 0
echo "$found"
exit 1
