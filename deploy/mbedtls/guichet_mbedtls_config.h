/*
 * What the agent compiles of mbedTLS 3.6: a TLS client and the few primitives of its own layer, nothing else.
 * Does not hold any server side, resumption, renegotiation, DTLS, file access, sockets or debugging output.
 * Selected with -DMBEDTLS_CONFIG_FILE="guichet_mbedtls_config.h"; no other configuration is read.
 * Sources: S9 (one origin), S22 (TLS 1.2/1.3, end-to-end layer), S28 (evidence key); the macros are explained in
 * include/mbedtls/mbedtls_config.h of mbedTLS.
 */
#ifndef GUICHET_MBEDTLS_CONFIG_H
#define GUICHET_MBEDTLS_CONFIG_H

/* System: assembly where there is some, a clock that knows the date (validity of certificates). The library opens no
 * file and no socket: bytes come and go through the two callbacks of the caller. One thread only: no locks. */
#define MBEDTLS_HAVE_ASM
#define MBEDTLS_HAVE_TIME
#define MBEDTLS_HAVE_TIME_DATE
#define MBEDTLS_PLATFORM_C
#define MBEDTLS_VERSION_C
#define MBEDTLS_ERROR_C
#define MBEDTLS_DEPRECATED_REMOVED

/* Random numbers: the system's source into CTR_DRBG (AES-256). */
#define MBEDTLS_ENTROPY_C
#define MBEDTLS_CTR_DRBG_C

/* Digests: SHA-2 only (SHA-384 for the suites and certificates of that strength), HMAC and HKDF over them. */
#define MBEDTLS_MD_C
#define MBEDTLS_SHA256_C
/* SHA-1 only for Sec-WebSocket-Accept (RFC 6455 section 4.1), never for a signature. */
#define MBEDTLS_SHA1_C
#define MBEDTLS_SHA384_C
#define MBEDTLS_SHA512_C
#define MBEDTLS_HKDF_C

/* Ciphers: authenticated ones only. No CBC, no CCM. */
#define MBEDTLS_AES_C
#define MBEDTLS_AESNI_C
#define MBEDTLS_AESCE_C
#define MBEDTLS_GCM_C
#define MBEDTLS_CHACHA20_C
#define MBEDTLS_POLY1305_C
#define MBEDTLS_CHACHAPOLY_C
#define MBEDTLS_CIPHER_C

/* Elliptic curves: P-256 and P-384. ECDH and ECDSA are also called raw (P-256) by the end-to-end layer and for signed
 * grants. */
#define MBEDTLS_BIGNUM_C
#define MBEDTLS_ECP_C
#define MBEDTLS_ECP_DP_SECP256R1_ENABLED
#define MBEDTLS_ECP_DP_SECP384R1_ENABLED
#define MBEDTLS_ECP_NIST_OPTIM
#define MBEDTLS_ECDH_C
#define MBEDTLS_ECDSA_C

/* RSA: checking certificates (PKCS#1 v1.5 and PSS) and encrypting to the evidence key (OAEP). */
#define MBEDTLS_RSA_C
#define MBEDTLS_PKCS1_V15
#define MBEDTLS_PKCS1_V21

/* Keys and formats: public keys in and out, PEM as the profile carries it, base64. */
#define MBEDTLS_ASN1_PARSE_C
#define MBEDTLS_ASN1_WRITE_C
#define MBEDTLS_OID_C
#define MBEDTLS_PK_C
#define MBEDTLS_PK_PARSE_C
#define MBEDTLS_PK_WRITE_C
#define MBEDTLS_BASE64_C
#define MBEDTLS_PEM_PARSE_C
#define MBEDTLS_PEM_WRITE_C

/* X.509: parsing and checking a chain up to the authority of the profile. */
#define MBEDTLS_X509_USE_C
#define MBEDTLS_X509_CRT_PARSE_C
#define MBEDTLS_X509_RSASSA_PSS_SUPPORT

/* TLS: client, 1.2 and 1.3, always with a certificate and an ephemeral key; host name and ALPN in the hello. The
 * compatibility mode of 1.3 is for the middle boxes of home routers and banks. */
#define MBEDTLS_SSL_TLS_C
#define MBEDTLS_SSL_CLI_C
#define MBEDTLS_SSL_PROTO_TLS1_2
#define MBEDTLS_SSL_PROTO_TLS1_3
#define MBEDTLS_SSL_TLS1_3_COMPATIBILITY_MODE
#define MBEDTLS_SSL_TLS1_3_KEY_EXCHANGE_MODE_EPHEMERAL_ENABLED
#define MBEDTLS_KEY_EXCHANGE_ECDHE_ECDSA_ENABLED
#define MBEDTLS_KEY_EXCHANGE_ECDHE_RSA_ENABLED
#define MBEDTLS_SSL_EXTENDED_MASTER_SECRET
#define MBEDTLS_SSL_KEEP_PEER_CERTIFICATE
#define MBEDTLS_SSL_SERVER_NAME_INDICATION
#define MBEDTLS_SSL_ALPN

/* PSA: TLS 1.3 computes with it. Keys live in memory only; the blocks above say which algorithms exist. The caller
 * calls psa_crypto_init() before the first handshake. */
#define MBEDTLS_PSA_CRYPTO_C

#endif
