#!/bin/sh
# VERIFIER.sh : vérifie une preuve de Guichet avec des outils ordinaires.
#
#   sh VERIFIER.sh [DOSSIER [RACINE [RACINE_HORODATAGE]]]
#
# DOSSIER : là où le fichier .zip a été ouvert ; sans lui, le dossier de ce programme. RACINE : le certificat que la
# banque publie, pour le comparer à root.crt ; de même RACINE_HORODATAGE pour tsa.crt. Rien n’est envoyé nulle part.
#
# Il faut sh, openssl (1.1.1 ou plus récent), sha256sum et xxd. Une ligne par point vérifié ; au premier qui ne tient
# pas, il le nomme et s’arrête avec 1. 2 : la preuve ne peut pas être lue. Les points sont ceux de docs/EVIDENCE.md,
# section 11. Ce que ces outils ne peuvent pas voir, guichet-verify et lecteur.html le voient : l’ordre des noms dans une
# ligne et l’UTF-8, ce qui est à l’intérieur des morceaux, et si chaque image s’ouvre.
set -u
LC_ALL=C
export LC_ALL
lf='
'
zeros=0000000000000000000000000000000000000000000000000000000000000000
item=files

unreadable() { printf 'VERIFIER.sh : %s\n' "$1" >&2; exit 2; }
# clean TEXT : dans $shown, sans ce qu’un terminal pourrait prendre pour un ordre ; un nom de fichier peut en contenir.
clean() {
	shown=$1
	while :; do
		case $shown in *[!\ -~]*) shown=${shown%%[!\ -~]*}'?'${shown#*[!\ -~]} ;; *) break ;; esac
	done
}
ok() { printf '%-7s %-9s  %s\n' ok "$item" "$1"; }
none() { printf '%-7s %-9s  %s\n' - "$item" "$1"; }
bad() { # bad PLACE WHY : le point ne tient pas
	clean "$1"
	printf '%-7s %-9s  %s : %s\n' FAUX "$item" "$shown" "$2"
	exit 1
}

root=${2:-}
tsa=${3:-}
case $root in '' | /*) ;; *) root=$PWD/$root ;; esac
case $tsa in '' | /*) ;; *) tsa=$PWD/$tsa ;; esac
case $0 in */*) here=${0%/*} ;; *) here=. ;; esac
cd -- "${1:-$here}" 2>/dev/null || unreadable "je ne peux pas ouvrir le dossier ${1:-$here}"
for tool in openssl sha256sum xxd mkdir rm; do
	command -v $tool >/dev/null 2>&1 || unreadable "il manque l’outil $tool"
done
for try in a b c d e ''; do # un nom peut être pris par un passage interrompu
	work=${TMPDIR:-/tmp}/verifier.$$$try
	if (umask 077 && mkdir "$work") 2>/dev/null; then break; fi
	[ -n "$try" ] || unreadable "je ne peux pas écrire dans ${TMPDIR:-/tmp}"
done
trap 'rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM

# ---- petits outils --------------------------------------------------------------------------------

# Empreinte d’un texte, d’un fichier : dans $hash.
hash_text() { hash=$(printf '%s' "$1" | sha256sum); hash=${hash%% *}; }
hash_file() { hash=$(sha256sum <"$1"); hash=${hash%% *}; }

# is_hex TEXT DIGITS ; is_number TEXT
is_hex() { [ ${#1} -eq "$2" ] && case $1 in *[!0-9a-f]*) false ;; esac; }
is_number() { case $1 in '' | *[!0-9]* | 0?* | ?????????????????*) false ;; esac; }

# Un texte JSON sans ses barres obliques : dans $plain. Faux si une barre n’a pas de sens ici.
unescape() {
	rest=$1
	plain=
	while :; do
		case $rest in *\\*) ;; *) break ;; esac
		plain=$plain${rest%%\\*}
		rest=${rest#*\\}
		case $rest in
		[\"\\]*) plain=$plain${rest%"${rest#?}"} ;;
		n*) plain=$plain$lf ;;
		u00[01]?*)
			code=${rest#u00}
			code=${code%"${code#??}"}
			[ "$code" != 00 ] || return 1
			code=$(printf "\\$(printf '%03o' "0x$code")x")
			plain=$plain${code%x}
			rest=${rest#????}
			;;
		[bfrt]*)
			code=$(printf "\\${rest%"${rest#?}"}x")
			plain=$plain${code%x}
			;;
		*) return 1 ;;
		esac
		rest=${rest#?}
	done
	plain=$plain$rest
}

# Une signature r || s (128 chiffres) en DER : dans $der, en hexadécimal.
der_integer() {
	int=$1
	while [ ${#int} -gt 2 ]; do
		case $int in 00*) int=${int#00} ;; *) break ;; esac
	done
	case $int in [89a-f]*) int=00$int ;; esac
	int=02$(printf '%02x' $((${#int} / 2)))$int
}
der_of() {
	s=${1#????????????????????????????????????????????????????????????????}
	der_integer "${1%"$s"}"
	der=$int
	der_integer "$s"
	der=$der$int
	der=30$(printf '%02x' $((${#der} / 2)))$der
}

# signed KEY TEXT DER : la signature tient
signed() {
	printf '%s' "$3" | xxd -r -p >"$work/sig" &&
		printf '%s' "$2" | openssl dgst -sha256 -verify "$1" -signature "$work/sig" >/dev/null 2>&1
}

# Champ d’un objet JSON canonique : field OBJECT NAME, un texte ; number OBJECT NAME, un nombre. Dans $value.
field() {
	value=${1#*\""$2"\":\"}
	if [ "$value" = "$1" ]; then value=; else value=${value%%\"*}; fi
}
number() {
	value=${1#*\""$2"\":}
	if [ "$value" = "$1" ]; then value=; else value=${value%%[!0-9]*}; fi
}

# skeleton TEXT : dans $bones, le texte JSON sans le contenu de ses chaînes, chacune remplacée par « s »
skeleton() {
	left=$1
	bones=
	while :; do
		case $left in *\"*) ;; *) break ;; esac
		bones=$bones${left%%\"*}s
		left=${left#*\"}
		while :; do
			part=${left%%\"*}
			[ "$part" != "$left" ] || return 1
			left=${left#*\"}
			case $part in *\\) ;; *) break ;; esac
			part=${part##*[!\\]}
			[ $((${#part} % 2)) -eq 1 ] || break
		done
	done
	bones=$bones$left
}

# all FROM TO : dans $bones, chaque FROM devient TO
all() {
	while :; do
		case $bones in *"$1"*) bones=${bones%%"$1"*}$2${bones#*"$1"} ;; *) break ;; esac
	done
}

# well_formed TEXT LEVELS : un objet, des entiers de 0 à 2^53, des chaînes, des listes, au plus LEVELS niveaux, sans espace
well_formed() {
	[ ${#1} -le 131072 ] && skeleton "$1" || return 1
	case $bones in [!'{']* | *[!]'{}'[,:s0-9]* | *[!0-9]0[0-9]*) return 1 ;; esac
	all s: k
	left=$bones
	bones=
	while :; do # les nombres
		case $left in *[0-9]*) ;; *) break ;; esac
		part=${left%%[0-9]*}
		bones=${bones}${part}s
		left=${left#"$part"}
		part=${left%%[!0-9]*}
		left=${left#"$part"}
		[ ${#part} -le 16 ] && [ "$part" -le 9007199254740992 ] || return 1
		case $bones in *[k,[]s) ;; *) return 1 ;; esac
	done
	bones=$bones$left
	level=0
	while [ "$bones" != s ]; do # chaque tour ferme un niveau
		level=$((level + 1))
		[ $level -le "$2" ] || return 1
		all ks m
		all m,m m
		all s,s s
		part=$bones
		all '{m}' o
		all '{}' o
		all '[s]' o
		all '[]' o
		[ "$bones" != "$part" ] || return 1
		all o s
	done
}

# has OBJECT FIELDS : chaque champ est là, une fois, « nom:i » un nombre, « nom:s » une chaîne, « nom:a » une liste, « nom:o » un objet
has() {
	for want in $2; do
		case $1 in *\""${want%:*}"\":*\""${want%:*}"\":*) return 1 ;; esac
		case $want in
		*:i) case $1 in *\""${want%:*}"\":[0-9]*) ;; *) return 1 ;; esac ;;
		*:s) case $1 in *\""${want%:*}"\":\"*) ;; *) return 1 ;; esac ;;
		*:a) case $1 in *\""${want%:*}"\":\[*) ;; *) return 1 ;; esac ;;
		*:o) case $1 in *\""${want%:*}"\":\{*) ;; *) return 1 ;; esac ;;
		esac
	done
}

# ---- files ----------------------------------------------------------------------------------------

known() {
	case $1 in
	LISEZMOI.txt | SHA256SUMS | VERIFIER.sh | after.jsonl | agent.pub | checkpoint.p7s | checkpoint.tsr | checkpoint.txt) ;;
	content.key | inclusion.txt | journal.jsonl | key.wrapped | lecteur.html | private.jsonl | root.crt | seal.json) ;;
	seal.p7s | terms.txt | tsa.crt) ;;
	chunks/??????* | grants/????*.txt | grants/????*.sig)
		digits=${1#*/}
		digits=${digits%.*}
		case $1 in
		chunks/*.*) false ;;
		chunks/000000) false ;;
		chunks/0?????) case $digits in *[!0-9]*) false ;; esac ;;
		grants/0???.*) case $digits in *[!0-9]*) false ;; esac ;;
		*) is_number "$digits" ;;
		esac
		;;
	*) false ;;
	esac
}

set --
for f in .[!.]* ..?* *; do
	case $f in
	chunks | grants)
		if [ -d "$f" ] && [ ! -L "$f" ]; then
			for g in "$f"/.[!.]* "$f"/..?* "$f"/*; do
				case $g in */.DS_Store | */Thumbs.db | */desktop.ini) continue ;; esac
				if [ -e "$g" ] || [ -L "$g" ]; then set -- "$@" "$g"; fi
			done
			continue
		fi
		;;
	.DS_Store | Thumbs.db | desktop.ini) continue ;;
	esac
	if [ -e "$f" ] || [ -L "$f" ]; then set -- "$@" "$f"; fi
