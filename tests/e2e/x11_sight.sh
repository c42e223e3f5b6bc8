#!/bin/bash
# « Mettre fin » is always in sight, whatever else wants the whole screen (S30).
. "$(dirname "$0")/x11_lib.sh"
start_displays
start_driver
export DISPLAY=$INNER

# strip: how many strips are shown. red X Y: is this pixel of the button's red?
strip() {
	xdotool search --onlyvisible --name '^Mettre fin$' 2>/dev/null | wc -l
}

red() {
	[ "$(xwd -root -silent | convert xwd:- -format "%[hex:p{$1,$2}]" info: | cut -c1-6)" = 9C1111 ] && echo red
}

# place <title>: sets X Y WIDTH HEIGHT of a window.
place() {
	eval "$(xdotool getwindowgeometry --shell "$(xdotool search --name "$1" | tail -1)")"
}

forget
say window c
sleep 1.5
place '^Assistance Banque Exemple$'
END_X=$((X + 60)) END_Y=$((Y + HEIGHT - 45))
check "the button is red and in sight" "$(red $END_X $END_Y)" red
check "then there is no strip" "$(strip)" 0
say pointer $END_X $END_Y
say frame $((X + 30)) $((Y + HEIGHT - 70)) 300 60
sleep 0.6
check "the agent's own pointer and frame do not bring it" "$(strip)" 0
say clear
start "$DRIVER" --veil
sleep 1.5
check "nor does a surface that lets clicks through" "$(strip) $(count covered)" "0 0"
kill "${PIDS%% *}"

hand mousemove 200 300
start xterm -fullscreen -bg black
FULL=${PIDS%% *}
sleep 1.5
check "a full-screen program lies over the window" "$(red $END_X $END_Y)" ""
check "and brings the strip" "$(strip)" 1
place '^Mettre fin$'
check "above it" "$(red $((X + 60)) $((Y + HEIGHT - 45)))" red
hand click 1 sleep 0.2 click 1
sleep 0.5
check "a click into the program does not lie over the strip" "$(red $((X + 60)) $((Y + HEIGHT - 45)))" red
check "with it nothing is covered" "$(count covered)" 0
hand mousemove $((X + WIDTH / 2)) $((Y + HEIGHT - 45)) sleep 0.1 click 1
sleep 0.3
check "its button ends" "$(count end)" 1
say ours $((X + 20)) $((Y + 20))
check "it is the agent's own: nothing is injected there" "$(grep -c '^ours.* 1 in' "$WORK/out")" 1
say prompt 1
sleep 1.3
hand mousemove 700 492 sleep 0.05 mousemove $ALLOW sleep 0.05 click 1
sleep 0.3
check "a prompt comes above a full-screen program and can be answered" "$(count 'answer 1 allow')" 1
hand mousemove 200 300
kill "$FULL"
sleep 0.6
check "it goes when the window is in sight again" "$(strip) $(red $END_X $END_Y)" "0 red"

id=$(xdotool search --name '^Assistance Banque Exemple$' | tail -1)
xdotool windowmove "$id" 1200 700
sleep 0.8
check "a window that was moved off the screen brings it too" "$(strip)" 1
place '^Mettre fin$'
xdotool windowmove "$id" 300 100
sleep 0.6
check "and takes it away when it is back" "$(strip)" 0
xdotool windowminimize "$id"
sleep 0.8
check "a window that was put away comes back" "$(xdotool search --onlyvisible --name '^Assistance Banque Exemple$' | wc -l)" 1
xdotool set_num_desktops 2 set_desktop 1
sleep 0.8
check "on every desktop" "$(xdotool search --onlyvisible --name '^Assistance Banque Exemple$' | wc -l)$(strip)" 10
xdotool set_desktop 0
sleep 0.3

forget
start "$DRIVER" --cover all
sleep 0.8
check "who fights for the front is given a second" "$(count covered)" 0
sleep 1
check "then it is told that the button is covered" "$([ "$(count covered)" -ge 3 ] && echo yes)" yes
kill "${PIDS%% *}"
sleep 1.5
forget
sleep 1
check "and no more when it is in sight" "$(count covered)" 0
check "in the window, not in the strip" "$(strip)" 0

start xterm -fullscreen -bg black
sleep 1.2
check "a strip once more" "$(strip)" 1
say over
sleep 0.5
check "after the end there is none" "$(strip)" 0
stop_driver
