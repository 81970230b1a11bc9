/** The words of `mts firmware flash`, checked, with the files that they name read: nothing of a board is touched here. */
import { UsageError } from '../../cloud/protocol/errors.ts';
import { type ExpectedFirmware, type ImageReport, inspectImage } from '../../firmware-template/image/inspect.ts';
import { endpointName } from '../../firmware-template/names.ts';
import type { Io } from '../cli.ts';
import { serviceOf } from '../service-words.ts';
import { choice, duration, wholeNumber } from '../words.ts';
import type { FlashWords, WaitWords } from './flash-run.ts';
import { readImageFile } from './image-file.ts';

export interface FlashArgs {
  readonly file: string;
  readonly board: string | undefined;
  readonly drive: string | undefined;
  readonly firmware: string | undefined;
  readonly attempts: string;
  readonly timeout: string;
  readonly reset: string;
  readonly serial: string | undefined;
  readonly force: boolean;
  readonly waitRegistered: string | undefined;
  readonly keyFile: string | undefined;
  readonly insecure: boolean;
  readonly endpoint: string | undefined;
  readonly registerTimeout: string;
}

/** UsageError for words, OutsideError for files. Warnings about files go to stderr. */
export async function flashWords(args: FlashArgs, io: Io): Promise<FlashWords> {
  const { board, drive, force, serial } = args;
  const plain = {
    board: board === undefined ? undefined : boardId(board),
    folder: drive,
    force,
    serialPort: serial,
    attempts: wholeNumber('--attempts', args.attempts, 1, 100),
    timeoutMs: duration('--timeout', args.timeout),
    reset: choice('--reset', args.reset, ['ask', 'break']),
  };
  if (board !== undefined && drive !== undefined) {
    throw new UsageError('--board and --drive are both given', 'Give one: --drive says already which board it is.');
  }
  if (serial !== undefined && plain.reset !== 'break') refuseAlone('serial', 'reset break');
  const expected = args.firmware === undefined ? undefined : await expectedFrom(args.firmware);
  const bytes = await readImageFile(args.file);
  const report = inspectImage(bytes, expected);
  return { ...plain, bytes, report, wait: await waitWords(args, expected, report, io) };
}

function boardId(text: string): string {
  if (/^[0-9a-f]{4,64}$/i.test(text)) return text;
  throw new UsageError(
    `--board is ${text}, which is no ID of a board`,
    'Give at least the first 4 of its hexadecimal digits: `mts firmware boards` shows them.',
  );
}

async function expectedFrom(dir: string): Promise<ExpectedFirmware> {
  const { readFirmwareFolder } = await import('../../firmware-template/generate/read.ts');
  const { serverUri, credentials } = await readFirmwareFolder(dir);
  const { domain, endpoint, cert, serverCert } = credentials;
  return { serverUri, domain, endpoint, cert, serverCert };
}

async function waitWords(
  args: FlashArgs,
  expected: ExpectedFirmware | undefined,
  report: ImageReport,
  io: Io,
): Promise<WaitWords | undefined> {
  const { waitRegistered: host, keyFile, insecure, endpoint, registerTimeout } = args;
  const timeoutMs = duration('--register-timeout', registerTimeout);
  if (host === undefined) {
    if (keyFile !== undefined) refuseAlone('key-file', 'wait-registered');
    if (endpoint !== undefined) refuseAlone('endpoint', 'wait-registered');
    if (insecure) refuseAlone('insecure', 'wait-registered');
    return undefined;
  }
  if (keyFile === undefined) {
    throw new UsageError(
      '--wait-registered is given without --key-file',
      'Give the file with the API key of the service.',
    );
  }
  const name = endpoint === undefined ? nameFrom(expected, report) : endpointName(endpoint);
  return { service: await serviceAt({ host, keyFile, insecure }, io), endpoint: name, timeoutMs };
}

/** The words for a service speak of --host. */
async function serviceAt(words: { host: string; keyFile: string; insecure: boolean }, io: Io) {
  try {
    return await serviceOf(words, io);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const own = (text: string): string => text.replaceAll('--host', '--wait-registered');
    throw new UsageError(own(error.message), own(error.fix ?? ''), { cause: error });
  }
}

function nameFrom(expected: ExpectedFirmware | undefined, { endpoints }: ImageReport): string {
  if (expected !== undefined) return expected.endpoint;
  const [name, ...more] = endpoints;
  if (name !== undefined && more.length === 0) return endpointName(name);
  throw new UsageError(
    `which board is to register is not known: the image holds ${name === undefined ? 'no name' : `${endpoints.length} names`}`,
    'Give its name to --endpoint, or the folder that was generated to --firmware.',
  );
}

function refuseAlone(given: string, without: string): never {
  throw new UsageError(`--${given} is given without --${without}`, `Give --${without} too.`);
}
