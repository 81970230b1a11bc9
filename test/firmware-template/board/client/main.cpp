/*
 * Stands in for main.cpp of mbed-os-example-client: its headers in its order, and its uses of what security.h defines.
 * Run on this machine it prints each value on a line of its own, in hexadecimal; for the board it is only compiled.
 */
#define __STDC_FORMAT_MACROS
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "security.h"

#include "mbed.h"

#include "easy-connect.h"

#include "simpleclient.h"

#ifdef MBED_CONF_APP_BUTTON1
InterruptIn button(MBED_CONF_APP_BUTTON1);
static const char HAS_BUTTON[] = "button";
#else
InterruptIn button(NC);
static const char HAS_BUTTON[] = "no button";
#endif

// The modes as text, so that they are found in an object file too: '1' is UDP, '9' TCP; '2' certificate, '3' none.
static const char MODES[] = {'m', 'o', 'd', 'e', 's', '=', '0' + (char)M2MInterface::TCP, '0' + (char)M2MSecurity::Certificate, 0};

static void print(const char *name, const void *data, unsigned size) {
    printf("%s ", name);
    for (unsigned i = 0; i < size; i++) printf("%02x", ((const unsigned char *)data)[i]);
    printf("\n");
}

int main() {
    Security security = create_register_object(MBED_SERVER_ADDRESS);
    print("domain", MBED_DOMAIN, strlen(MBED_DOMAIN));
    print("endpoint", MBED_ENDPOINT_NAME, strlen(MBED_ENDPOINT_NAME));
    print("server", security.server, strlen(security.server));
    print("serverCert", security.server_cert, security.server_cert_size);
    print("cert", security.cert, security.cert_size);
    print("key", security.key, security.key_size);
    print("button", HAS_BUTTON, strlen(HAS_BUTTON));
    const char *pin = button.pin() == BUTTON1 ? "BUTTON1" : button.pin() == SW3 ? "SW3" : "NC";
    print("pin", pin, strlen(pin));
    print("modes", MODES, strlen(MODES));
    return (SOCKET_MODE == 0) + (security.mode == 0);
}
