/* What a board proves itself with, and what it trusts, as its TLS reads them. */
#ifndef IDENTITY_H
#define IDENTITY_H

#include <mbedtls/pk.h>
#include <mbedtls/x509_crt.h>

/* What Mbed TLS takes random bytes from. */
typedef int (*random_source)(void *source, unsigned char *bytes, size_t length);

struct identity {
  mbedtls_x509_crt trusted;
  mbedtls_x509_crt own;
  mbedtls_pk_context key;
};

/* Reads what security.h has. The name of what the board could not read, NULL if it could read all. */
const char *identity_read(struct identity *identity, random_source random, void *source);

#endif
