#ifndef GUICHET_WIRE_H
#define GUICHET_WIRE_H

/**
 * wire: the numbers of the frame that both legs carry (docs/PROTOCOL.md section 2).
 *
 * All integers are unsigned, in network byte order.
 */
enum {
	WIRE_VERSION = 1,            /* first byte of every frame; never an ASCII letter */
	WIRE_HEADER_LEN = 16,        /* bytes */
	WIRE_TAG_LEN = 16,           /* bytes of AES-256-GCM tag at the end of a sealed payload */
	WIRE_PAYLOAD_MAX = 65520,    /* bytes; header and payload fit one 64 KiB message */
	WIRE_FRAME_MAX = WIRE_HEADER_LEN + WIRE_PAYLOAD_MAX,
	WIRE_JSON_MAX = 8192,        /* bytes of a JSON payload */
	WIRE_PING_MS = 20000,        /* silence after which a side sends a ping */
	WIRE_DEAD_MS = 45000,        /* silence after which a link is dead */
	WIRE_RESUME_MS = 60000,      /* time a lost peer has to come back */
};

/** Bits of the header's flags field. */
enum wire_flag {
	WIRE_SEALED = 1u << 0, /* the payload is AES-256-GCM ciphertext and tag */
};

/** ALPN of the native agent link, sub-protocols of the two WebSockets. */
#define WIRE_ALPN "guichet/1"
#define WIRE_SUBPROTOCOL_VIEWER "guichet-viewer.1"
#define WIRE_SUBPROTOCOL_AGENT "guichet-agent.1"

#endif
