/**
 * The two names of a board: its domain and its endpoint name.
 *
 * Limits of the client on the board: 1 to 64 characters, no `&` (mbed-client, m2minterfacefactory.cpp). The query of its
 * registration, `ep=…&et=test&lt=100&d=…&b=U`, has at most 255 bytes (mbed-client-c, sn_nsdl.c), and so always fits. They go
 * into a C string, a comment, a certificate's common name `domain/endpoint` and a URL, so what could end one of these is
 * refused, whatever would escape it.
 */
import { UsageError } from '../cloud/protocol/errors.ts';
import { quoted } from './quoted.ts';

const MOST_CHARACTERS = 64;

export interface BoardNames {
  readonly domain: string;
  readonly endpoint: string;
}

/** The endpoint name itself; UsageError says what about it the board, or a file of its, cannot take. */
export function endpointName(text: string): string {
  return name('the endpoint name', text);
}

/** The domain itself. It has no `/`: it ends at the first one in a certificate's `domain/endpoint`. */
export function domainName(text: string): string {
  if (text.includes('/')) throw refused('the domain', text, 'it has a "/", which ends it in a certificate');
  return name('the domain', text);
}

/** Both. */
export function boardNames({ domain, endpoint }: BoardNames): BoardNames {
  return { domain: domainName(domain), endpoint: endpointName(endpoint) };
}

/** A certificate's common name. */
export function commonName({ domain, endpoint }: BoardNames): string {
  return `${domain}/${endpoint}`;
}

function name(what: string, text: string): string {
  if (text === '') throw refused(what, text, 'it is empty');
  if (text.length > MOST_CHARACTERS) {
    throw refused(what, text, `it has ${text.length} characters; the board takes at most ${MOST_CHARACTERS}`);
  }
  if (/[^\x20-\x7e]/.test(text)) throw refused(what, text, 'it has characters that are not printable ASCII');
  const bad = /["'\\&?#%<>]/.exec(text)?.[0];
  if (bad !== undefined) throw refused(what, text, `it has a ${bad}`);
  if (text.includes('*/') || text.includes('/*')) throw refused(what, text, 'it would end or begin a comment in C');
  if (text !== text.trim()) throw refused(what, text, 'it begins or ends with a space');
  if (/^\.{1,2}$/.test(text)) throw refused(what, text, 'it names a folder');
  return text;
}

function refused(what: string, text: string, why: string): UsageError {
  return new UsageError(
    `${what} ${quoted(text.slice(0, MOST_CHARACTERS + 1))} cannot be used: ${why}`,
    `Take 1 to ${MOST_CHARACTERS} letters, digits, "-", "_" or "."; UUIDs are fine.`,
  );
}
