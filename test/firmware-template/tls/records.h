/*
 * Reads along with what goes one way, and holds it against the board's buffers: MBEDTLS_SSL_MAX_CONTENT_LEN is 2048 in
 * its configuration, for both ways, and Mbed TLS 2 wants each handshake message whole in one record.
 */
#ifndef RECORDS_H
#define RECORDS_H

#include <stddef.h>

enum { MOST_CONTENT = 2048 };

struct records {
  /* Nothing is printed of what the board sends itself. */
  int quiet;
  unsigned char header[5];
  size_t header_read;
  /* Bytes of the record that are still to come. */
  size_t left;
  /* A ChangeCipherSpec came: what follows is encrypted. */
  int encrypted;
  unsigned char message[4];
  size_t message_read;
  size_t message_left;
};

/* Prints a line for each record and handshake message that begins in the bytes; -1 if the board has no room for one. */
int records_read(struct records *records, const unsigned char *bytes, size_t length);

#endif
