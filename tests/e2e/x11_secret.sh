#!/bin/bash
# Fields for passwords in other programs (S23, S25): told by AT-SPI, masked for as long as they can be seen.
. "$(dirname "$0")/x11_lib.sh"
start_displays

# A session bus of this test's own, as a desktop has one; programs start the accessibility bus on it by themselves.
dbus-daemon --session --nofork --print-address=3 3>"$WORK/bus" >>"$WORK/log" 2>&1 &
PIDS="$! $PIDS"
for _ in $(seq 50); do
	[ -s "$WORK/bus" ] && break
	sleep 0.1
done
DBUS_SESSION_BUS_ADDRESS=$(cat "$WORK/bus")
export DBUS_SESSION_BUS_ADDRESS GTK_A11Y=atspi
unset NO_AT_BRIDGE
start_driver
export DISPLAY=$INNER

# stripes: how many colours of a mask the picture has.
stripes() {
	say grab "$WORK/grab.ppm"
	convert "$WORK/grab.ppm" -format %c histogram:info:- | grep -c '#4A505C'
}

# beside: the same of the last picture's left half, where the form was first.
beside() {
	convert "$WORK/grab.ppm" -crop 640x400+0+0 +repage -format %c histogram:info:- | grep -c '#4A505C'
}

# masked <window>: "some" if the picture has the colours of a mask in that window's place, "all" if no others, else "none".
masked() {
	say grab "$WORK/grab.ppm"
	eval "$(xdotool getwindowgeometry --shell "$1")"
	convert "$WORK/grab.ppm" -crop "${WIDTH}x${HEIGHT}+${X}+${Y}" +repage -format %c histogram:info:- | awk '
		/#4A505C|#C8CCD4/ { hidden += $1 }
		{ all += $1 }
		END { print hidden < all / 100 ? "none" : hidden < all ? "some" : "all" }'
}

# until_masked <window> <as>: up to 3 s.
until_masked() {
	for _ in $(seq 20); do
		is=$(masked "$1")
		[ "$is" = "$2" ] && break
		sleep 0.1
	done
	echo "$is"
}

say start q
start zenity --forms --title=Connexion --text=Compte --add-entry=Nom --add-password=Secret
form=$(xdotool search --sync --name '^Connexion$' | tail -1)
sleep 1
check "a plain field is nothing" "$(count secret) $(masked "$form")" "0 none"
hand key Tab
wait_line "secret 1"
check "the field is masked, and nothing else of the window" "$(until_masked "$form" some)" some
hand type 'abc'
[ -z "$GUICHET_PICTURES" ] || { sleep 0.3; say grab "$WORK/grab.ppm"; convert "$WORK/grab.ppm" "$GUICHET_PICTURES/secret.png"; }
eval "$(xdotool getwindowgeometry --shell "$form")"
say grab "$WORK/grab.ppm"
part=$(convert "$WORK/grab.ppm" -crop "${WIDTH}x${HEIGHT}+${X}+${Y}" +repage -format %c histogram:info:- |
	awk '/#4A505C|#C8CCD4/ { h += $1 } { a += $1 } END { print (h > a / 50 && h < a / 3) ? "a field" : h "/" a }')
check "as large as a field" "$part" "a field"

# --- it goes with its window
xdotool windowmove "$form" 700 500
check "at once where it is now" "$(masked "$form") $(beside)" "some 0"
sleep 1
check "and later" "$(masked "$form") $(beside)" "some 0"

# --- the focus leaves it, its text can still be shown
forget
hand key shift+Tab
wait_line "secret 0"
check "masked while it can be seen" "$(until_masked "$form" some)" some
hand key Tab
wait_line "secret 1"

# --- hidden, shown, gone
xdotool windowminimize "$form"
sleep 0.5
check "nothing is masked where it was" "$(stripes)" 0
xdotool windowmap "$form" windowactivate "$form"
check "masked again as soon as it is back" "$(until_masked "$form" some)" some
forget
xdotool windowclose "$form"
wait_line "secret 0"

# --- killed with the focus in its field
start zenity --password --title=Cachette
box=$(xdotool search --sync --name '^Cachette$' | tail -1)
wait_line "secret 1"
check "a box that is one field" "$(until_masked "$box" some)" some
forget
kill -KILL "${PIDS%% *}"
wait_line "secret 0"
sleep 0.5
check "what is gone is not masked" "$(stripes)" 0

# --- a program that does not answer
start zenity --password --title=Muet
box=$(xdotool search --sync --name '^Muet$' | tail -1)
mute=${PIDS%% *}
wait_line "secret 1"
until_masked "$box" some >/dev/null
kill -STOP "$mute"
sleep 2.5
check "its field stays masked" "$(masked "$box")" some
kill -CONT "$mute"
kill "$mute"
say stop
stop_driver
