// Stands in for simpleclient.h: the same headers in the same order, security.h among them, then what it makes of them.
#ifndef __SIMPLECLIENT_H__
#define __SIMPLECLIENT_H__

#include "m2m.h"
#include "security.h"
#include "mbed.h"

M2MInterface::BindingMode SOCKET_MODE = M2MInterface::TCP;

struct Security {
    const char *server;
    M2MSecurity::SecurityModeType mode;
    const uint8_t *server_cert, *cert, *key;
    unsigned server_cert_size, cert_size, key_size;
};

static inline Security create_register_object(const char *server_address) {
    Security security = {server_address, M2MSecurity::Certificate, SERVER_CERT, CERT, KEY,
                         sizeof(SERVER_CERT) - 1, sizeof(CERT) - 1, sizeof(KEY) - 1};
    return security;
}

#endif // __SIMPLECLIENT_H__
