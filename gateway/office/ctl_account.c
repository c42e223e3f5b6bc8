/* Accounts: advisors and officers. */
#include <stdio.h>
#include <string.h>

#include "common/json.h"
#include "gateway/office/ctl.h"

enum { PASSWORD_ROOM = 256 };

/* The two kinds of account, as the notary and people call them. */
static const struct kind {
	const char *word, *add, *french;
} advisor = { "advisor", "advisor_add", "Conseiller" }, officer = { "officer", "officer_add", "Membre du bureau" };

static int done(cJSON *answer, const struct kind *kind, const char *what, const char *name)
{
	if (!answer)
		return CTL_FAILED;
	cJSON_Delete(answer);
	printf("%s %s : %s\n", kind->french, what, name);
	return CTL_DONE;
}

static cJSON *account(const char *name, const struct ctl_options *o, const char *password)
{
	cJSON *f = cJSON_CreateObject();

	if (cJSON_AddStringToObject(f, "name", name) && cJSON_AddStringToObject(f, "display", o->display) &&
			cJSON_AddStringToObject(f, "password", password) &&
			(!o->role || cJSON_AddStringToObject(f, "role", o->role)))
		return f;
	cJSON_Delete(f);
	return NULL;
}

static int add(const struct kind *kind, const struct ctl_options *o, const char *name)
{
	char password[PASSWORD_ROOM];
	cJSON *fields;

	if (ctl_secret(o->password_file, "Mot de passe : ", 1, password, sizeof(password)))
		return CTL_FAILED;
	fields = account(name, o, password);
	explicit_bzero(password, sizeof(password));
	return done(ctl_ask(o, kind->add, fields, NULL, NULL), kind, "créé", name);
}

static int set(const struct kind *kind, const struct ctl_options *o, const char *name, int on)
{
	cJSON *f = cJSON_CreateObject();

	cJSON_AddStringToObject(f, "kind", kind->word);
	cJSON_AddStringToObject(f, "name", name);
	cJSON_AddNumberToObject(f, "on", on);
	return done(ctl_ask(o, "account_set", f, NULL, NULL), kind, on ? "admis de nouveau" : "suspendu, ses connexions fermées",
			name);
}

static void print_accounts(const cJSON *accounts)
{
	const cJSON *a;

	cJSON_ArrayForEach(a, accounts)
		printf("%-20s %-12s %-9s %s\n", json_string(a, "name"), json_string(a, "role"),
				cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(a, "disabled")) ? "suspendu" : "admis",
				json_string(a, "display"));
}

static int list(const struct kind *kind, const struct ctl_options *o)
{
	char after[65] = "";

	do {
		cJSON *f = cJSON_CreateObject(), *answer;
		const char *next;

		cJSON_AddStringToObject(f, "kind", kind->word);
		cJSON_AddStringToObject(f, "after", after);
		answer = ctl_ask(o, "account_list", f, NULL, NULL);
		if (!answer)
			return CTL_FAILED;
		print_accounts(cJSON_GetObjectItemCaseSensitive(answer, "accounts"));
		next = json_string(answer, "next");
		snprintf(after, sizeof(after), "%s", next ? next : "");
		cJSON_Delete(answer);
	} while (after[0]);
	return CTL_DONE;
}

int ctl_advisor_add(const struct ctl_options *o, char **words)
{
	if (!o->display || o->role)
		return ctl_fail(o->role ? "un conseiller n’a pas de --role" : "--display manque"), CTL_USAGE;
	return add(&advisor, o, words[0]);
}

int ctl_officer_add(const struct ctl_options *o, char **words)
{
	if (!o->display || !o->role)
		return ctl_fail(o->display ? "--role compliance ou --role operator manque" : "--display manque"), CTL_USAGE;
	return add(&officer, o, words[0]);
}

int ctl_advisor_disable(const struct ctl_options *o, char **words)
{
	return set(&advisor, o, words[0], 0);
}

int ctl_advisor_enable(const struct ctl_options *o, char **words)
{
	return set(&advisor, o, words[0], 1);
}

int ctl_officer_disable(const struct ctl_options *o, char **words)
{
	return set(&officer, o, words[0], 0);
}

int ctl_officer_enable(const struct ctl_options *o, char **words)
{
	return set(&officer, o, words[0], 1);
}

int ctl_advisor_list(const struct ctl_options *o, char **words)
{
	(void)words;
	return list(&advisor, o);
}

int ctl_officer_list(const struct ctl_options *o, char **words)
{
	(void)words;
	return list(&officer, o);
}
