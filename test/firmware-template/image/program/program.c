/*
 * The least that is an image of a K64F: vectors, a flash configuration field, a reset handler that gets memory ready,
 * and a main() that holds on to what security.h says, included as mbed-os-example-client includes it.
 */
#include <inttypes.h>
#include <stddef.h>

#include "security.h"

#define MBED_SERVER_ADDRESS "coap://api.connector.mbed.com:5684"

#include "security.h"

extern uint32_t __stack_top, __data_start, __data_end, __data_load;

void reset(void);
static void stop(void);

typedef void (*handler)(void);

__attribute__((section(".vectors"), used)) static const handler vectors[256] = {
    (handler)&__stack_top, reset, [2 ... 6] = stop, [11 ... 12] = stop, [14 ... 255] = stop};

/* FSEC is a word of the compiler's: a test also builds images that would lock a chip, to see that they are found. */
__attribute__((section(".config"), used)) static const uint8_t config[16] = {
    0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, FSEC, 0xFF, 0xFF, 0xFF};

/* Initial values lie in flash, so that the image goes on behind its code. */
static volatile uint32_t presses = 0x1234;
static const void *volatile kept;

static void keep(const void *what) {
  kept = what;
}

int main(void) {
  /* As the client's own code and Mbed TLS hold them. */
  keep("coap://");
  keep("coaps://");
  keep("-----BEGIN CERTIFICATE-----");
  keep("-----END CERTIFICATE-----");
  keep("-----BEGIN PRIVATE KEY-----");
  keep(MBED_SERVER_ADDRESS);
  keep(MBED_ENDPOINT_NAME);
  keep(MBED_DOMAIN);
  keep(SERVER_CERT);
  keep(CERT);
  keep(KEY);
  for (;;) presses += 1;
}

void reset(void) {
  const uint32_t *from = &__data_load;
  for (uint32_t *to = &__data_start; to < &__data_end;) *to++ = *from++;
  main();
}

static void stop(void) {
  for (;;) continue;
}
