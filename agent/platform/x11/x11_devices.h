#ifndef X11_DEVICES_H
#define X11_DEVICES_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/platform/x11/x11_display.h"

/**
 * x11_devices: tells a person's mouse or keyboard from the server's test devices (S16, S17).
 *
 * What XTEST injects comes from slave devices that carry the property "XTEST Device"; everything
 * else that is a slave is taken for a hand. A device that nobody can describe is not physical.
 */
struct x11_devices;

struct x11_devices *x11_devices_new(struct x11_display *d);
void x11_devices_free(struct x11_devices *t);
/** Remembered answer, for each raw event. `id` is the event's source device. */
bool x11_devices_is_physical(struct x11_devices *t, uint16_t id);
/** Asks the server anew, for a click that grants something. */
bool x11_devices_is_physical_now(struct x11_devices *t, uint16_t id);
/** Devices came or went: forget the remembered answers. */
void x11_devices_forget(struct x11_devices *t);

#endif
