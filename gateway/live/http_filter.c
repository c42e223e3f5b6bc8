#include "gateway/live/http_filter.h"

#include <string.h>
#include <strings.h>

#include "guichet/wire.h"

/* A browser's socket carries our Origin, an agent's carries none: a browser cannot pose as an
 * agent. */
static int check_upgrade(const struct http_head *h, const struct http_rules *rules)
{
	bool is_viewer = strcmp(h->path, "/conseiller/ws") == 0;
	bool is_agent = strcmp(h->path, "/agent") == 0;

	if (!h->upgrade || strcasecmp(h->upgrade, "websocket") != 0)
		return 426;
	if (strcmp(h->method, "GET") != 0 || h->content_length || (!is_viewer && !is_agent))
		return 400;
	if (!h->ws_version || strcmp(h->ws_version, "13") != 0)
		return 426;
	if (!h->ws_protocol ||
			strcmp(h->ws_protocol,
					is_viewer ? WIRE_SUBPROTOCOL_VIEWER
						  : WIRE_SUBPROTOCOL_AGENT) != 0)
		return 400;
	if (is_agent)
		return h->origin ? 403 : 0;
	return h->origin && strcmp(h->origin, rules->origin) == 0 ? 0 : 403;
}

int http_filter(const struct http_head *h, const struct http_rules *rules)
{
	int status = http_fence_request(h, rules);

	if (status)
		return status;
	if (h->is_upgrade || h->upgrade)
		return check_upgrade(h, rules);
	return http_fence_origin(h, rules);
}
