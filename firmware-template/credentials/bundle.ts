/**
 * A board's credentials in one JSON file, to take them from one machine to another:
 *
 *   {"version":1,"domain","endpoint","serverCert","cert","key"}   PEM values, nothing else
 */
import { UsageError } from '../../cloud/protocol/errors.ts';
import { boardNames } from '../names.ts';
import { quoted } from '../quoted.ts';
import { certificatesText, keyText } from './board-pem.ts';
import type { BoardCredentials } from './credentials.ts';

const KEYS = ['domain', 'endpoint', 'serverCert', 'cert', 'key'] as const;
const EXPORTED = 'Give a file that `mts credentials export` wrote.';

/** The file's text. It holds the private key. */
export function bundleText({ domain, endpoint, serverCert, cert, key }: BoardCredentials): string {
  return `${JSON.stringify({ version: 1, domain, endpoint, serverCert, cert, key }, undefined, 2)}\n`;
}

/** Reads one; UsageError says what about it is wrong. `source` is what messages call the file. */
export function readBundle(text: string, source: string): BoardCredentials {
  const { version, ...fields } = objectIn(text, source);
  if (version !== 1) throw new UsageError(`${source} is no bundle of version 1`, EXPORTED);
  const unknown = Object.keys(fields).find((key) => !KEYS.some((one) => one === key));
  if (unknown !== undefined) {
    throw new UsageError(`${source} has a key that is not known: ${quoted(unknown.slice(0, 40))}`, EXPORTED);
  }
  const field = (key: (typeof KEYS)[number]): string => {
    const value = fields[key];
    if (typeof value === 'string') return value;
    throw new UsageError(`${source} has no text for "${key}"`, EXPORTED);
  };
  return {
    ...namesIn({ domain: field('domain'), endpoint: field('endpoint') }, source),
    serverCert: certificatesText(field('serverCert'), `serverCert in ${source}`),
    cert: certificatesText(field('cert'), `cert in ${source}`),
    key: keyText(field('key'), `key in ${source}`),
  };
}

function objectIn(text: string, source: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    // No cause: JSON's errors quote the text, which has a key in it.
    throw new UsageError(`${source} is no JSON`, EXPORTED);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new UsageError(`${source} is no JSON object`, EXPORTED);
}

function namesIn(names: { domain: string; endpoint: string }, source: string): { domain: string; endpoint: string } {
  try {
    return boardNames(names);
  } catch (error) {
    if (error instanceof UsageError) throw new UsageError(`${source}: ${error.message}`, error.fix ?? EXPORTED);
    throw error;
  }
}
