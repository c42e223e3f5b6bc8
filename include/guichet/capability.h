#ifndef GUICHET_CAPABILITY_H
#define GUICHET_CAPABILITY_H

/**
 * capability: what an advisor may be allowed to do (S12, S13).
 *
 * Each is one prompt, one click, one grant and one revocation. CAP_NONE marks messages that have
 * no effect on the customer's computer.
 */
enum capability {
	CAP_NONE,
	CAP_VIEW,    /* « voir »: the picture of the screen */
	CAP_POINT,   /* « montrer »: a pointer and frames drawn over the screen; injects nothing */
	CAP_CONTROL, /* « agir »: mouse, text and keys */
	CAP_COUNT,
	/* Only in ceilings: files are asked one by one, each with a click of its own (docs/PROTOCOL.md 10). */
	CAP_FILES = CAP_COUNT,
};

/** Bit of `cap` in a ceiling, a set of capabilities. */
#define CAP_BIT(cap) (1u << (cap))

#endif
