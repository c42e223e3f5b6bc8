#!/bin/bash
# Capture, typing, the customer's window and the overlay on a real X server (S11, S13, S14, S30).
. "$(dirname "$0")/x11_lib.sh"
start_displays
start_driver
export DISPLAY=$INNER

# shot <file>: the screen as another program sees it. raster <file>: only the pixels of a PPM.
shot() {
	xwd -root -silent | convert xwd:- ppm:"$1"
}

raster() {
	tail -c $((1280 * 800 * 3)) "$1" | sha256sum
}

# --- capture
start xterm -geometry 80x24+20+20 -e sh -c 'ls -laR /usr/share/X11 | head -300; sleep 1000'
sleep 1
say start q
say grab "$WORK/grab.ppm"
shot "$WORK/xwd.ppm"
check "a grab is the screen, pixel for pixel" "$(raster "$WORK/grab.ppm")" "$(raster "$WORK/xwd.ppm")"
say pieces "$WORK/pieces.ppm"
check "so are many small rectangles" "$(raster "$WORK/pieces.ppm")" "$(raster "$WORK/xwd.ppm")"
start xterm -geometry 60x20+500+300 -e sh -c 'for i in $(seq 3000); do echo line $i; done; sleep 1000'
sleep 2
say keep "$WORK/keep.ppm"
shot "$WORK/xwd.ppm"
check "damage alone keeps the picture right" "$(raster "$WORK/keep.ppm")" "$(raster "$WORK/xwd.ppm")"
say shape
check "the cursor has a shape" "$(count 'shape ok')" 1
say stop
check "no shared memory stays behind" "$(ipcs -m | awk -v p="$DRIVER_PID" '$2 == p' | wc -l)" 0

# --- overlay
forget
say pointer 400 300
say frame 300 200 300 200
sleep 0.3
check "a click goes through the overlay" "$(xdotool mousemove 300 203 getmouselocation --shell |
	grep -c "WINDOW=$(xdotool search --class xterm | tail -1)")" \
	"$(say clear; sleep 0.2; xdotool mousemove 300 204 getmouselocation --shell |
	grep -c "WINDOW=$(xdotool search --class xterm | tail -1)")"
shot "$WORK/before.ppm"
say pointer 900 150
sleep 0.3
shot "$WORK/during.ppm"
check "the pointer is seen" "$(cmp -s "$WORK/before.ppm" "$WORK/during.ppm" || echo seen)" seen
sleep 3.2
shot "$WORK/after.ppm"
check "and gone after three seconds" "$(cmp "$WORK/before.ppm" "$WORK/after.ppm")" ""

shot "$WORK/before.ppm"
say arrow 1000 500 700 300
say step 1 400 500
say step 9 500 500
say step 10 600 500
say arrow 2147483647 -2147483648 2147475000 -2147475456
say arrow 1000 500 700 300
sleep 0.3
shot "$WORK/marks.ppm"
colour() { convert "$WORK/marks.ppm" -format "%[hex:p{$1,$2}]" info:; }
check "an arrow points" "$(colour 985 490) $(colour 706 304)" "E8500A E8500A"
check "steps stand where they are put" "$(colour 420 500) $(colour 520 500)" "E8500A E8500A"
check "with their numbers" "$(colour 400 490) $(colour 500 500)" "FFFFFF FFFFFF"
check "a click goes through the marks" "$(xdotool mousemove 420 500 getmouselocation --shell | grep WINDOW)" \
	"$(say clear; sleep 0.2; xdotool mousemove 421 500 getmouselocation --shell | grep WINDOW)"
say arrow 1000 500 700 300
say step 2 400 500
sleep 3.5
shot "$WORK/after.ppm"
check "and all of it fades" "$(cmp "$WORK/before.ppm" "$WORK/after.ppm")" ""

forget
say line 500 400 Cliquez ici, puis sur Suivant
sleep 0.3
shot "$WORK/line.ppm"
check "a line is written around its place" "$(count 'line shown') $(convert "$WORK/line.ppm" -crop 1x300+500+250 -format '%c' histogram:info: | grep -c E8500A)" "1 1"
check "and takes no click" "$(xdotool mousemove 500 400 getmouselocation --shell | grep WINDOW)" "$(say clear; sleep 0.2; xdotool mousemove 501 400 getmouselocation --shell | grep WINDOW)"
say line 2147483647 -2147483648 Tout au bout
say line 5 5 Tout en haut
sleep 0.3
shot "$WORK/line.ppm"
check "at an edge it is whole, and no higher than its line" \
	"$(convert "$WORK/line.ppm" -format '%[hex:p{0,0}] %[hex:p{1,200}]' info:)" \
	"E8500A $(convert "$WORK/before.ppm" -format '%[hex:p{1,200}]' info:)"
