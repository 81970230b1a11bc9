/* Records and handshake messages of TLS 1.2, as far as their lengths go (RFC 5246 §6.2.1 and §7.4). */
#include "records.h"

#include <stdio.h>

enum { CHANGE_CIPHER_SPEC = 20, HANDSHAKE = 22 };
/* What AES-GCM adds: 8 bytes of nonce, 16 of tag (RFC 5288 §3). */
enum { GCM_BYTES = 24 };

static int begin_record(struct records *records);
static int read_message(struct records *records, unsigned char byte);

int records_read(struct records *records, const unsigned char *bytes, size_t length) {
  for (size_t at = 0; at < length; at += 1) {
    if (records->header_read < sizeof records->header) {
      records->header[records->header_read++] = bytes[at];
      if (records->header_read == sizeof records->header && begin_record(records) != 0) return -1;
      continue;
    }
    if (records->header[0] == HANDSHAKE && !records->encrypted && read_message(records, bytes[at]) != 0) return -1;
    records->left -= 1;
    if (records->left > 0) continue;
    if (records->header[0] == CHANGE_CIPHER_SPEC) records->encrypted = 1;
    records->header_read = 0;
  }
  return 0;
}

static int begin_record(struct records *records) {
  size_t length = (size_t)records->header[3] << 8 | records->header[4];
  size_t added = records->encrypted && length >= GCM_BYTES ? GCM_BYTES : 0;
  records->left = length;
  if (length == 0) records->header_read = 0;
  if (!records->quiet)
    printf("{\"event\":\"record\",\"type\":%u,\"bytes\":%zu}\n", records->header[0], length - added);
  return length - added > MOST_CONTENT ? -1 : 0;
}

static int read_message(struct records *records, unsigned char byte) {
  if (records->message_left > 0) {
    records->message_left -= 1;
    return 0;
  }
  records->message[records->message_read++] = byte;
  if (records->message_read < sizeof records->message) return 0;
  records->message_read = 0;
  records->message_left =
      (size_t)records->message[1] << 16 | (size_t)records->message[2] << 8 | records->message[3];
  if (!records->quiet)
    printf("{\"event\":\"handshake\",\"type\":%u,\"bytes\":%zu}\n", records->message[0],
           records->message_left + sizeof records->message);
  /* This byte of the record is counted after it was read. */
  return records->message_left > records->left - 1 ? -1 : 0;
}
