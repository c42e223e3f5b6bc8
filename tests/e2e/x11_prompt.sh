#!/bin/bash
# « Autoriser » takes only a physical click (S16); hands and the panic key are told apart (S17, S18).
. "$(dirname "$0")/x11_lib.sh"
start_displays
start_driver

# come: onto « Autoriser » as a hand does, by way of other places.
come() {
	hand mousemove 700 492 sleep 0.05 mousemove $ALLOW sleep 0.05
}

open_prompt() {
	hand mousemove 60 60
	forget
	say prompt "$1"
	sleep 1.3
}

open_prompt 1
injected mousemove $ALLOW
for _ in $(seq 200); do
	injected click 1
done
check "200 injected clicks on Autoriser give no answer" "$(count answer)" 0
come
hand click 1
sleep 0.3
check "one physical click gives one answer" "$(count 'answer 1 allow')" 1
check "and only one" "$(count answer)" 1

open_prompt 2
come
sleep 0.2
injected mousemove $ALLOW
sleep 0.2
hand click 1
sleep 0.3
check "a click where somebody else put the pointer does not count" "$(count answer)" 0
come
hand mousedown 1
injected mouseup 1
sleep 0.2
check "an injected release does not complete a physical press" "$(count answer)" 0
hand mouseup 1
sleep 0.2
say close
sleep 0.2

open_prompt 3
come
hand mousedown 1 mousemove 300 100 mouseup 1
sleep 0.2
check "a release outside does not count" "$(count answer)" 0
hand mousemove $REFUSE click 1
sleep 0.3
check "Refuser is a physical click away" "$(count 'answer 3 refuse')" 1

open_prompt 4
injected mousemove $REFUSE click 1
sleep 0.3
check "Refuser takes any click" "$(count 'answer 4 refuse')" 1

hand mousemove 788 480 mousemove $ALLOW
forget
say prompt 5
come
hand click 1 sleep 0.1 click 1 sleep 0.1 click 1 sleep 0.1 click 1
check "clicks in the first moments do nothing" "$(count answer)" 0
sleep 1
hand click 1
sleep 0.3
check "the same click later is an answer" "$(count 'answer 5 allow')" 1

hand mousemove $ALLOW
forget
say prompt 51
sleep 1.3
hand click 1 sleep 0.1 mousemove_relative 3 2 sleep 0.1 click 1
sleep 0.3
check "a click where the pointer was parked before is no answer, nor is a shaking hand" "$(count answer)" 0
hand mousemove_relative 24 0 sleep 0.1 click 1
sleep 0.3
check "after a motion it is one" "$(count 'answer 51 allow')" 1

open_prompt 6
for key in Tab space Tab Tab alt+a a Right; do
	hand key $key
	injected key $key
done
sleep 0.3
check "no key allows" "$(count 'answer 6 allow')" 0
say prompt 7
sleep 1.3
check "a replaced prompt is not answered" "$(count 'answer 6 allow')" 0
forget
hand key Tab Return
sleep 0.3
check "Enter never allows" "$(count 'answer 7 allow')" 0
say close

open_prompt 8
start env DISPLAY="$INNER" "$DRIVER" --cover
sleep 0.7
come
hand click 1
sleep 0.3
check "a covered prompt takes no click" "$(count answer)" 0
kill "${PIDS%% *}"
sleep 0.4
come
hand click 1
sleep 0.2
check "uncovered it is inert once more" "$(count answer)" 0
sleep 0.8
hand click 1
sleep 0.3
check "and takes a click after that" "$(count 'answer 8 allow')" 1

open_prompt 9
id=$(injected search --name "Claire Martin demande" | tail -1)
injected windowmove "$id" 1200 700
sleep 0.5
check "the prompt comes back when it is moved off the screen" \
	"$(injected getwindowgeometry "$id" | grep -c 'Position: 320,')" 1
come
hand click 1
sleep 0.3
check "and is inert again" "$(count answer)" 0
injected key --window "$id" alt+F4
hand key alt+F4
sleep 0.5
check "closing the prompt is told" "$(count 'answer 9 closed')" 1