done
files=$#
for f in "$@"; do
	if [ -f "$f" ] && [ ! -L "$f" ]; then continue; fi
	clean "$f"
	unreadable "$shown : ce n’est pas un fichier"
done
for f in "$@"; do
	known "$f" || bad "$f" "ce nom n’a rien à faire dans un dossier de preuve"
done
for f in LISEZMOI.txt SHA256SUMS VERIFIER.sh checkpoint.p7s checkpoint.txt inclusion.txt journal.jsonl lecteur.html root.crt \
	seal.json seal.p7s; do
	[ -f "$f" ] || bad "$f" "ce fichier manque"
done
sha256sum "$@" >"$work/all" || unreadable "un fichier ne peut pas être lu"
while IFS= read -r line; do
	case $line in *"  SHA256SUMS" | *"  content.key") ;; *) printf '%s\n' "$line" ;; esac
done <"$work/all" >"$work/sums"
hash_file "$work/sums"
sums=$hash
hash_file SHA256SUMS
if [ "$hash" != "$sums" ]; then
	exec 3<SHA256SUMS
	while IFS= read -r line; do
		IFS= read -r said <&3 || said=
		if [ "$line" != "$said" ]; then
			[ "${line#*  }" = "${said#*  }" ] || bad "${said#*  }" "ce fichier manque, ou n’est pas dans SHA256SUMS à la place de ${line#*  }"
			bad "${line#*  }" "ce fichier n’est pas celui dont SHA256SUMS donne l’empreinte"
		fi
	done <"$work/sums"
	bad SHA256SUMS "cette liste nomme plus que ce qui est là"
fi
ok "$files fichiers, chacun conforme à son empreinte"

# ---- journal --------------------------------------------------------------------------------------

