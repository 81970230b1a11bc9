/** The options with which `webhook`, `subscribe` and `unsubscribe` reach a service, and how such a verb ends. */
import { openService, type Service } from '../cloud/connector/client/service.ts';
import { MtsError, UsageError } from '../cloud/protocol/errors.ts';
import type { Io, Status } from './cli.ts';
import { readKeyFile } from './key-file.ts';
import { printable } from './printable.ts';

/** Pelion's, now Izuma's, in the United States. */
const DEFAULT_HOST = 'https://api.us-east-1.mbedcloud.com';

export const serviceOptions = {
  host: { type: 'string', default: DEFAULT_HOST, describe: 'The service: where its /v2 calls are' },
  'key-file': { type: 'string', demandOption: true, describe: 'File with the API key of the service, alone on a line' },
  insecure: {
    type: 'boolean',
    default: false,
    describe: 'Send the key over http:// to another machine: whoever listens on the way has it then',
  },
  json: { type: 'boolean', default: false, describe: 'One JSON document' },
} as const;

export interface ServiceWords {
  readonly host: string;
  readonly keyFile: string;
  readonly insecure: boolean;
}

/** The service that the words name; notes on stderr what is careless. */
export async function serviceOf({ host, keyFile, insecure }: ServiceWords, io: Io): Promise<Service> {
  const address = hostUrl(host, insecure);
  const { key, open } = await readKeyFile(keyFile);
  if (open) io.err(`mts: others on this machine may read the key file: chmod 600 ${printable(keyFile)}\n`);
  const { now, sleep, stop } = io;
  return openService({ host: address, key, fetch, now, sleep, stop, printable });
}

/** Does a verb's work. After Ctrl-C what it was doing is broken off, which is no error but no success either. */
export async function unlessStopped(
  { stop, err }: Pick<Io, 'stop' | 'err'>,
  end: (status: Status) => void,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!stop.aborted || error instanceof UsageError) throw error;
    err(error instanceof MtsError ? `mts: ${error.message}\n` : 'mts: stopped\n');
    end(1);
  }
}

/** This machine, as a URL names it. */
export function isLoopback({ hostname }: URL): boolean {
  return hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname) || /(^|\.)localhost$/.test(hostname);
}

function hostUrl(text: string, insecure: boolean): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'https:' && url?.protocol !== 'http:') {
    throw new UsageError('--host is no address of a service', `Write it like ${DEFAULT_HOST}.`);
  }
  const shown = `${url.protocol}//${url.host}${url.pathname}`;
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new UsageError(`--host is ${shown} with more than an address`, 'Leave out user, password, ? and #.');
  }
  if (/\/v\d+\/?$/.test(url.pathname)) {
    throw new UsageError(`--host is ${shown}`, 'Leave out the version: /v2 is added.');
  }
  if (url.protocol === 'http:' && !insecure && !isLoopback(url)) {
    throw new UsageError(
      `--host is ${shown}, where the key would go in the clear`,
      'Write https://, or add --insecure if nobody can listen on the way.',
    );
  }
  return url;
}
