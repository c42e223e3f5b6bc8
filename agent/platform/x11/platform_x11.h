#ifndef PLATFORM_X11_H
#define PLATFORM_X11_H

#include "agent/platform.h"

/** platform_x11: what the files of this folder call back. */

/** The socket can go on, or has failed. */
void x11_platform_on_socket(struct platform *p, struct platform_socket *s);

#endif