# chain FILE P PREFIX : lit une chaîne ; retient de la ligne n l’empreinte (PREFIX_n) et écrit work/PREFIX :
# « numéro heure événement données ».
session=
chain() {
	n=0
	p=$2
	line=
	while IFS= read -r line; do
		if [ -z "$session" ]; then
			field "${line##*,\"p\":}" session
			session=$value
			is_hex "$session" 32 || bad "$1:1" "cette ligne ne nomme pas d’assistance"
		fi
		wall=${line##*:}
		wall=${wall%\}}
		tail=",\"n\":$n,\"p\":\"$p\",\"session\":\"$session\",\"wall_ms\":$wall}"
		before=${line%"$tail"}
		if [ "$before" = "$line" ]; then
			bad "$1:$((n + 1))" "cette ligne ne suit pas celle d’avant : l’une des deux a été changée, ou une ligne manque"
		fi
		event=${before##*,\"event\":\"}
		event=${event%\"}
		data=${before%,\"event\":\""$event"\"}
		boot=${data%%,\"data\":\{*}
		data=${data#"$boot",\"data\":}
		boot=${boot#\{\"boot_ms\":}
		case $event in '' | *[!a-z_]*) bad "$1:$((n + 1))" "cette ligne n’a pas la forme d’une ligne de journal" ;; esac
		is_number "$wall" && is_number "$boot" || bad "$1:$((n + 1))" "cette ligne n’a pas la forme d’une ligne de journal"
		well_formed "$data" 7 && [ ${#line} -le 131072 ] || bad "$1:$((n + 1))" "cette ligne n’est pas en forme canonique"
		hash_text "$line"
		p=$hash
		eval "${3}_$n=\$hash"
		printf '%s %s %s %s\n' "$n" "$wall" "$event" "$data" >&4
		n=$((n + 1))
		line=
	done <"$1" 4>"$work/$3"
	[ -z "$line" ] && [ $n -gt 0 ] || bad "$1:$((n + 1))" "la dernière ligne est coupée"
	lines=$n
	head=$p
}

item=journal
chain journal.jsonl $zeros line
journal_lines=$lines
journal_head=$head
chunks=0
agent_at=
sign=
accepted=
key=
has_key=
reason=
ended=
: >"$work/consents"
: >"$work/chunks"
while read -r n wall event data; do
	case $event in
	session) fields='advisor:s ceiling:a purpose:s purpose_label:s' ;;
	accepted) fields='acceptance:s articles:a at_ms:i lang:s private:o terms:s version:s' ;;
	agent) fields=sign:s ;;
	key) fields=sha256:s ;;
	consent) fields='line:s sig:s' ;;
	chunk) fields='bytes:i first_seq:i frames:i from_ms:i last_seq:i n:i sha256:s to_ms:i' ;;
	end) fields=reason:s ;;
	*) fields= ;;
	esac
	has "$data" "$fields" || bad "journal.jsonl:$((n + 1))" "cette ligne n’a pas ses champs"
	case $event in
	session) [ "$n" -eq 0 ] || bad "journal.jsonl:$((n + 1))" "la ligne « session » ne peut être que la première" ;;
	chunk)
		chunks=$((chunks + 1))
		printf '%s\n' "$data" >>"$work/chunks"
		;;
	consent)
		first_consent=${first_consent:-$n}
		printf '%s %s %s\n' "$n" "$wall" "$data" >>"$work/consents"
		;;
	agent)
		[ -z "${first_consent:-}" ] || late=$n
		agent_at=$n
		field "$data" sign
		sign=$value
		;;
	accepted) accepted=$data ;;
	key)
		field "$data" sha256
		if [ -n "$has_key" ] && [ "$key" != "$value" ]; then other_key=1; fi
		key=$value
		has_key=1
		;;
	end)
		[ -n "$ended" ] || { field "$data" reason; reason=$value; }
		ended=1
		;;
	*) [ "$n" -gt 0 ] || bad journal.jsonl:1 "la première ligne n’est pas « session »" ;;
	esac
	if [ "$n" -eq 0 ] && [ "$event" != session ]; then bad journal.jsonl:1 "la première ligne n’est pas « session »"; fi
	eval "chunks_$n=$chunks"
done <"$work/line"
ok "$journal_lines lignes, aucune ne manque"

# ---- agent ----------------------------------------------------------------------------------------

# copy N HASH DER : grants/N.txt et .sig sont ceux de la ligne
copy() {
	name=grants/$(printf '%04d' "$1")
	[ -f "$name.txt" ] || bad "$name.txt" "cette copie manque"
	hash_file "$name.txt"
	[ "$hash" = "$2" ] || bad "$name.txt" "ce n’est pas la ligne $1 que le programme du client a signée"
	[ -f "$name.sig" ] && [ "$(xxd -p -c 200 "$name.sig")" = "$3" ] || bad "$name.sig" "ce n’est pas la signature de la ligne $1"
	copies="$copies$name.txt $name.sig "
}

# not_copied N : une ligne sans copie n’en a pas
not_copied() {
	name=grants/$(printf '%04d' "$1")
	for f in "$name.txt" "$name.sig"; do
		[ ! -e "$f" ] || bad "$f" "cette ligne ne devrait pas avoir de copie"
	done
}

item=agent
agent_lines=0
agent_head=$zeros
copies=' '
head_n=
: >"$work/heads"
if [ -n "$agent_at" ]; then
	[ -z "${late:-}" ] || bad "journal.jsonl:$((late + 1))" "une ligne « agent » après la première ligne signée"
	is_hex "$sign" 130 || bad "journal.jsonl:$((agent_at + 1))" "la ligne « agent » ne donne pas une clé"
	printf '3059301306072a8648ce3d020106082a8648ce3d030107034200%s' "$sign" | xxd -r -p |
		openssl pkey -pubin -inform DER >"$work/agent.pub" 2>/dev/null ||
		bad "journal.jsonl:$((agent_at + 1))" "la ligne « agent » ne donne pas une clé"
fi
while read -r n wall data; do
	at=journal.jsonl:$((n + 1))
	[ -n "$agent_at" ] && [ "$n" -gt "$agent_at" ] || bad "$at" "une ligne signée avant que le programme du client soit là"
	sig=${data##*\",\"sig\":\"}
	sig=${sig%\"\}}
	is_hex "$sig" 128 || bad "$at" "cette ligne « consent » n’a pas les champs line et sig"
	text=${data#\{\"line\":\"}
	text=${text%\",\"sig\":\""$sig"\"\}}
	[ "{\"line\":\"$text\",\"sig\":\"$sig\"}" = "$data" ] || bad "$at" "cette ligne « consent » n’a pas les champs line et sig"
	unescape "$text" || bad "$at" "la ligne signée n’est pas en forme canonique"
	text=$plain
	well_formed "$text" 8 || bad "$at" "la ligne signée n’est pas en forme canonique"
	case $text in
	\{*",\"n\":$agent_lines,"*"\"prev\":\"$agent_head\""*"\"session\":\"$session\""*\}) ;;
	*) bad "$at" "la ligne signée ne suit pas celle d’avant" ;;
	esac
	field "$text" event
	event=$value
	case $event in
	open) fields='acceptance:s ceiling:a content_key:s key_check:s purpose:s sign:s terms:s' ;;
	paired) fields='seq:i transcript:s words:s' ;;
	ask) fields='ask:i cap:s text:s' ;;
	grant) fields='ask:i cap:s grant:i' ;;
	refuse) fields='ask:i cap:s why:s' ;;
	limit | release) fields='cap:s grant:i' ;;
	suspend) fields='cap:s grant:i why:s' ;;
	counts) fields='done_key:i done_mouse:i done_point:i done_text:i local:i refused:i' ;;
	head) fields='gateway:s gateway_sig:s sent:i' ;;
	pause) fields='who:s why:s' ;;
	end) fields=why:s ;;
	*) fields= ;;
	esac
	has "$text" "boot_ms:i event:s n:i prev:s session:s wall_ms:i $fields" || bad "$at" "la ligne signée n’a pas ses champs"
	if [ "$event" = open ]; then [ $agent_lines -eq 0 ]; else [ $agent_lines -gt 0 ]; fi ||
		bad "$at" "la première ligne signée, et elle seule, est « open »"
	der_of "$sig"
	signed "$work/agent.pub" "$text" "$der" || bad "$at" "la signature du programme du client ne tient pas"
	hash_text "$text"
	agent_head=$hash
	field "$text" cap
	# shellcheck disable=SC2034
	cap=$value
	field "$text" why
	eval "said_$n=\"\$event \$cap \$value\""
	case $event in
	counts)
		not_copied $agent_lines
		case $text in *'"done_key":'[1-9]* | *'"done_mouse":'[1-9]* | *'"done_text":'[1-9]*) eval "acted_$n=1" ;; esac
		;;
	head)
		number "$text" sent
		eval "sent_$n=\$value"
		[ -z "$head_n" ] || not_copied "$head_n"
		head_n=$agent_lines
		head_hash=$hash
		head_der=$der
		printf '%s %s\n' "$n" "$text" >>"$work/heads"
		;;
	*) copy $agent_lines "$hash" "$der" ;;
	esac
	if [ "$event" = open ]; then
		field "$text" sign
		[ "$value" = "$sign" ] || bad "$at" "la ligne « open » nomme une autre clé que la ligne « agent »"
		field "$text" content_key
		opened_key=$value
		field "$text" key_check
		key_check=$value
	fi
	agent_lines=$((agent_lines + 1))
