/** Words of `mts webhook register` to what is registered, with every limit of the service checked before it is asked. */
import {
  charactersOf,
  FITTING_CHUNK,
  fullSerialization,
  type Headers,
  LEAST_CHUNK,
  MOST_CHARACTERS,
  MOST_CHUNK,
  type Registration,
  shownUrl,
} from '../cloud/connector/client/registration.ts';
import { UsageError } from '../cloud/protocol/errors.ts';
import { readHeaderFile } from './header-file.ts';
import { isLoopback } from './service-words.ts';
import { wholeNumber } from './words.ts';

export interface RegistrationWords {
  readonly url: string;
  readonly headerFile?: readonly string[] | undefined;
  readonly chunk: string;
  /** Of the service. */
  readonly host: string;
}

export interface WantedRegistration {
  readonly registration: Registration & Required<Pick<Registration, 'serialization'>>;
  /** What is allowed, and careless. */
  readonly warnings: readonly string[];
}

export async function registrationOf(words: RegistrationWords): Promise<WantedRegistration> {
  const url = callbackUrl(words.url);
  const chunk = wholeNumber('--chunk', words.chunk, LEAST_CHUNK, MOST_CHUNK);
  const headers = await readHeaders(words.headerFile ?? []);
  const registration = { url: url.href, headers, serialization: fullSerialization(chunk) };
  const characters = charactersOf(registration);
  if (characters > MOST_CHARACTERS) {
    throw new UsageError(
      `the URL and the headers' names and values have ${characters} characters together, ` +
        `${characters - MOST_CHARACTERS} more than the ${MOST_CHARACTERS} that the service takes`,
      'Give a shorter URL or header.',
    );
  }
  return { registration, warnings: warningsOf(url, headers, chunk, words.host) };
}

function callbackUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'https:' && url?.protocol !== 'http:') {
    throw new UsageError('--url is no address of a webhook', 'Write it like https://example.com/webhook.');
  }
  if (url.hash !== '') {
    throw new UsageError(
      `--url is ${shownUrl(url.href)} and a #`,
      'Leave out the # and what follows: it is never sent.',
    );
  }
  return url;
}

async function readHeaders(files: readonly string[]): Promise<Headers> {
  const headers = new Map<string, readonly [name: string, value: string]>();
  for (const file of files) {
    const { name, value } = await readHeaderFile(file);
    if (headers.has(name.toLowerCase())) {
      throw new UsageError(`two of the header files hold ${name}`, 'Give each header once.');
    }
    headers.set(name.toLowerCase(), [name, value]);
  }
  return Object.fromEntries(headers.values());
}

function warningsOf(url: URL, headers: Headers, chunk: number, host: string): string[] {
  const warnings: string[] = [];
  const none = Object.keys(headers).length === 0;
  if (isLoopback(url) && !isLoopback(new URL(host))) {
    warnings.push(`${shownUrl(url.href)} is this machine: a service elsewhere cannot reach it`);
  }
  if (url.protocol === 'http:' && !isLoopback(url)) {
    warnings.push(`over http:// the events${none ? '' : ', and the header,'} go in the clear: https:// is better`);
  }
  if (none) warnings.push('without --header-file, whoever finds the URL can send presses to it');
  if (chunk > FITTING_CHUNK) {
    warnings.push(
      `messages of ${chunk} events may be too large for AWS Lambda, which takes 4.5 MB ` +
        `(6 MB in base64): ${Math.floor(4.5e6 / chunk)} bytes an event`,
    );
  }
  return warnings;
}
