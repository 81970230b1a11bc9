/*
 * The TLS of a board, as a program of this machine: Mbed TLS with the settings that mbed-os-example-client builds it
 * with (mbedtls_mbed_client_config.h on top of mbed OS's) set at run time, and the credentials of a security.h.
 *
 *   board-client PORT        connects to 127.0.0.1
 *   stdin:  send HEX         one message, in one record
 *           close            close_notify, and end
 *   stdout: a JSON object a line, "event" first
 *
 * What the board's build leaves out is left out here by hand: dates (it has no clock), host names, RSA, other curves,
 * suites and versions, and records beyond its buffers. Source of the values: mbed-os-example-client,
 * mbedtls_mbed_client_config.h; mbed-client-mbed-tls, m2mconnectionsecuritypimpl.cpp.
 */
#include <arpa/inet.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/error.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/ssl.h>
#include <mbedtls/version.h>
#if MBEDTLS_VERSION_MAJOR >= 3
#include <psa/crypto.h>
#endif

#include "board-credentials.h"
#include "identity.h"
#include "records.h"

/* mbed-client, m2mconstants.h: BUFFER_LENGTH 1152, of which a read may fill all but one. */
enum { MOST_MESSAGE = 1151 };
enum { GIVE_UP_SECONDS = 25 };

struct board {
  int socket;
  struct records received;
  struct records sent;
  mbedtls_entropy_context entropy;
  mbedtls_ctr_drbg_context random;
  struct identity identity;
  mbedtls_ssl_config config;
  mbedtls_ssl_context ssl;
};

static const int SUITES[] = {MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
                             MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, 0};
static const mbedtls_x509_crt_profile PROFILE = {
    MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA224) | MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA256) |
        MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA384) | MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA512),
    MBEDTLS_X509_ID_FLAG(MBEDTLS_PK_ECKEY) | MBEDTLS_X509_ID_FLAG(MBEDTLS_PK_ECDSA),
    MBEDTLS_X509_ID_FLAG(MBEDTLS_ECP_DP_SECP256R1) | MBEDTLS_X509_ID_FLAG(MBEDTLS_ECP_DP_SECP384R1), 0};

static void load(struct board *board);
static void limit(mbedtls_ssl_config *config);
static void handshake(struct board *board, uint16_t port);
static void talk(struct board *board);
static int obey(struct board *board, const char *line);
static int receive(struct board *board);
static void check(int result, const char *what);

int main(int count, char **words) {
  static struct board board = {.sent = {.quiet = 1}};
  if (count != 2) return 2;
  setvbuf(stdout, NULL, _IOLBF, 0);
  /* Whatever hangs, no test leaves it behind. */
  alarm(GIVE_UP_SECONDS);
  printf("{\"event\":\"board\",\"domain\":\"%s\",\"endpoint\":\"%s\",\"server\":\"%s\"}\n", board_domain,
         board_endpoint, board_server_address);
  load(&board);
  handshake(&board, (uint16_t)atoi(words[1]));
  talk(&board);
  return 0;
}

static void load(struct board *board) {
  mbedtls_entropy_init(&board->entropy);
  mbedtls_ctr_drbg_init(&board->random);
#if MBEDTLS_VERSION_MAJOR >= 3
  psa_crypto_init();
#endif
  check(mbedtls_ctr_drbg_seed(&board->random, mbedtls_entropy_func, &board->entropy, NULL, 0), "seed");
  const char *unreadable = identity_read(&board->identity, mbedtls_ctr_drbg_random, &board->random);
  if (unreadable == NULL) return;
  printf("{\"event\":\"unreadable\",\"what\":\"%s\"}\n", unreadable);
  exit(1);
}

/* The board has no clock: dates are not built in (MBEDTLS_HAVE_TIME_DATE). */
static int ignore_dates(void *nothing, mbedtls_x509_crt *certificate, int depth, uint32_t *flags) {
  (void)nothing, (void)certificate, (void)depth;
  *flags &= ~(uint32_t)(MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_FUTURE);
  return 0;
}

static int send_bytes(void *context, const unsigned char *bytes, size_t length) {
  struct board *board = context;
  ssize_t sent = send(board->socket, bytes, length, MSG_NOSIGNAL);
  if (sent < 0) return MBEDTLS_ERR_NET_SEND_FAILED;
  return records_read(&board->sent, bytes, (size_t)sent) == 0 ? (int)sent : MBEDTLS_ERR_SSL_BUFFER_TOO_SMALL;
}

static int receive_bytes(void *context, unsigned char *bytes, size_t length) {
  struct board *board = context;
  ssize_t got = recv(board->socket, bytes, length, 0);
  if (got < 0) return MBEDTLS_ERR_NET_RECV_FAILED;
  return records_read(&board->received, bytes, (size_t)got) == 0 ? (int)got : MBEDTLS_ERR_SSL_INVALID_RECORD;
}