done <"$work/consents"
[ -z "$head_n" ] || copy "$head_n" "$head_hash" "$head_der"
for f in grants/*.???; do
	[ -e "$f" ] || continue
	case $f in *.txt | *.sig) ;; *) continue ;; esac
	case $copies in *" $f "*) ;; *) bad "$f" "aucune ligne signée n’a ce numéro" ;; esac
done
if [ -n "$agent_at" ]; then
	[ -f agent.pub ] || bad agent.pub "ce fichier manque"
	hash_file "$work/agent.pub"
	pub=$hash
	hash_file agent.pub
	[ "$hash" = "$pub" ] || bad agent.pub "ce n’est pas la clé que la ligne « agent » du journal nomme"
	ok "$agent_lines lignes signées, chaque signature tient"
else
	[ ! -e agent.pub ] || bad agent.pub "une clé, mais aucune ligne « agent » au journal"
	none "le programme du client n’est jamais venu"
fi

# ---- heads ----------------------------------------------------------------------------------------

# is_cms FILE : une structure CMS en DER, et rien derrière
is_cms() {
	hash_file "$1"
	said=$hash
	hash=$(openssl cms -cmsout -inform DER -in "$1" -outform DER 2>/dev/null | sha256sum)
	[ "${hash%% *}" = "$said" ] && is_plain "$1" && is_named_right "$1" pkcs7-data && names_issuer "$1"
}

# is_named_right FILE TYPE : ce que le signataire ne signe pas, le genre du contenu et l’algorithme, va avec le reste
is_named_right() {
	type= part= digest= algorithm=
	openssl cms -cmsout -print -noout -inform DER -in "$1" >"$work/cms" 2>/dev/null || return
	while IFS= read -r line; do
		case $line in
		"      eContentType: "*) type=${line#*: } ;;
		"        digestAlgorithm: ") part=digest ;;
		"        signatureAlgorithm: ") part=signature ;;
		"          algorithm: "*)
			case $part in digest) digest=${line#*: } ;; signature) algorithm=${line#*: } ;; esac
			part=
			;;
		esac
	done <"$work/cms"
	[ "${type%% *}" = "$2" ] || return
	case "${digest%% *} ${algorithm%% *}" in
	"sha256 ecdsa-with-SHA256" | "sha384 ecdsa-with-SHA384" | "sha512 ecdsa-with-SHA512" | "sha256 sha256WithRSAEncryption" | \
	"sha384 sha384WithRSAEncryption" | "sha512 sha512WithRSAEncryption" | sha*" rsaEncryption" | sha*" rsassaPss") ;;
	*) false ;;
	esac
}

# is_plain FILE : les algorithmes que la signature nomme sans les signer sont nommés sans paramètre, sauf PSS (RFC 5754)
is_plain() {
	part=
	openssl cms -cmsout -print -noout -inform DER -in "$1" >"$work/cms" 2>/dev/null || return
	while IFS= read -r line; do
		case $line in
		"    digestAlgorithms:"* | "        digestAlgorithm: "* | "        signatureAlgorithm: "*) part=unsigned ;;
		"    encapContentInfo:"* | "        signedAttrs:"* | "          algorithm: rsassaPss "*) part= ;;
		" "*" parameter: NULL" | " "*" parameter: <ABSENT>") ;;
		" "*" parameter: "*) [ -z "$part" ] || return ;;
		esac
	done <"$work/cms"
}

# names_issuer FILE : le signataire nomme l’autorité de son certificat à l’octet près (openssl ne regarde ni la casse, ni les blancs)
names_issuer() {
	sets=0
	known=
	openssl asn1parse -inform DER -in "$1" 2>/dev/null | sed -n \
		-e 's/^ *[0-9]*:d=3 .*cons: SET .*/set/p' \
		-e 's/^ *[0-9]*:d=5 .*prim: cont \[ 0 \].*/key/p' \
		-e 's/^ *\([0-9]*\):d=6 *hl=\([0-9]*\) *l= *\([0-9]*\) cons: SEQUENCE.*/\1 \2 \3/p' >"$work/parts"
	while read -r from head len; do
		case $from in
		set) sets=$((sets + 1)) ;;
		key) return 0 ;;
		*)
			name=$(xxd -p -s "$from" -l $((head + len)) "$1" | tr -d '\n')
			if [ $sets -lt 2 ]; then known="$known $name "; continue; fi
			case $known in *" $name "*) return 0 ;; *) return 1 ;; esac
			;;
		esac
	done <"$work/parts"
	return 1
}

# La clé du certificat qui a signé seal.p7s, et elle seule : work/notary. Si elle est digne de foi, c’est le point
# « signature » qui le dit.
notary_key() {
	is_cms seal.p7s &&
		openssl cms -verify -noverify -no_attr_verify -no_content_verify -binary -inform DER -in seal.p7s -content seal.json \
			-signer "$work/sealer" -out /dev/null >/dev/null 2>&1 && one_signer "$work/sealer" &&
		openssl x509 -noout -pubkey -in "$work/sealer" >"$work/notary" 2>/dev/null &&
		case $(openssl pkey -pubin -noout -text -in "$work/notary" 2>/dev/null) in *"ASN1 OID: prime256v1"*) ;; *) false ;; esac
}

# one_signer FILE : un certificat, et pas deux
one_signer() {
	signers=0
	while IFS= read -r line; do
		case $line in -----BEGIN*) signers=$((signers + 1)) ;; esac
	done <"$1"
	[ $signers -eq 1 ]
}