sleep 3.2
shot "$WORK/after.ppm"
check "and it fades as well" "$(convert "$WORK/after.ppm" -format '%[hex:p{0,0}]' info:)" "$(convert "$WORK/before.ppm" -format '%[hex:p{0,0}]' info:)"

# --- window
say window c
sleep 0.7
forget
say line 1000 500 Je suis la banque
check "nothing is written over the window of the program" "$(count 'line refused')" 1
id=$(xdotool search --name '^Assistance Banque Exemple$' | tail -1)
eval "$(xdotool getwindowgeometry --shell "$id")"
forget
say ours $((X + 20)) $((Y + 20))
say ours $((X + 20)) $((Y - 8))
check "the window and its frame are ours" "$(grep -c '^ours.* 1 in' "$WORK/out")" 2
say ours 5 5
check "the desktop is not" "$(grep -c '^ours.* 0 in' "$WORK/out")" 1
say focus
check "the window does not take the keyboard by itself" "$(count 'focus 0')" 1
xdotool mousemove $((X + 200)) $((Y + HEIGHT - 40)) click 1
sleep 0.3
check "Mettre fin takes any click" "$(count end)" 1
say focus
check "now the keyboard is ours" "$(count 'focus 1')" 1
xdotool key space
sleep 0.3
check "and the keyboard" "$(count end)" 2
xdotool key --window "$id" alt+F4
wmctrl -i -c "$id" 2>/dev/null || xdotool key alt+F4
sleep 0.3
check "closing the window means the button" "$(count end)" 3
xdotool windowminimize "$id"
sleep 0.7
check "the window cannot be put away" "$(xdotool search --onlyvisible --name '^Assistance Banque' |
	wc -l)" 1
say over
sleep 0.3

# --- typing
# type_under <layout> <variant or ""> <text>: into an xterm that writes what it reads.
type_under() {
	setxkbmap "$1" ${2:+-variant "$2"}
	rm -f "$WORK/typed"
	start env LC_ALL=C.UTF-8 XTERM_LOCALE=C.UTF-8 xterm -u8 -geometry 60x5+20+500 -T typing \
		-e sh -c "head -n 1 >'$WORK/typed'"
	# A window manager reads the keyboard anew after each spare key: it may come late.
	xdotool search --sync --onlyvisible --name '^typing$' windowactivate --sync 2>/dev/null
	sleep 0.3
	say text "$3"
	say key 100 0
	for _ in $(seq 40); do
		[ -s "$WORK/typed" ] && break
		sleep 0.1
	done
	for _ in $(seq 40); do
		xdotool search --name '^typing$' >/dev/null 2>&1 || break
		sleep 0.1
	done
	check "typed exactly under $1 $2" "$(cat "$WORK/typed")" "$3"
}
TEXT='aé@#{[|\€ùçêï œ ñ 😀 Ω Zürich 0123456789 ~^`"<>'
for layout in us fr de; do
	type_under $layout "" "$TEXT"
	type_under $layout "" "$TEXT"
done
type_under fr oss "$TEXT"
type_under gr "" "$TEXT"
type_under us,fr "" 'ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩабвгдежзийклмнопрстуфхцчшщъыьэюя'
xdotool key Caps_Lock
type_under fr "" "$TEXT"
type_under us "" "$TEXT"
check "Caps Lock is as it was" "$(xset q | grep -c 'Caps Lock: *on')" 1
xdotool key Caps_Lock

# --- nothing stays down
forget
say mouse 2 1 700 700
say mouse 2 3 700 700
say release
say release
say key 61 15
sleep 0.3
check "no button stays down" "$(xinput_buttons=$("$DRIVER" --down); echo "$xinput_buttons")" "0 0"

setxkbmap us
stop_driver
check "the spare keys are empty again" "$(xmodmap -pke 2>/dev/null | grep -c U1F600)" 0
