#ifndef GUICHET_EVIDENCE_H
#define GUICHET_EVIDENCE_H

/**
 * How much evidence one session may make (docs/ARCHITECTURE.md "Limits"). Together they keep its bundle below what a
 * plain zip holds (gateway/office/bundle.c asserts it), so whatever was sealed can be handed out. The session ends,
 * `evidence`, when the *_SOON is reached; what is on its way meanwhile still fits below the limit.
 */
enum {
	EVIDENCE_LINE_MAX = 8192,         /* bytes of a line that the agent signs */
	EVIDENCE_LINES_MAX = 20000,       /* of them */
	EVIDENCE_LINES_SOON = EVIDENCE_LINES_MAX - 128,
	EVIDENCE_LINES_BYTES = 40 << 20,  /* in all of them */
	EVIDENCE_LINES_BYTES_SOON = EVIDENCE_LINES_BYTES - 128 * EVIDENCE_LINE_MAX,
	EVIDENCE_CHUNKS_MAX = 20000,      /* of the recording */
	EVIDENCE_CHUNKS_SOON = EVIDENCE_CHUNKS_MAX - 64,
	EVIDENCE_RECORDING_MB = 3072,     /* MiB in all of them */
	EVIDENCE_RECORDING_MB_SOON = EVIDENCE_RECORDING_MB - 64,
	EVIDENCE_JOURNAL_MB = 128,        /* MiB; above it live's own remarks are refused */
};

#endif
