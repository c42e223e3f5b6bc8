#include <ctype.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "common/bytes.h"
#include "common/json.h"
#include "gateway/ipc/notary_client.h"
#include "gateway/office/ctl.h"

enum { ANSWER_MS = 60000, NAME_MAX_LETTERS = 32, SESSION_DIGITS = 32, SECRET_ROOM = 256 };

/* What the notary's words mean to an operator. */
static const struct {
	const char *word, *text;
} refusals[] = {
	{ "exists",    "ce nom existe déjà" },
	{ "unknown",   "personne ne porte ce nom" },
	{ "name",      "le nom n’admet que a-z 0-9 . _ - (64 au plus)" },
	{ "display",   "le nom affiché doit avoir de 1 à 256 octets" },
	{ "role",      "le rôle est compliance ou operator" },
	{ "password",  "le mot de passe doit avoir de 8 à 128 octets" },
	{ "busy",      "le notaire est occupé, recommencez" },
	{ "session",   "il n’y a pas de session de ce numéro" },
	{ "open",      "la session n’est pas encore scellée" },
	{ "hold",      "un gel s’y oppose : la session ne peut pas être effacée" },
	{ "same",      "c’est déjà ainsi, ou la même personne ne peut pas demander et confirmer" },
	{ "asked",     "l’effacement a déjà été demandé par vous, ou ne l’a pas encore été par une autre personne" },
	{ "erased",    "la session est effacée" },
	{ "ground",    "--ground doit donner un motif (512 octets au plus)" },
	{ "text",      "le texte doit avoir de 1 à 4000 octets, sur une ligne" },
	{ "file",      "ce fichier n’existe pas pour cette session" },
	{ "evidence",  "la preuve ne peut pas être lue ou écrite, voir le journal du notaire" },
	{ "store",     "la base du notaire ne répond pas, voir le journal du notaire" },
	{ "malformed", "le notaire ne comprend pas cette demande" },
	{ "forbidden", "cette prise n’y donne pas droit" },
	{ "notary",    "le notaire ne répond pas" },
};

const char *ctl_text_of(const char *word)
{
	for (size_t i = 0; word && i < sizeof(refusals) / sizeof(*refusals); i++)
		if (strcmp(refusals[i].word, word) == 0)
			return refusals[i].text;
	return word ? word : "réponse incompréhensible";
}

int ctl_fail(const char *why)
{
	fprintf(stderr, "guichetctl : %s\n", why);
	return CTL_FAILED;
}

/* One of the words above, which lives as long as the program. */
static const char *keep_word(const char *word)
{
	for (size_t i = 0; word && i < sizeof(refusals) / sizeof(*refusals); i++)
		if (strcmp(refusals[i].word, word) == 0)
			return refusals[i].word;
	return "malformed";
}

static cJSON *ask_open(struct notary_client *c, const char *op, cJSON *fields, int *fd, const char **word)
{
	cJSON *answer = NULL;

	*word = "notary";
	if (notary_client_ask(c, op, fields, ANSWER_MS, &answer, fd))
		return NULL;
	if (cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(answer, "ok")))
		return answer;
	*word = keep_word(json_string(answer, "error"));
	cJSON_Delete(answer);
	return NULL;
}

cJSON *ctl_ask(const struct ctl_options *o, const char *op, cJSON *fields, int *fd, const char **word)
{
	struct notary_client *c = NULL;
	const char *why = "notary";
	cJSON *answer = NULL;

	if (fd)
		*fd = -1;
	if (!o->socket) {
		ctl_fail("--socket ou --config (ctl_socket) manque");
		cJSON_Delete(fields);
	} else if (!fields || notary_client_open(o->socket, &c)) {
		ctl_fail(fields ? "le notaire ne répond pas à cette prise" : "mémoire insuffisante");
		cJSON_Delete(fields);
	} else {
		answer = ask_open(c, op, fields, fd, &why);
		if (!answer && !word)
			ctl_fail(ctl_text_of(why));
	}
	if (word)
		*word = answer ? NULL : why;
	notary_client_close(c);
	return answer;
}

/* The notary takes small letters, digits and . _ - : anything else of a name becomes _. */
void ctl_name(char out[33])
{
	const char *sudo = geteuid() == 0 ? getenv("SUDO_USER") : NULL;
	const struct passwd *who = sudo && sudo[0] ? NULL : getpwuid(geteuid());
	const char *name = sudo && sudo[0] ? sudo : who ? who->pw_name : "inconnu";
	size_t i = 0;

	for (; name[i] && i < NAME_MAX_LETTERS; i++) {
		char c = (char)tolower((unsigned char)name[i]);
		out[i] = strchr("abcdefghijklmnopqrstuvwxyz0123456789._-", c) ? c : '_';
	}
	out[i] = '\0';
}

cJSON *ctl_who(void)
{
	cJSON *o = cJSON_CreateObject();
	char name[33];

	ctl_name(name);
	if (cJSON_AddStringToObject(o, "who", name))
		return o;
	cJSON_Delete(o);
	return NULL;
}

cJSON *ctl_who_session(const char *session)
{
	cJSON *o;

	if (!hex_is(session, SESSION_DIGITS)) {
		ctl_fail("une session a 32 chiffres hexadécimaux");
		return NULL;
	}
	o = ctl_who();
	if (cJSON_AddStringToObject(o, "session", session))
		return o;
	cJSON_Delete(o);
	return NULL;
}

/* ---- secrets ---- */

/* The first line, without its end. */
static bool read_line(FILE *f, char *out, int room)
{
	bool is_read = fgets(out, room, f) != NULL;

	out[is_read ? strcspn(out, "\r\n") : 0] = '\0';
	return is_read;
}

static bool read_file(const char *path, char *out, int room)
{
	FILE *f = fopen(path, "re");
	bool is_read = f && read_line(f, out, room);

	if (f)
		fclose(f);
	return is_read;
}

static bool ask(FILE *tty, const char *question, char *out, int room)
{
	struct termios before, silent;
	bool is_read;

	if (tcgetattr(fileno(tty), &before) < 0)
		return false;
	silent = before;
	silent.c_lflag &= ~(tcflag_t)ECHO;
	fputs(question, tty);
	fflush(tty);
	tcsetattr(fileno(tty), TCSAFLUSH, &silent);
	is_read = read_line(tty, out, room);
	tcsetattr(fileno(tty), TCSAFLUSH, &before);
	fputc('\n', tty);
	return is_read;
}

static bool ask_terminal(const char *question, bool is_new, char *out, int room)
{
	char again[SECRET_ROOM];
	FILE *tty = fopen("/dev/tty", "r+e");
	bool is_same;

	if (!tty)
		return false;
	is_same = ask(tty, question, out, room);
	if (is_same && is_new)
		is_same = ask(tty, "Encore une fois : ", again, sizeof(again)) && strcmp(out, again) == 0;
	explicit_bzero(again, sizeof(again));
	fclose(tty);
	return is_same;
}

int ctl_secret(const char *file, const char *question, int is_new, char *out, int room)
{
	out[0] = '\0';
	if (file ? read_file(file, out, room) : ask_terminal(question, is_new, out, room))
		return CTL_DONE;
	return ctl_fail(file ? "le fichier du mot de passe est illisible" :
			       "pas de mot de passe, ou deux mots de passe différents");
}
