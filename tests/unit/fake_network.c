/* The rest of agent/platform.h for tests of the agent's core: no network, no loop, a timer that is written down. */
#include "fake_platform.h"

uint32_t fake_timer_ms;

enum err platform_open(const struct platform_events *events, void *arg, struct platform **out)
{
	(void)events;
	(void)arg;
	*out = fake_platform();
	return OK;
}

void platform_close(struct platform *p)
{
	(void)p;
}

void platform_run(struct platform *p)
{
	(void)p;
}

void platform_quit(struct platform *p)
{
	(void)p;
}

void platform_timer(struct platform *p, uint32_t delay_ms)
{
	(void)p;
	fake_timer_ms = delay_ms;
}

const char *platform_name(void)
{
	return "fake";
}

bool platform_http_proxy(const char *host, char *proxy_host, size_t size, uint16_t *port)
{
	(void)host;
	(void)proxy_host;
	(void)size;
	(void)port;
	return false;
}

enum err platform_connect(struct platform *p, const char *host, uint16_t port, struct platform_socket **out)
{
	(void)p;
	(void)host;
	(void)port;
	*out = NULL;
	return ERR_IO;
}

enum err platform_send(struct platform_socket *s, const void *buf, size_t len, size_t *done)
{
	(void)s;
	(void)buf;
	(void)len;
	*done = 0;
	return ERR_IO;
}

enum err platform_recv(struct platform_socket *s, void *buf, size_t size, size_t *done)
{
	(void)s;
	(void)buf;
	(void)size;
	*done = 0;
	return ERR_IO;
}

void platform_disconnect(struct platform_socket *s)
{
	(void)s;
}
