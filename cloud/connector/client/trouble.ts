/** What kept an answer from coming, from the codes of Node's sockets, TLS and fetch to words. */
import type { Trouble } from './service-error.ts';

/** The machine was reached, and the two did not come to terms about TLS. */
const TLS = /^(ERR_TLS|ERR_SSL|EPROTO|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|HOSTNAME_MISMATCH|ERR_OSSL)/;
const CERTIFICATE = /^(ERR_TLS_CERT|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|HOSTNAME_MISMATCH)/;

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection was cut',
  UND_ERR_SOCKET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  ETIMEDOUT: 'it does not take connections in time',
  UND_ERR_CONNECT_TIMEOUT: 'it does not take connections in time',
  HTTPParserError: 'it does not speak HTTP',
  UND_ERR_HEADERS_OVERFLOW: 'the head of its answer is too large',
  BAD_PORT: 'the port is one that no web service is asked at',
  ENETUNREACH: 'there is no way to that network',
  EHOSTUNREACH: 'there is no way to that machine',
  ENOTFOUND: 'no machine has that name',
  EAI_AGAIN: 'names cannot be looked up now',
};

const NO_HTTP = new Set(['HTTPParserError', 'UND_ERR_HEADERS_OVERFLOW']);

/** Why `address` gave no answer. `error` is whatever fetch rejected with; its own message is never shown. */
export function troubleOf(error: unknown, address: string): Trouble {
  const code = codeOf(error);
  if (TLS.test(code)) return tlsTrouble(code, address);
  if (NO_HTTP.has(code)) {
    return {
      message: `${address} answered, but ${WORDS[code]}`,
      fix: 'Check --host: what is there is no Connector v2 API.',
      passing: false,
    };
  }
  const why = WORDS[code] === undefined ? code : `${WORDS[code]} (${code})`;
  return {
    message: `${address} cannot be reached: ${why}`,
    fix: 'Check --host, the network, and that the service is running.',
    passing: true,
  };
}

function tlsTrouble(code: string, address: string): Trouble {
  const certificate = CERTIFICATE.test(code);
  return {
    message: certificate
      ? `the certificate of ${address} cannot be trusted (${code})`
      : `${address} does not speak TLS that this machine understands (${code})`,
    fix: certificate
      ? 'Check --host; for a certificate authority of your own set NODE_EXTRA_CA_CERTS to its PEM file.'
      : 'Check the port of --host, and whether it begins with https:// or http://.',
    passing: false,
  };
}

/** fetch wraps what happened, sometimes twice: the innermost code tells most. Its parser's errors have but a name. */
function codeOf(error: unknown): string {
  let code = 'for a reason that is not told';
  for (let at = error, depth = 0; typeof at === 'object' && at !== null && depth < 5; depth++) {
    const own = (at as { code?: unknown }).code;
    if (typeof own === 'string' && /^[A-Z][A-Z0-9_]+$/.test(own)) code = own;
    if ((at as { name?: unknown }).name === 'HTTPParserError') return 'HTTPParserError';
    // Ports of other services, which fetch never goes to: https://fetch.spec.whatwg.org/#port-blocking
    if ((at as { message?: unknown }).message === 'bad port') return 'BAD_PORT';
    at = (at as { cause?: unknown }).cause;
  }
  return code;
}
