/* What a security.h told the board, as the client hands it on: lengths without the NUL that ends a string. */
#ifndef BOARD_CREDENTIALS_H
#define BOARD_CREDENTIALS_H

#include <stddef.h>

struct pem {
  const unsigned char *text;
  size_t length;
};

extern const char *const board_domain;
extern const char *const board_endpoint;
/* The address that main() would connect to. */
extern const char *const board_server_address;
extern const struct pem board_server_cert;
extern const struct pem board_cert;
extern const struct pem board_key;

#endif