# typed_number: the number on the customer's screen, read off it as a person does (S34).
typed_number() {
	local w
	w=$(injected search --name "Claire Martin demande" | tail -1)
	DISPLAY=$INNER import -window "$w" png:- |
		convert - -crop 64x30+231+259 -resize 400% -bordercolor white -border 40 "$WORK/number.png"
	tesseract "$WORK/number.png" - --psm 7 -c tessedit_char_whitelist=0123456789 2>/dev/null |
		sed -n 's/^\([0-9]\)\([0-9]\)\([0-9]\)$/\1 \2 \3/p'
}

open_typing() {
	hand mousemove 60 60
	forget
	say typing "$1"
	sleep 1.3
	NUMBER=$(typed_number)
}

say start q
open_typing 20
check "a number is shown" "${#NUMBER}" 5
say grab "$WORK/seen.ppm"
check "but not in the picture" "$(convert "$WORK/seen.ppm" -crop 560x56+356+412 -unique-colors -format %k info:)" 2
injected key --delay 50 $NUMBER
sleep 0.3
check "a number that somebody injects is no answer" "$(count answer)" 0
hand key --delay 50 $NUMBER
sleep 0.3
check "typed on a person's keyboard it is one" "$(count 'answer 20 allow typed')" 1

forget
say typing 21
hand key 5
sleep 1.3
NUMBER=$(typed_number)
hand key --delay 50 ${NUMBER% *} BackSpace ${NUMBER#* }
sleep 0.3
check "a digit in the first moments does not count, and Backspace takes one back" "$(count 'answer 21 allow typed')" 1

hand mousemove 60 60
forget
say typing 23
hand key --delay 100 4 9 7 8 3 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5
check "who goes on writing a number of his own answers nothing" "$(count answer)" 0
sleep 1
NUMBER=$(typed_number)
hand key --delay 100 $NUMBER
sleep 0.3
check "nor has he used up a try; after a rest he answers" "$(count 'answer 23 allow typed')" 1

open_typing 24
hand key --delay 100 a b ${NUMBER% *} c ${NUMBER#* }
sleep 0.3
check "a number among letters is no answer" "$(count answer)" 0
sleep 1
hand key --delay 100 Shift_L $NUMBER
sleep 0.3
check "Shift, as a French keyboard wants it, is no letter" "$(count 'answer 24 allow typed')" 1

open_typing 22
for _ in 1 2; do
	hand key --delay 50 $(echo "$NUMBER" | tr 0-9 1-90)
	sleep 1
	WAS=$NUMBER
	NUMBER=$(typed_number)
done
check "a wrong number is no answer" "$(count answer)" 0
check "after it there is another number" "$([ "$NUMBER" != "$WAS" ] && echo "${#NUMBER}")" 5
hand key --delay 50 $(echo "$NUMBER" | tr 0-9 1-90)
sleep 0.3
check "after three there is none" "$(typed_number)" ""
hand key --delay 50 $NUMBER
sleep 0.3
check "and none answers" "$(count answer)" 0
say close
say stop

forget
hand mousemove 100 100
injected mousemove 200 200 click 1 key b key Escape
sleep 0.2
forget
injected mousemove 300 200 click 1 key b
injected keydown Escape
sleep 1.4
injected keyup Escape
check "injected input is no hand" "$(count hand)" 0
check "injected Escape is no panic" "$(count panic)" 0
hand mousemove 120 120
sleep 0.2
check "physical motion is a hand on the mouse" "$([ "$(count 'hand mouse')" -ge 1 ] && echo yes)" yes
check "and not on the keyboard" "$(count 'hand key')" 0
hand keydown Escape
sleep 0.6
hand keyup Escape
sleep 0.7
check "a short Escape is no panic" "$(count panic)" 0
check "a key is a hand on the keyboard" "$([ "$(count 'hand key')" -ge 1 ] && echo yes)" yes
hand keydown Escape
sleep 1.5
hand keyup Escape
sleep 0.3
check "Escape held for a second is one panic" "$(count panic)" 1

stop_driver
