#ifndef SIGNED_H
#define SIGNED_H

#include "gateway/office/verify/inside.h"

/**
 * signed: signatures of the notary and the roots behind them, for the items that need one. For this folder only.
 */

/** The roots in a file of the bundle, which must be among `trusted` unless that is NULL. X509_STORE_free() them. */
enum err signed_roots(struct verify *v, const char *name, const uint8_t *trusted, size_t trusted_len, X509_STORE **out);
/** `cms`, read from the file `signature`, must be one of the file `text` by a certificate of root.crt. */
enum err signed_by_root(struct verify *v, CMS_ContentInfo *cms, const char *signature, const char *text);

#endif