static void handshake(struct board *board, uint16_t port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  board->socket = socket(AF_INET, SOCK_STREAM, 0);
  int connected = connect(board->socket, (struct sockaddr *)&address, sizeof address);
  check(connected == 0 ? 0 : MBEDTLS_ERR_NET_CONNECT_FAILED, "connect");

  mbedtls_ssl_config_init(&board->config);
  mbedtls_ssl_init(&board->ssl);
  check(mbedtls_ssl_config_defaults(&board->config, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM,
                                    MBEDTLS_SSL_PRESET_DEFAULT),
        "defaults");
  limit(&board->config);
  mbedtls_ssl_conf_authmode(&board->config, MBEDTLS_SSL_VERIFY_REQUIRED);
  mbedtls_ssl_conf_verify(&board->config, ignore_dates, NULL);
  mbedtls_ssl_conf_ca_chain(&board->config, &board->identity.trusted, NULL);
  check(mbedtls_ssl_conf_own_cert(&board->config, &board->identity.own, &board->identity.key), "own");
  mbedtls_ssl_conf_rng(&board->config, mbedtls_ctr_drbg_random, &board->random);
  check(mbedtls_ssl_setup(&board->ssl, &board->config), "setup");
  /* It names no server, and compares no name. */
  check(mbedtls_ssl_set_hostname(&board->ssl, NULL), "host name");
  mbedtls_ssl_set_bio(&board->ssl, board, send_bytes, receive_bytes, NULL);

  int result = mbedtls_ssl_handshake(&board->ssl);
  uint32_t flags = mbedtls_ssl_get_verify_result(&board->ssl);
  if (result != 0) {
    printf("{\"event\":\"refused\",\"code\":\"-0x%04X\",\"flags\":%u}\n", (unsigned)-result,
           flags == UINT32_MAX ? 0 : flags);
    exit(1);
  }
  printf("{\"event\":\"connected\",\"version\":\"%s\",\"suite\":\"%s\"}\n", mbedtls_ssl_get_version(&board->ssl),
         mbedtls_ssl_get_ciphersuite(&board->ssl));
}

static void limit(mbedtls_ssl_config *config) {
  mbedtls_ssl_conf_min_version(config, MBEDTLS_SSL_MAJOR_VERSION_3, MBEDTLS_SSL_MINOR_VERSION_3);
  mbedtls_ssl_conf_max_version(config, MBEDTLS_SSL_MAJOR_VERSION_3, MBEDTLS_SSL_MINOR_VERSION_3);
  mbedtls_ssl_conf_ciphersuites(config, SUITES);
  mbedtls_ssl_conf_cert_profile(config, &PROFILE);
#if MBEDTLS_VERSION_MAJOR >= 3
  static const uint16_t groups[] = {MBEDTLS_SSL_IANA_TLS_GROUP_SECP384R1, MBEDTLS_SSL_IANA_TLS_GROUP_SECP256R1, 0};
  static const uint16_t signatures[] = {MBEDTLS_TLS1_3_SIG_ECDSA_SECP521R1_SHA512,
                                        MBEDTLS_TLS1_3_SIG_ECDSA_SECP384R1_SHA384,
                                        MBEDTLS_TLS1_3_SIG_ECDSA_SECP256R1_SHA256, MBEDTLS_TLS1_3_SIG_NONE};
  mbedtls_ssl_conf_groups(config, groups);
  mbedtls_ssl_conf_sig_algs(config, signatures);
#else
  static const mbedtls_ecp_group_id curves[] = {MBEDTLS_ECP_DP_SECP384R1, MBEDTLS_ECP_DP_SECP256R1,
                                                MBEDTLS_ECP_DP_NONE};
  static const int hashes[] = {MBEDTLS_MD_SHA512, MBEDTLS_MD_SHA384, MBEDTLS_MD_SHA256, MBEDTLS_MD_SHA224,
                               MBEDTLS_MD_NONE};
  mbedtls_ssl_conf_curves(config, curves);
  mbedtls_ssl_conf_sig_hashes(config, hashes);
#endif
}

/* Until the server, or who reads the test's words, has had enough. */
static void talk(struct board *board) {
  struct pollfd both[2] = {{.fd = board->socket, .events = POLLIN}, {.fd = STDIN_FILENO, .events = POLLIN}};
  char line[2 * 4096 + 16];
  size_t read_bytes = 0;
  for (;;) {
    int waiting = mbedtls_ssl_check_pending(&board->ssl);
    if (poll(both, 2, waiting ? 0 : -1) < 0) return;
    if ((waiting || (both[0].revents & (POLLIN | POLLHUP))) && receive(board) != 0) return;
    if (!(both[1].revents & (POLLIN | POLLHUP))) continue;
    ssize_t got = read(STDIN_FILENO, line + read_bytes, sizeof line - 1 - read_bytes);
    if (got <= 0) return;
    read_bytes += (size_t)got;
    line[read_bytes] = '\0';
    for (char *end; (end = strchr(line, '\n')) != NULL;) {
      *end = '\0';
      if (obey(board, line) != 0) return;
      read_bytes -= (size_t)(end + 1 - line);
      memmove(line, end + 1, read_bytes + 1);
    }
  }
}

static int obey(struct board *board, const char *line) {
  unsigned char message[4096];
  size_t length = 0;
  if (strncmp(line, "send ", 5) != 0) {
    mbedtls_ssl_close_notify(&board->ssl);
    return 1;
  }
  const char *at = line + 5;
  for (; length < sizeof message && sscanf(at, "%2hhx", &message[length]) == 1; at += 2) length += 1;
  check(mbedtls_ssl_write(&board->ssl, message, length) - (int)length, "write");
  return 0;
}

/* One read is one CoAP message to the client, whatever it is. */
static int receive(struct board *board) {
  unsigned char message[MOST_MESSAGE];
  int got = mbedtls_ssl_read(&board->ssl, message, sizeof message);
  if (got <= 0) {
    printf("{\"event\":\"closed\",\"code\":\"-0x%04X\"}\n", (unsigned)-got);
    return -1;
  }
  printf("{\"event\":\"message\",\"hex\":\"");
  for (int at = 0; at < got; at += 1) printf("%02x", message[at]);
  printf("\"}\n");
  return 0;
}

static void check(int result, const char *what) {
  if (result == 0) return;
  char why[128] = "";
  mbedtls_strerror(result, why, sizeof why);
  printf("{\"event\":\"failed\",\"at\":\"%s\",\"code\":\"-0x%04X\",\"why\":\"%s\"}\n", what, (unsigned)-result, why);
  exit(1);
}
