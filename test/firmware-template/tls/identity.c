/*
 * Reads PEM as the client does (mbed-client-mbed-tls, m2mconnectionsecuritypimpl.cpp, init): of several certificates
 * those that cannot be read are passed over, and it gives up where none is left.
 *
 * The board's Mbed TLS is built without RSA and with two curves, so that it cannot read others; Debian's can, and is
 * held back here.
 */
#include "identity.h"

#include <stdlib.h>
#include <string.h>

#include <mbedtls/ecp.h>
#include <mbedtls/version.h>

#include "board-credentials.h"

#ifndef MBEDTLS_PRIVATE
#define MBEDTLS_PRIVATE(member) member
#endif

static int read_certificates(mbedtls_x509_crt *chain, struct pem pem);
static int read_key(mbedtls_pk_context *key, struct pem pem, random_source random, void *source);
static int is_on_board_curve(const mbedtls_pk_context *key);
static unsigned char *with_nul(struct pem pem);

const char *identity_read(struct identity *identity, random_source random, void *source) {
  if (read_certificates(&identity->trusted, board_server_cert) != 0) return "SERVER_CERT";
  if (read_certificates(&identity->own, board_cert) != 0) return "CERT";
  return read_key(&identity->key, board_key, random, source) == 0 ? NULL : "KEY";
}

static int read_certificates(mbedtls_x509_crt *chain, struct pem pem) {
  mbedtls_x509_crt all;
  unsigned char *text = with_nul(pem);
  mbedtls_x509_crt_init(&all);
  mbedtls_x509_crt_init(chain);
  int result = mbedtls_x509_crt_parse(&all, text, pem.length + 1);
  int taken = 0;
  for (mbedtls_x509_crt *one = &all; result >= 0 && one != NULL; one = one->next) {
    if (!is_on_board_curve(&one->pk) || one->MBEDTLS_PRIVATE(sig_pk) != MBEDTLS_PK_ECDSA) continue;
    if (mbedtls_x509_crt_parse_der(chain, one->raw.p, one->raw.len) == 0) taken += 1;
  }
  mbedtls_x509_crt_free(&all);
  free(text);
  return taken > 0 ? 0 : -1;
}

static int read_key(mbedtls_pk_context *key, struct pem pem, random_source random, void *source) {
  unsigned char *text = with_nul(pem);
  mbedtls_pk_init(key);
#if MBEDTLS_VERSION_MAJOR >= 3
  int result = mbedtls_pk_parse_key(key, text, pem.length + 1, NULL, 0, random, source);
#else
  (void)random, (void)source;
  int result = mbedtls_pk_parse_key(key, text, pem.length + 1, NULL, 0);
#endif
  free(text);
  return result == 0 && is_on_board_curve(key) ? 0 : -1;
}

static int is_on_board_curve(const mbedtls_pk_context *key) {
  if (mbedtls_pk_get_type(key) != MBEDTLS_PK_ECKEY) return 0;
  mbedtls_ecp_group_id id = mbedtls_pk_ec(*key)->MBEDTLS_PRIVATE(grp).id;
  return id == MBEDTLS_ECP_DP_SECP256R1 || id == MBEDTLS_ECP_DP_SECP384R1;
}

/* Mbed TLS reads PEM with the NUL that ends it, which the client's TLS puts back. */
static unsigned char *with_nul(struct pem pem) {
  unsigned char *text = calloc(pem.length + 1, 1);
  if (text == NULL) abort();
  return memcpy(text, pem.text, pem.length);
}