item=heads
heads=0
notary_key || : >"$work/notary"
while read -r n text; do
	if [ ! -s "$work/notary" ]; then
		item=signature
		bad seal.p7s "ce n’est pas une signature CMS faite avec une clé P-256"
	fi
	at=journal.jsonl:$((n + 1))
	gateway=${text#*\"gateway\":\"}
	gateway=${gateway%%\",\"gateway_sig\":*}
	field "$text" gateway_sig
	sig=$value
	unescape "$gateway" || bad "$at" "la tête du notaire n’a pas la forme d’une tête"
	number "$plain" n
	of=$value
	is_number "$of" && [ "$of" -ge 1 ] && [ "$of" -le "$n" ] || bad "$at" "la tête n’est pas celle que le journal avait alors"
	eval "h=\$line_$((of - 1)) c=\$chunks_$((of - 1))"
	number "$plain" wall_ms
	head_ms=$value
	# shellcheck disable=SC2154
	is_number "$head_ms" && [ "$plain" = "{\"chunks\":$c,\"head\":\"$h\",\"n\":$of,\"session\":\"$session\",\"wall_ms\":$value}" ] ||
		bad "$at" "la tête n’est pas celle que le journal avait alors"
	is_hex "$sig" 128 && der_of "$sig" && signed "$work/notary" "$plain" "$der" || bad "$at" "la signature du notaire sous cette tête ne tient pas"
	eval "head_ms_$n=$head_ms"
	heads=$((heads + 1))
done <"$work/heads"
if [ $heads -gt 0 ]; then ok "$heads fois, les deux côtés ont signé la même chose"; else none "l’assistance n’a pas duré jusqu’à la première tête"; fi

# ---- terms, private -------------------------------------------------------------------------------

item=terms
if [ -z "$accepted" ]; then
	[ ! -e terms.txt ] || bad terms.txt "un texte, mais aucune ligne « accepted » au journal"
	none "personne n’a accepté de texte"
else
	[ -f terms.txt ] || bad terms.txt "le texte accepté manque"
	hash_file terms.txt
	field "$accepted" terms
	[ "$hash" = "$value" ] || bad terms.txt "ce n’est pas le texte que le client a accepté"
	said=${accepted#*\"articles\":[}
	said=${said%%]*}
	article=0
	text=
	hashes=
	while line=; IFS= read -r line || [ -n "$line" ]; do
		case $line in
		"## "[1-7]". "*)
			case $line in "## $((article + 1)). "*) ;; *) bad terms.txt "le texte n’a pas ses sept articles" ;; esac
			if [ $article -gt 0 ]; then hash_text "$text"; hashes="$hashes\"$hash\","; fi
			article=$((article + 1))
			text=
			;;
		esac
		text=$text$line$lf
	done <terms.txt
	[ -z "$(xxd -p -s -1 terms.txt | { read -r last; [ "$last" = 0a ] || echo no; })" ] || text=${text%"$lf"}
	hash_text "$text"
	[ $article -eq 7 ] && [ "$hashes\"$hash\"" = "$said" ] || bad terms.txt "les articles ne sont pas ceux que le client a acceptés"
	ok "sept articles"
fi

item=private
if [ -f private.jsonl ]; then
	open=${accepted#*\"private\":\{}
	open=",${open%%\}*},"
	line=
	while IFS= read -r line; do
		name=${line#\{\"name\":\"}
		name=${name%%\"*}
		salt=${line#"{\"name\":\"$name\",\"salt\":\""}
		salt=${salt%%\"*}
		given=${line#"{\"name\":\"$name\",\"salt\":\"$salt\",\"value\":\""}
		given=${given%\"\}}
		is_hex "$salt" 32 && [ "{\"name\":\"$name\",\"salt\":\"$salt\",\"value\":\"$given\"}" = "$line" ] && unescape "$given" ||
			bad private.jsonl "une ligne n’a pas la forme d’une donnée personnelle"
		case $name in '' | *[!a-z_]*) bad private.jsonl "un nom n’a pas la forme d’un nom" ;; esac
		hash_text "$name$lf$salt$lf$plain"
		case $open in
		*",\"$name\":\"$hash\","*) open=${open%%\"$name\":*}${open#*\"$name\":\"$hash\",} ;;
		*) bad private.jsonl "« $name » n’est pas ce qui a été noté au journal" ;;
		esac
		line=
	done <private.jsonl
	[ -z "$line" ] || bad private.jsonl "la dernière ligne est coupée"
	[ "$open" = , ] || bad private.jsonl "une donnée que le journal connaît manque"
	ok "conformes au journal"
else
	none "effacées, ou pas dans ce dossier"
fi

# ---- recording, key, control ----------------------------------------------------------------------

# Ce que chaque ligne du journal dit de l’enregistrement, dans work/moments : « heure lettres » ; b : des images ont pu se
# perdre là, s : l’enregistrement s’arrête là, i : le programme du client ou la passerelle étaient coupés. Ce que la
# passerelle dit seule ne compte que si personne ne peut agir. work/alive : quand ce qui est signé prouve que
# l’assistance vivait.
moments() {
	control=
	while read -r n wall event data; do
		kinds=
		case $event in
		consent)
			eval "said=\$said_$n alive=\${head_ms_$n:-}"
			# shellcheck disable=SC2154,SC2086
			printf '%s\n' "$wall" $alive >>"$work/alive"
			case $said in
			"pause "* | "end "* | "limit view "* | "release view "* | "suspend view "*) kinds=bs control= ;;
			"suspend control lost") kinds=bi control= ;;
			"limit control "* | "release control "* | "suspend control "*) control= ;;
			"paired "*) kinds=b control= ;;
			"resume "* | "grant view "*) kinds=b ;;
			"grant control "*) control=1 ;;
			esac
			;;
		joined | left)
			case $control$data in 1*) ;; *'"who":"agent"'*) kinds=bi ;; *) kinds=b ;; esac
			;;
		recover) [ -n "$control" ] || kinds=bi ;;
		failed) if [ -n "$control" ]; then kinds=i; else kinds=bi; fi ;;
		end) kinds=i ;;
		esac
		[ -z "$kinds" ] || printf '%s %s\n' "$wall" "$kinds" >>"$work/moments"
		eval "kinds_$n=\$kinds"
	done <"$work/line"
}

# accident FROM TO : rien de signé ne dit que l’assistance vivait entre les deux
accident() {
	while read -r at; do
		if [ "$at" -gt $(($1 + 5000)) ] && [ $((at + 2000)) -lt "$2" ]; then return 1; fi
	done <"$work/alive"
}

