// Stands in for easy-connect.h: defines the server's address whatever was there, and is read once.
#ifndef __EASY_CONNECT_H__
#define __EASY_CONNECT_H__

#include "mbed.h"

#define MBED_SERVER_ADDRESS "coap://api.connector.mbed.com:5684"

#endif // __EASY_CONNECT_H__
