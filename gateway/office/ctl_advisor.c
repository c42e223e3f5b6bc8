#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "common/json.h"
#include "gateway/ipc/notary_client.h"
#include "gateway/office/ctl.h"

enum { ANSWER_MS = 15000, PASSWORD_ROOM = 256 };

/* What the notary's words mean to an operator. */
static const struct {
	const char *word, *text;
} refusals[] = {
	{ "exists",   "ce conseiller existe déjà" },
	{ "name",     "le nom n'admet que a-z 0-9 . _ - (64 au plus)" },
	{ "display",  "le nom affiché doit avoir de 1 à 256 octets" },
	{ "password", "le mot de passe doit avoir de 8 à 128 octets" },
	{ "busy",     "le notaire est occupé, recommencez" },
};

static const char *text_of(const char *word)
{
	for (size_t i = 0; word && i < sizeof(refusals) / sizeof(*refusals); i++)
		if (strcmp(refusals[i].word, word) == 0)
			return refusals[i].text;
	return word ? word : "réponse incompréhensible";
}

static int fail(const char *why)
{
	fprintf(stderr, "guichetctl : %s\n", why);
	return CTL_FAILED;
}

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

static bool ask_twice(char *out, int room)
{
	char again[PASSWORD_ROOM];
	FILE *tty = fopen("/dev/tty", "r+e");
	bool is_same;

	if (!tty)
		return false;
	is_same = ask(tty, "Mot de passe : ", out, room) && ask(tty, "Encore une fois : ", again, sizeof(again)) &&
		  strcmp(out, again) == 0;
	explicit_bzero(again, sizeof(again));
	fclose(tty);
	return is_same;
}

static cJSON *request_of(const char *name, const char *display, const char *password)
{
	cJSON *o = cJSON_CreateObject();

	if (cJSON_AddStringToObject(o, "name", name) && cJSON_AddStringToObject(o, "display", display) &&
			cJSON_AddStringToObject(o, "password", password))
		return o;
	cJSON_Delete(o);
	return NULL;
}

static int report(const cJSON *answer, const char *name)
{
	if (!cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(answer, "ok")))
		return fail(text_of(json_string(answer, "error")));
	printf("Conseiller créé : %s\n", name);
	return CTL_DONE;
}

static int send_request(const char *socket, cJSON *request, const char *name)
{
	struct notary_client *c;
	cJSON *answer = NULL;
	int code;

	if (notary_client_open(socket, &c)) {
		cJSON_Delete(request);
		return fail("le notaire ne répond pas à cette prise");
	}
	if (notary_client_ask(c, "advisor_add", request, ANSWER_MS, &answer))
		code = fail("le notaire n'a pas répondu");
	else
		code = report(answer, name);
	cJSON_Delete(answer);
	notary_client_close(c);
	return code;
}

int ctl_advisor_add(const struct ctl_options *o, char **words)
{
	char password[PASSWORD_ROOM];
	cJSON *request;
	bool is_read;

	if (!o->display || !o->socket)
		return fail(o->socket ? "--display manque" : "--socket ou --config (ctl_socket) manque"), CTL_USAGE;
	is_read = o->password_file ? read_file(o->password_file, password, sizeof(password)) :
				     ask_twice(password, sizeof(password));
	if (!is_read)
		return fail(o->password_file ? "le fichier du mot de passe est illisible" :
					       "pas de mot de passe, ou deux mots de passe différents");
	request = request_of(words[0], o->display, password);
	explicit_bzero(password, sizeof(password));
	return request ? send_request(o->socket, request, words[0]) : fail("mémoire insuffisante");
}
