/*
 * Includes a security.h as mbed-os-example-client does: once before MBED_SERVER_ADDRESS is defined (main.cpp), and once
 * after easy-connect.h has defined it (simpleclient.h). What main() then makes of it goes into plain variables.
 */
#include <inttypes.h>

#include "security.h"

#define MBED_SERVER_ADDRESS "coap://api.connector.mbed.com:5684"

#include "security.h"

#include "board-credentials.h"

#ifndef MBED_CONF_APP_BUTTON1
#error "security.h leaves the button out"
#endif

const char *const board_domain = MBED_DOMAIN;
const char *const board_endpoint = MBED_ENDPOINT_NAME;
const char *const board_server_address = MBED_SERVER_ADDRESS;
/* main.cpp: sizeof(X) - 1 */
const struct pem board_server_cert = {SERVER_CERT, sizeof(SERVER_CERT) - 1};
const struct pem board_cert = {CERT, sizeof(CERT) - 1};
const struct pem board_key = {KEY, sizeof(KEY) - 1};