# explained FROM TO : il y a une raison pour que rien n’ait été enregistré entre les deux
explained() {
	while read -r moment kinds; do
		case $kinds in *s*) if [ $((moment + 5000)) -ge "$1" ] && [ "$moment" -le $(($1 + 2000)) ]; then return 0; fi ;; esac
		case $kinds in *i*) ;; *) continue ;; esac
		[ $((moment + 2000)) -ge "$1" ] && [ "$moment" -le $(($2 + 65000)) ] || continue
		[ "$moment" -ge "$2" ] || moment=$2
		if accident "$1" "$moment"; then return 0; fi
	done <"$work/moments"
	return 1
}

# broken FROM TO : des images ont pu se perdre entre les deux
broken() {
	while read -r moment kinds; do
		case $kinds in *b*) if [ $((moment + 2000)) -ge "$1" ] && [ "$moment" -le $(($2 + 2000)) ]; then return 0; fi ;; esac
	done <"$work/moments"
	return 1
}

# all_sent : chaque image que le programme du client dit avoir envoyée est enregistrée, où que la liaison n’ait pas été
# coupée. Une liaison lente a 60 s, une image en route 10 s sans que rien n’arrive ; entre deux lignes signées, 5 s comptent.
all_sent() {
	view='' control='' paused='' new=''
	away=1
	broke=0 seq=0 excused=0 due=0 still=0 late=0 before=0
	while read -r n wall event data; do
		eval "kinds=\$kinds_$n"
		if [ "$event" = chunk ]; then
			number "$data" last_seq
			if [ "$value" -gt 0 ]; then
				seq=$value still=0
				[ $seq -lt $due ] || due=0
				number "$data" from_ms
				[ "$value" -lt "$broke" ] || away=
			fi
		fi
		case $kinds in *b*) due=0 away=1 broke=$wall ;; esac
		[ "$event" = consent ] || continue
		step=$((wall - before))
		before=$wall
		[ $step -ge 0 ] || step=0
		[ $step -le 5000 ] || step=5000
		still=$((still + step)) late=$((late + step))
		if [ $due -gt 0 ] && { [ $still -gt 10000 ] || [ $late -gt 60000 ]; }; then
			bad "journal.jsonl:$((n + 1))" "le programme du client a envoyé l’image $due, et rien ne dit pourquoi elle manque"
		fi
		eval "said=\$said_$n"
		case $said in
		"grant view "*) view=1 ;;
		"limit view "* | "release view "* | "suspend view "* | "end "*) view='' control='' ;;
		"pause "*) paused=1 control= ;;
		"resume "*) paused= ;;
		"paired "* | "limit control "* | "release control "* | "suspend control "*) control= ;;
		"grant control "*) [ -n "$control" ] || { away='' new=1 control=1; } ;;
		"head "*)
			eval "value=\$sent_$n"
			if [ -n "$away$new$paused" ] || [ -z "$view" ]; then
				excused=$value new=
			elif [ $due -eq 0 ] && [ "$value" -gt "$excused" ] && [ "$value" -gt "$seq" ]; then
				due=$value still=0 late=0
			fi
			;;
		esac
	done <"$work/line"
}

item=recording
: >"$work/list"
: >"$work/moments"
: >"$work/alive"
moments
n=0
end=0
seq=0
framed=0
while read -r data; do
	n=$((n + 1))
	name=chunks/$(printf '%06d' $n)
	[ -f "$name" ] || bad "$name" "ce morceau manque"
	hash_file "$name"
	printf '%s  %s\n' "$hash" "$name" >>"$work/list"
	for f in bytes first_seq frames from_ms last_seq to_ms; do
		number "$data" $f
		is_number "$value" || bad "$name" "la ligne « chunk » du journal n’a pas ses champs"
		eval "$f=\$value"
	done
	# shellcheck disable=SC2154
	[ "$data" = "{\"bytes\":$bytes,\"first_seq\":$first_seq,\"frames\":$frames,\"from_ms\":$from_ms,\"last_seq\":$last_seq,\"n\":$n,\"sha256\":\"$hash\",\"to_ms\":$to_ms}" ] ||
		bad "$name" "ce morceau n’est pas celui que le journal a noté"
	header=$(xxd -p -c 64 -l 48 "$name")
	[ "$header" = "4755494348455452$session$(printf '%08x%08x%016x%016x' $n "$frames" "$from_ms" "$to_ms")" ] ||
		bad "$name" "l’en-tête de ce morceau et le journal se contredisent"
	[ "$bytes" -ge 64 ] || bad "$name" "ce morceau n’a pas la longueur que le journal a notée"
	size=$(xxd -p -s $((bytes - 1)) -l 2 "$name")
	[ ${#size} -eq 2 ] || bad "$name" "ce morceau n’a pas la longueur que le journal a notée"
	[ "$from_ms" -ge $end ] && [ "$to_ms" -ge "$from_ms" ] || bad "$name" "ce morceau commence avant la fin du précédent"
	if [ $n -gt 1 ] && [ "$from_ms" -gt $end ]; then
		explained $end "$from_ms" ||
			bad "$name" "entre le morceau précédent et celui-ci, rien n’explique que l’enregistrement se soit arrêté"
	fi
	end=$to_ms
	if [ "$frames" -eq 0 ]; then
		[ "$first_seq$last_seq" = 00 ] || bad "$name" "le journal donne d’autres compteurs que ce morceau"
		continue
	fi
	[ "$first_seq" -gt $seq ] && [ $((last_seq - first_seq + 1)) -ge "$frames" ] || bad "$name" "les compteurs des images ne montent pas"
	if [ "$first_seq" -ne $((seq + 1)) ] || [ $((last_seq - first_seq + 1)) -ne "$frames" ]; then
		broken $framed "$to_ms" || bad "$name" "il manque des images, et rien de signé ne dit pourquoi"
	fi
	seq=$last_seq
	framed=$from_ms
done <"$work/chunks"
for f in chunks/*; do
	[ -e "$f" ] || continue
	case $f in */Thumbs.db | */desktop.ini) continue ;; esac
	f=${f#chunks/}
	while :; do case $f in 0*) f=${f#0} ;; *) break ;; esac; done
	[ "$f" -le $n ] || bad "chunks/$(printf '%06d' "$f")" "le journal ne connaît pas ce morceau"
done
count=$n
all_sent
n=$count
if [ $n -gt 0 ]; then ok "$n morceaux, aucun ne manque"; else none "l’écran n’a jamais été montré"; fi

item=key
[ -z "${other_key:-}" ] || bad journal.jsonl "deux lignes « key » nomment deux clés"
if [ -n "$has_key" ] && ! is_hex "$key" 64; then bad journal.jsonl "la ligne « key » ne donne pas d’empreinte"; fi
if [ -f key.wrapped ]; then
	hash_file key.wrapped
	[ "$hash" = "$key" ] || bad key.wrapped "ce n’est pas la clé que le journal a notée"
fi
if [ $agent_lines -gt 0 ]; then
	[ "$opened_key" = "$key" ] || bad journal.jsonl "le programme du client a signé une autre clé"
fi
if [ -f key.wrapped ]; then ok "la clé de l’enregistrement"; else none "effacée, ou pas dans ce dossier"; fi

# recorded FROM TO LOSS : des morceaux qui se touchent couvrent ce temps ; LOSS non vide : sauf là où la passerelle était
# coupée
recorded() {
	covered=$1
	while read -r data && [ "$covered" -lt "$2" ]; do
		number "$data" from_ms
		begin=$value
		number "$data" to_ms
		[ "$value" -gt "$covered" ] || continue
		[ "$begin" -lt "$2" ] || break
		if [ "$begin" -gt "$covered" ]; then
			[ -n "$3" ] && accident "$covered" "$begin" || return 1
		fi
		covered=$value
	done <"$work/chunks"
	[ "$covered" -ge "$2" ] || { [ -n "$3" ] && accident "$covered" "$2"; }
}

# ends TO LOSS : la prise en main a duré jusque-là
ends() {
	from=$since
	since=
	[ "$1" -le $((from + 4000)) ] || recorded $((from + 2000)) $(($1 - 2000)) "$2" ||
		bad "journal.jsonl:$((n + 1))" "la prise en main a duré plus longtemps que l’enregistrement"
	[ "$1" -le "$from" ] || control_ms=$((control_ms + $1 - from))
}

item=control
since=
live=
over=
paused=
control_ms=0
end=0
while read -r n wall event data; do
	case $event in
	chunk)
		number "$data" to_ms
		end=$value
		;;
	consent)
		eval "said=\$said_$n acted=\${acted_$n:-}"
		if [ -n "$acted" ] && { [ -z "$live" ] || { [ -z "$since" ] && [ "$wall" -gt $((over + 10000)) ]; }; }; then
			bad "journal.jsonl:$((n + 1))" "le conseiller a agi alors que la prise en main n’était ni accordée ni enregistrée"
		fi
		case $said in
		"pause "* | "paired "* | "end "* | "limit control "* | "limit view "* | "release control "* | "release view "* | "suspend control "* | "suspend view "*)
			loss=
			[ "$said" != "suspend control lost" ] || loss=1
			[ -z "$since" ] || ends "$wall" "$loss"
			live=
			;;
		"grant control "*)
			[ -z "$paused" ] || bad "journal.jsonl:$((n + 1))" "la prise en main a été accordée pendant une pause de l’enregistrement"
			live=1
			[ -n "$since" ] || since=$wall
			;;
		esac
		case $said in "pause "*) paused=1 ;; "resume "*) paused= ;; esac
		;;
	failed | recover | end)
		if [ -n "$since" ]; then
			over=$wall
			ends "$end" ''
		fi
		;;
	esac
