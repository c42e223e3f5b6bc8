#!/bin/sh
# layering.sh ROOT: fails if a file includes what its folder may not ("who may include whom").
cd "$1" || exit 2
bad=0
systems="unistd.h sys/ pthread.h poll.h signal.h fcntl.h errno.h netdb.h netinet/ arpa/ time.h windows.h
	gtk/ gdk/ gio/ glib xcb/ X11/ xkbcommon/"
libraries="libwebsockets.h microhttpd.h openssl/ mbedtls/ psa/ sqlite3.h cjson/ ini.h sodium.h uv.h gtk/ gdk/ gio/ glib xcb/ X11/ xkbcommon/"

files_in() { # the C files of a folder, not of those below
	find "$1" -maxdepth 1 -name '*.[ch]' 2>/dev/null
}

refuse() { # refuse FILE HEADERS… : the system headers that it includes although it may not
	file=$1
	shift
	for header in "$@"; do
		grep -Eq "^#[[:space:]]*include[[:space:]]*<$header" "$file" && { echo "$file: may not use <$header>"; bad=1; }
	done
}

allow() { # allow FOLDER "FOLDERS IT MAY INCLUDE" "LIBRARY HEADERS IT MAY INCLUDE"
	[ -n "$(files_in "$1")" ] || { echo "$1: no files, the rule is out of date"; bad=1; }
	for f in $(files_in "$1"); do
		for inc in $(sed -n 's/^#[[:space:]]*include[[:space:]]*"\(.*\)"$/\1/p' "$f"); do
			case $inc in
			*main_*.c) echo "$f: nobody includes $inc"; bad=1 ;;
			esac
			folder=$(dirname "$inc")
			case " $2 $1 " in *" $folder "*) ;; *) echo "$f: may not include $folder/"; bad=1 ;; esac
		done
		for lib in $libraries; do
			case " $3 " in *" $lib "*) ;; *) refuse "$f" "$lib" ;; esac
		done
	done
}

allow include/guichet    ""                                                     ""
allow common             "guichet"                                              "cjson/"
allow common/picture     "common"                                               ""
allow gateway/core       "guichet common"                                       "cjson/"
allow gateway/ipc        "guichet common"                                       "cjson/"
allow gateway/http       "guichet common"                                       "openssl/"
allow gateway/store      "guichet common gateway/store/schema"                  "sqlite3.h"
allow gateway/live       "guichet common gateway/core gateway/ipc gateway/http"            "libwebsockets.h openssl/ uv.h ini.h cjson/"
allow gateway/notary     "guichet common gateway/ipc gateway/store"             "openssl/ sodium.h ini.h cjson/"
allow gateway/alert      "guichet common"                                       "openssl/"
allow gateway/stamp      "guichet common"                                       "openssl/"
allow gateway/office     "guichet common gateway/ipc gateway/http gateway/office/verify" "microhttpd.h ini.h openssl/ cjson/"
allow gateway/office/verify "guichet common"                                    "openssl/"
allow agent              "guichet common common/picture"                        "mbedtls/ psa/ cjson/"
allow agent/platform/x11 "guichet common agent"                                 "gtk/ gdk/ gio/ glib xcb/ X11/ xkbcommon/"

# one library, one place
for f in $(files_in gateway/live) $(files_in gateway/notary); do
	case $f in */main_*) refuse "$f" openssl/ sodium.h libwebsockets.h ;; esac
done
for f in $(files_in agent/platform/x11); do
	for inc in $(sed -n 's/^#[[:space:]]*include[[:space:]]*"agent\/\([^/]*\)"$/\1/p' "$f"); do
		[ "$inc" = platform.h ] || { echo "$f: knows of the agent only platform.h, not $inc"; bad=1; }
	done
done

# the agent's core, common/ and gateway/core know no operating system, no clock, no socket
for f in $(files_in agent) $(files_in common) $(files_in common/picture) $(files_in gateway/core) $(files_in include/guichet); do
	# shellcheck disable=SC2086
	refuse "$f" $systems
done

# the inside of a module is included by its own files only, and by the test that builds one by hand
for inside in gateway/core/room_inside.h agent/agent_state.h gateway/store/store_sqlite.h; do
	for f in $(grep -rl --include='*.[ch]' "\"$inside\"" include common gateway agent tests); do
		case $f in tests/unit/agent_*_test.c | tests/unit/agent_bench.h) continue ;; esac
		[ "$(dirname "$f")" = "$(dirname "$inside")" ] || { echo "$f: may not include $inside"; bad=1; }
	done
done
exit $bad
