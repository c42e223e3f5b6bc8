#!/bin/bash
# One window only (S17, S23): pixels of others are never captured, wherever windows lie, move, open and close.
. "$(dirname "$0")/x11_lib.sh"
start_displays
start_driver
export DISPLAY=$INNER
SECRET=12A456 # the colour of what nobody may see
SHOWN=00C800

# colours <file>: how many pixels are secret, and how many are of the window that is shown.
colours() {
	convert "$1" -format %c histogram:info:- | awk -v a="#$SECRET" -v b="#$SHOWN" '
		index($0, a) { secret += $1 }
		index($0, b) { shown += $1 }
		END { print secret + 0, (shown > 20000 ? "shown" : shown > 0 ? "part" : "hidden") }'
}

picture() {
	say grab "$WORK/grab.ppm"
	colours "$WORK/grab.ppm"
}

id_of() {
	xdotool search --sync --name "^$1\$" | tail -1
}

start xterm -title Secret -bg "#$SECRET" -fg "#$SECRET" -geometry 60x20+40+40
secret=$(id_of Secret)
start xterm -title Carnet -xrm "XTerm.vt100.background: #$SHOWN" -xrm "XTerm.vt100.foreground: #$SHOWN" -geometry 60x20+300+200
carnet=$(id_of Carnet)
sleep 1
say window
say start q
check "without a choice everything is seen" "$(picture | grep -c '^0 ')" 0

# --- chosen in the list, with the hand
say choose
list=$(xdotool search --sync --name "^Quelle" | tail -1)
sleep 0.5
eval "$(xdotool getwindowgeometry --shell "$list")"
import -window root png:- | convert png:- -crop "${WIDTH}x${HEIGHT}+${X}+${Y}" +repage "$WORK/list.png"
[ -z "$GUICHET_PICTURES" ] || cp "$WORK/list.png" "$GUICHET_PICTURES/choose_driver.png"
hand mousemove $((X + WIDTH / 2)) $((Y + HEIGHT - 120)) sleep 0.2 click 1 # the second of the list
wait_line "chosen Carnet"
check "the list names the windows, ours not among them" "$(count 'chosen Carnet')" 1
check "only it is seen" "$(picture)" "0 shown"

# --- another program's window over it, and moved about
xdotool windowraise "$secret"
sleep 0.2
check "what lies over it is not seen" "$(picture | cut -d' ' -f1)" 0
bad=0
for i in $(seq 12); do
	xdotool windowmove "$secret" $((60 + 40 * i)) $((60 + 20 * i))
	[ $((i % 4)) = 0 ] && xdotool windowunmap "$secret" sleep 0.1 windowmap "$secret"
	[ $((i % 3)) = 0 ] && xdotool windowraise "$carnet"
	[ $((i % 3)) = 1 ] && xdotool windowraise "$secret"
	say keep "$WORK/keep.ppm"
	bad=$((bad + $(colours "$WORK/keep.ppm" | cut -d' ' -f1)))
done
check "nor while it moves, goes and comes" "$bad" 0
xdotool windowmove "$secret" 40 40 windowraise "$carnet" windowmove "$carnet" 500 300
sleep 0.5
check "the window is seen wherever it goes" "$(picture)" "0 shown"

# --- where the advisor's hand may go
forget
xdotool windowactivate --sync "$carnet"
eval "$(xdotool getwindowgeometry --shell "$carnet")"
say shown $((X + 20)) $((Y + 20))
say shown 60 60
check "clicks inside, not outside" "$(tr -d '\0' <"$WORK/out" | grep ^shown | tr '\n' ,)" "shown 1 1,shown 0 1,"
forget
xdotool windowactivate --sync "$secret"
say shown 60 60
check "no typing into another window" "$(tr -d '\0' <"$WORK/out" | grep ^shown)" "shown 0 0"

# --- its dialogs and menus are of it, those of others not
xdotool windowminimize "$carnet"
start zenity --info --title=Autre --text=x
sleep 1
xdotool windowclose "$(id_of Autre)"
sleep 0.3
check "while it is put away nothing is seen" "$(picture)" "0 hidden"
xdotool windowmap "$carnet" windowactivate --sync "$carnet"
sleep 0.3
check "back with it" "$(picture)" "0 shown"
# part <file>: a piece of the window, under its menu.
part() {
	convert "$1" -crop 40x30+$((X + 62))+$((Y + 66)) +repage rgb:- | sha256sum
}
say grab "$WORK/before.ppm"
hand mousemove $((X + 60)) $((Y + 60)) keydown ctrl mousedown 1 # xterm's own menu
sleep 0.5
say grab "$WORK/menu.ppm"
xwd -root -silent | convert xwd:- "$WORK/all.ppm"
check "a menu has opened" "$([ "$(part "$WORK/before.ppm")" = "$(part "$WORK/menu.ppm")" ] && echo no)" ""
check "its menu is seen as it is" "$(part "$WORK/menu.ppm")" "$(part "$WORK/all.ppm")"
hand mousemove 20 780 mouseup 1 keyup ctrl

# --- gone
xdotool windowkill "$carnet"
sleep 0.5
check "when it is gone nothing is seen" "$(picture)" "0 hidden"
say everything
check "everything again only when the core says so" "$(picture | grep -c '^0 ')" 0
say stop
stop_driver
