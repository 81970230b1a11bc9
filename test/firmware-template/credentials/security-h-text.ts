/** A security.h as the old service filled it in: the shape of mbed-os-example-client's, with values of a test's own. */
import type { BoardCredentials } from '../../../firmware-template/credentials/credentials.ts';

export function securityH({ domain, endpoint, serverCert, cert, key }: BoardCredentials): string {
  return `/*
 * Some licence, with words like #error and "quotes" in it.
 */
#ifndef __SECURITY_H__
#define __SECURITY_H__

#include <inttypes.h>

#define MBED_DOMAIN "${domain}"
#define MBED_ENDPOINT_NAME "${endpoint}"

const uint8_t SERVER_CERT[] = ${lines(serverCert)};

const uint8_t CERT[] = ${lines(cert)};

const uint8_t KEY[] = ${lines(key)};

#endif //__SECURITY_H__
`;
}

function lines(pem: string): string {
  return pem
    .trimEnd()
    .split('\n')
    .map((line) => `"${line}\\r\\n"`)
    .join('\n');
}