done <"$work/line"
[ -z "$since" ] || ends "$end" ''
if [ $control_ms -gt 0 ]; then
	ok "$((control_ms / 60000)) min $((control_ms / 1000 % 60)) s, dans des morceaux qui se suivent"
else
	none "le conseiller n’a jamais eu la main"
fi

# ---- seal, signature ------------------------------------------------------------------------------

item=seal
seal=
IFS= read -r seal <seal.json
hash_file journal.jsonl
journal=$hash
hash_file "$work/list"
recording=$hash
build=${seal#*\"build\":\"}
build=${build%%\",\"chunks\":*}
[ -n "$ended" ] || field "$seal" reason
[ -n "$ended" ] || reason=$value
wall=${seal##*:}
wall=${wall%\}}
hash_text "{\"agent_head\":\"$agent_head\",\"agent_lines\":$agent_lines,\"build\":\"$build\",\"chunks\":$chunks,\"journal\":\"$journal\",\"journal_head\":\"$journal_head\",\"journal_lines\":$journal_lines,\"key\":\"$key\",\"reason\":\"$reason\",\"recording\":\"$recording\",\"session\":\"$session\",\"v\":1,\"wall_ms\":$wall}$lf"
said=$hash
hash_file seal.json
is_number "$wall" && [ "$hash" = "$said" ] || bad seal.json "le scellé n’est pas ce que disent les fichiers"
well_formed "$seal" 8 || bad seal.json "ce n’est pas un scellé"
case $build$reason in *[!\ -~]* | *'\'*) bad seal.json "ce n’est pas un scellé" ;; esac
clean "$build"
ok "conforme aux fichiers ($shown)"

# trusted NAME FILE : le certificat de la preuve est, à l’octet près, celui auquel vous faites confiance
trusted() {
	[ -z "$2" ] && return
	[ -f "$2" ] || unreadable "je ne peux pas lire $2"
	hash_file "$2"
	said=$hash
	hash_file "$1"
	[ "$hash" = "$said" ] || bad "$1" "ce n’est pas le certificat auquel vous faites confiance"
}

# cms SIGNATURE TEXT : signature CAdES d’un certificat de root.crt
cms() {
	is_cms "$1" || bad "$1" "ce n’est pas une signature CMS"
	trusted root.crt "$root"
	openssl cms -verify -cades -binary -inform DER -in "$1" -content "$2" -CAfile root.crt -no-CApath -no-CAstore -no_check_time \
		-signer "$work/signer" -out /dev/null >/dev/null 2>&1 && one_signer "$work/signer" && is_issued "$work/signer" || bad "$1" "ce n’est pas une signature de $2 par le notaire de root.crt"
}

# certificates FILE COMMAND : appelle COMMAND pour chaque certificat, dans work/one
certificates() {
	pem=
	while IFS= read -r line; do
		case $line in
		-----BEGIN*) pem=$line$lf ;;
		-----END*)
			printf '%s%s\n' "$pem" "$line" >"$work/one"
			"$2" || return
			;;
		*) pem=$pem$line$lf ;;
		esac
	done <"$1"
}

other_than_leaf() { [ "$(openssl x509 -in "$work/one" -outform DER 2>/dev/null | sha256sum)" != "$leaf" ]; }
other_than_notary() { [ "$(openssl x509 -in "$work/one" -noout -pubkey 2>/dev/null | sha256sum)" != "$notary" ]; }

# is_issued CERT : ce n’est pas lui-même une racine
is_issued() {
	leaf=$(openssl x509 -in "$1" -outform DER | sha256sum)
	certificates root.crt other_than_leaf
}

item=signature
cms seal.p7s seal.json
ok "le notaire a signé le scellé"

# ---- log ------------------------------------------------------------------------------------------

