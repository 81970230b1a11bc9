/** Why a broker cannot be used, in words, and what to do about it. Nothing of what was sent is in them. */
import { OutsideError } from '../../../cloud/protocol/errors.ts';
import type { Address } from './address.ts';
import type { Failure } from './connection.ts';

/** OutsideError SERVER for a board that could not connect. */
export function refusalOf(failure: Failure, { text, secure }: Address, clientId: string): OutsideError {
  const [what, fix] = explain(failure, clientId, secure);
  return new OutsideError('SERVER', `the broker at ${text} ${what}`, fix);
}

type Words = readonly [what: string, fix: string];

const OTHER_PROTOCOL = 'Check the address: mqtt:// is without TLS, mqtts:// with it, and each has a port of its own.';
const CREDENTIALS = 'Give the certificate and key, or the user and password, that it asks for.';

function explain(failure: Failure, clientId: string, secure: boolean): Words {
  switch (failure.kind) {
    case 'refused':
      return refused(failure.code, clientId);
    case 'timeout':
      return ['did not answer in time', OTHER_PROTOCOL];
    case 'closed':
    case 'cut':
      return [
        `closed the connection of ${clientId} without an answer`,
        secure ? `${CREDENTIALS} They must allow this client id. ${OTHER_PROTOCOL}` : OTHER_PROTOCOL,
      ];
    case 'unreachable':
      return unreachable(failure.reason);
  }
}

/** MQTT 3.1.1, table 3.1. */
function refused(code: number, clientId: string): Words {
  switch (code) {
    case 1:
      return ['does not speak MQTT 3.1.1', 'Choose a broker that does.'];
    case 2:
      return [`does not take ${clientId} as a client id`, 'Give boards other names: choose another prefix.'];
    case 3:
      return ['says that it is unavailable', 'Try again later.'];
    case 4:
      return ['does not know this user and password', CREDENTIALS];
    case 5:
      return [`does not authorise ${clientId}`, CREDENTIALS];
    default:
      return [`refused the connection with code ${code}`, CREDENTIALS];
  }
}

/** Codes of errors that Node.js finds in a certificate: `tls` of its documentation, "X509 certificate error codes". */
const UNTRUSTED = /CERT|SIGNATURE|ISSUER|ALTNAME|CRL|PURPOSE/;

function unreachable(reason: string): Words {
  // ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED, ERR_SSL_TLSV1_ALERT_UNKNOWN_CA and their like come from the other side.
  if (/^ERR_SSL_.*ALERT/.test(reason))
    return [`did not take what the boards show of themselves (${reason})`, CREDENTIALS];
  if (/^(ERR_SSL_|EPROTO$)/.test(reason)) return [`does not speak TLS (${reason})`, OTHER_PROTOCOL];
  if (UNTRUSTED.test(reason)) {
    return [
      `shows a certificate that is not trusted (${reason})`,
      'Give the certificate of who signed it, and its name.',
    ];
  }
  if (/^[A-Z0-9_]+$/.test(reason)) {
    return [`could not be reached (${reason})`, 'Check the address, and that the broker is running.'];
  }
  return ['does not speak MQTT', OTHER_PROTOCOL];
}
