#include "common/err.h"

const char *err_name(enum err e)
{
	switch (e) {
	case OK:
		return "ok";
	case ERR_NOMEM:
		return "nomem";
	case ERR_MALFORMED:
		return "malformed";
	case ERR_FORBIDDEN:
		return "forbidden";
	case ERR_IO:
		return "io";
	case ERR_AGAIN:
		return "again";
	case ERR_CRYPTO:
		return "crypto";
	}
	return "unknown";
}