# lonely : un nœud sans voisin à droite monte tel quel ; de quel côté se tient le prochain voisin, dans $side (RFC 9162)
lonely() {
	while [ $last -gt 0 ] && [ $place -eq $last ] && [ $((place % 2)) -eq 0 ]; do
		place=$((place / 2))
		last=$((last / 2))
	done
	if [ $((place % 2)) -eq 1 ]; then side=left; else side=right; fi
}

# Une inscription, son rang, son chemin : la ligne suivante est déjà lue dans $line.
entry() { # entry EVENT HASH
	text=${line#entry }
	number "$text" n
	of=$value
	number "$text" wall_ms
	[ "$text" = "{\"event\":\"$1\",\"hash\":\"$2\",\"n\":$of,\"session\":\"$session\",\"wall_ms\":$value}" ] && [ "$text" != "$line" ] ||
		bad inclusion.txt "l’inscription « $1 » n’est pas celle de cette assistance"
	is_number "$of" && [ "$of" -lt "$size" ] || bad inclusion.txt "le rang de cette inscription n’est pas le sien"
	IFS= read -r line <&3 && [ "$line" = "index $of" ] || bad inclusion.txt "le rang de cette inscription n’est pas le sien"
	h=$({ printf '\000'; printf '%s' "$text"; } | sha256sum)
	h=${h%% *}
	place=$of
	last=$((size - 1))
	while line=; IFS= read -r line <&3; do
		case $line in left\ * | right\ *) ;; *) break ;; esac
		lonely
		is_hex "${line#* }" 64 && [ $last -gt 0 ] && [ "${line%% *}" = "$side" ] ||
			bad inclusion.txt "ce pas ne monte pas vers la racine du registre"
		place=$((place / 2))
		last=$((last / 2))
		case $line in
		left*) h=$(printf '01%s%s' "${line#* }" "$h" | xxd -r -p | sha256sum) ;;
		right*) h=$(printf '01%s%s' "$h" "${line#* }" | xxd -r -p | sha256sum) ;;
		esac
		h=${h%% *}
	done
	lonely
	[ $last -eq 0 ] && [ "$h" = "$tree" ] || bad inclusion.txt "le chemin ne mène pas à la racine de checkpoint.txt"
}

item=log
{ IFS= read -r magic; IFS= read -r log; IFS= read -r size; IFS= read -r tree; IFS= read -r wall; } <checkpoint.txt
hash_file checkpoint.txt
said=$hash
hash_text "guichet-log 1$lf$log$lf$size$lf$tree$lf$wall$lf"
[ "$hash" = "$said" ] && [ -n "$log" ] && [ ${#log} -le 64 ] && is_number "$size" && is_hex "$tree" 64 && is_number "$wall" ||
	bad checkpoint.txt "ce n’est pas un point de contrôle du registre"
exec 3<inclusion.txt
IFS= read -r line <&3 && [ "$line" = 'guichet-inclusion 1' ] || bad inclusion.txt "ce fichier ne commence pas par « guichet-inclusion 1 »"
IFS= read -r line <&3 || line=
# shellcheck disable=SC2154
entry opened "$line_0"
hash_file seal.json
seal_hash=$hash
entry sealed "$seal_hash"
# Après le dernier pas, rien : ni ligne vide, ni bout de ligne, ni octet nul.
[ -z "$line" ] && [ "$(xxd -p -s -1 inclusion.txt)" = 0a ] && [ "$(xxd -p -s -2 -l 1 inclusion.txt)" != 0a ] ||
	bad inclusion.txt "il y a quelque chose après le second chemin"
cms checkpoint.p7s checkpoint.txt
ok "ouverture et scellé inscrits parmi $size"

# ---- time, after, content -------------------------------------------------------------------------

item=time
if [ -f checkpoint.tsr ]; then
	[ -f tsa.crt ] || bad tsa.crt "ce fichier manque"
	trusted tsa.crt "$tsa"
	hash_file checkpoint.tsr
	said=$hash
	openssl ts -reply -in checkpoint.tsr -out "$work/tsr" >/dev/null 2>&1 && hash_file "$work/tsr" && [ "$hash" = "$said" ] &&
		openssl ts -reply -in checkpoint.tsr -text >"$work/text" 2>/dev/null &&
		openssl ts -verify -data checkpoint.txt -in checkpoint.tsr -CAfile tsa.crt -no_check_time >/dev/null 2>&1 ||
		bad checkpoint.tsr "ce n’est pas un horodatage de checkpoint.txt par l’autorité de tsa.crt"
	notary=$(openssl x509 -in "$work/sealer" -noout -pubkey | sha256sum)
	openssl ts -reply -in checkpoint.tsr -token_out -out "$work/token" >/dev/null 2>&1 && is_plain "$work/token" && is_named_right "$work/token" id-smime-ct-TSTInfo && names_issuer "$work/token" ||
		bad checkpoint.tsr "ce n’est pas un horodatage de checkpoint.txt par l’autorité de tsa.crt"
	openssl pkcs7 -inform DER -in "$work/token" -print_certs >"$work/certs" 2>/dev/null && certificates "$work/certs" other_than_notary ||
		bad checkpoint.tsr "le notaire ne peut pas horodater lui-même"
	when=
	while IFS= read -r line; do
		case $line in 'Time stamp: '*) when=${line#*: } ;; 'Hash Algorithm: '*) algorithm=${line#*: } ;; esac
	done <"$work/text"
	[ "${algorithm:-}" = sha256 ] || bad checkpoint.tsr "cet horodatage n’est pas sur SHA-256"
	ok "existait le $when"
else
	printf '%-7s %-9s  %s\n' attend $item "attend l’horodatage"
fi

item=after
if [ -f after.jsonl ]; then
	chain after.jsonl "$seal_hash" after
	ok "$lines lignes, à la suite du scellé"
else
	none "rien n’a été noté après le scellé"
fi

item=content
if [ -f content.key ]; then
	value=
	IFS= read -r value <content.key
	hash_text "$value$lf"
	said=$hash
	hash_file content.key
	is_hex "$value" 64 && [ "$said" = "$hash" ] || bad content.key "ce n’est pas une clé"
	hash=$({ printf 'guichet/1 content key'; printf '%s' "$value" | xxd -r -p; } | sha256sum)
	[ "${hash%% *}" = "${key_check:-}" ] || bad content.key "ce n’est pas la clé de cet enregistrement"
	ok "c’est la clé de cet enregistrement (les images : lecteur.html ou guichet-verify)"
else
	none "la clé n’est pas dans ce dossier : les images restent fermées"
fi

printf '\nÀ comparer avec ce que la banque publie :\n'
hash_file root.crt
printf 'root.crt  SHA-256 %s\n' "$hash"
[ ! -f tsa.crt ] || { hash_file tsa.crt; printf 'tsa.crt   SHA-256 %s\n' "$hash"; }
