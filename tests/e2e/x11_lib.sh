# Sourced by x11_*.sh: two nested displays, a window manager, the driver, and small helpers.
#
# What xdotool does on $OUTER reaches $INNER as a physical device; on $INNER it is injected.
# DRIVER is the program built from tests/e2e/x11_driver.c. Needs Xvfb, Xephyr, openbox, xdotool.
: "${DRIVER:?path of x11_driver}"
OUTER=:${X11_OUTER:-941}
INNER=:${X11_INNER:-942}
WORK=$(mktemp -d)
PIDS=
FAILED=0

# start <command...>: runs it in the background, ends it at exit by its pid.
start() {
	"$@" >>"$WORK/log" 2>&1 3>&- &
	PIDS="$! $PIDS"
}

finish() {
	exec 3>&- || true
	sleep 0.3
	for pid in $PIDS; do
		kill "$pid" 2>/dev/null || true
	done
	rm -rf "$WORK"
	exit "$FAILED"
}
trap finish EXIT

wait_display() {
	for _ in $(seq 50); do
		DISPLAY=$1 xdotool getmouselocation >/dev/null 2>&1 && return
		sleep 0.1
	done
	echo "display $1 did not start"
	FAILED=1
	exit
}

start_displays() {
	start Xvfb "$OUTER" -screen 0 1280x800x24
	wait_display "$OUTER"
	start env DISPLAY="$OUTER" Xephyr "$INNER" -screen 1280x800 -resizeable
	wait_display "$INNER"
	start env DISPLAY="$INNER" openbox
	sleep 0.5
}

start_driver() {
	mkfifo "$WORK/in"
	DISPLAY=$INNER "$DRIVER" <"$WORK/in" >"$WORK/out" 2>"$WORK/err" &
	DRIVER_PID=$!
	PIDS="$DRIVER_PID $PIDS"
	exec 3>"$WORK/in"
	wait_line ready
}

stop_driver() {
	echo quit >&3
	exec 3>&-
	wait "$DRIVER_PID"
	check "the driver ends cleanly" "$?" 0
	check "the driver says nothing on stderr" "$(grep -v -i warning "$WORK/err" | head -c 300)" ""
	rm -f "$WORK/in"
}

# wait_line <fixed start of a line>: up to 5 s.
wait_line() {
	for _ in $(seq 100); do
		grep -q "^$1" "$WORK/out" 2>/dev/null && return
		sleep 0.05
	done
	echo "no line: $1"
	FAILED=1
}

# say <command>: sends one line and waits until it was carried out.
say() {
	before=$(grep -c "^done" "$WORK/out")
	echo "$*" >&3
	for _ in $(seq 200); do
		[ "$(grep -c "^done" "$WORK/out")" -gt "$before" ] && return
		sleep 0.02
	done
	echo "no answer to: $*"
	FAILED=1
}

count() {
	grep -c "^$1" "$WORK/out" || true
}

forget() {
	: >"$WORK/out"
}

# check <sentence> <is> <should be>
check() {
	if [ "$2" = "$3" ]; then
		echo "ok   $1"
	else
		echo "FAIL $1: '$2' instead of '$3'"
		FAILED=1
	fi
}

hand() {
	DISPLAY=$OUTER xdotool "$@"
}

injected() {
	DISPLAY=$INNER xdotool "$@"
}

# The prompt is centred on 1280x800: « Refuser » left, « Autoriser » right of the middle.
ALLOW="788 ${ALLOW_Y:-492}"
REFUSE="490 ${ALLOW_Y:-492}"
