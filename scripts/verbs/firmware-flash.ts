/** `mts firmware flash`: the words, and the outcome as text, JSON and exit status. What is done is in ../firmware/flash-run.ts. */
import type { ArgumentsCamelCase, InferredOptionTypes } from 'yargs';
import { CAUSES, type Cause } from '../../firmware-template/flash/causes.ts';
import type { FlashLog } from '../../firmware-template/flash/flash.ts';
import type { Io, Verb } from '../cli.ts';

const options = {
  board: { type: 'string', describe: 'Which board, if there are several: its ID, or 4 or more of its first letters' },
  drive: { type: 'string', describe: 'The folder where the drive of the board is, instead of looking for it' },
  firmware: {
    type: 'string',
    describe: 'The folder that `mts firmware generate` wrote: the image must hold its server and name',
  },
  attempts: { type: 'string', default: '3', describe: 'Times to try while the board says that the failure passes' },
  timeout: { type: 'string', default: '60s', describe: 'How long the drive may take to go, and again to come back' },
  reset: {
    type: 'string',
    choices: ['ask', 'break'],
    default: 'ask',
    describe: 'ask: you press RESET afterwards; break: by the serial port',
  },
  serial: { type: 'string', describe: 'The serial port for --reset break, if it is not found' },
  force: { type: 'boolean', default: false, describe: 'Flash also an image that is bad, or another than generated' },
  'wait-registered': {
    type: 'string',
    describe: 'A service with the Connector v2 API, like http://127.0.0.1:8090: wait until it has the board',
  },
  'key-file': { type: 'string', describe: 'With --wait-registered: file with its API key, alone on a line' },
  insecure: {
    type: 'boolean',
    default: false,
    describe: 'With --wait-registered: send the key over http:// to another machine',
  },
  endpoint: {
    type: 'string',
    describe: "With --wait-registered: the board's name, if neither --firmware nor the image tells it",
  },
  'register-timeout': { type: 'string', default: '3m', describe: 'With --wait-registered: how long' },
  json: { type: 'boolean', default: false, describe: 'One JSON document' },
} as const;

type Args = InferredOptionTypes<typeof options> & { readonly file: string };

export const flashVerb: Verb<Args> = (io, end) => ({
  examples: [
    [
      'firmware flash mbed-os-example-client.bin --firmware firmware',
      'Check that it is what was generated, and flash it',
    ],
    ['firmware flash image.bin --board 0240000028 --reset break', 'One of several boards, started by its serial port'],
    [
      'firmware flash image.bin --firmware firmware --wait-registered http://127.0.0.1:8090 --key-file api-key.txt',
      'Flash, and see the board register',
    ],
    [
      'firmware flash image.bin --drive /media/me/DAPLINK --json',
      'For programs: one document, and a status for each cause',
    ],
  ],
  builder: (yargs) =>
    yargs
      .positional('file', { type: 'string', demandOption: true, describe: 'The image, .bin or .hex' })
      .options(options)
      .epilogue(EPILOGUE),
  handler: async (args) => {
    const log: FlashLog = { attempts: 0, wrote: false, drive: undefined };
    const { FlashFailure } = await import('../../firmware-template/flash/failure.ts');
    let outcome: Outcome;
    try {
      outcome = { result: await run(args, log, io), cause: null };
    } catch (error) {
      if (!(error instanceof FlashFailure)) throw error;
      io.err(`mts: ${error.message}\n${error.fix}\n`);
      outcome = { result: log.wrote ? 'failed' : 'refused', cause: error.flashCause };
      end(CAUSES[error.flashCause].status);
    }
    const remountCount = log.drive?.details?.remountCount ?? null;
    if (args.json) await io.out(`${JSON.stringify({ ...outcome, attempts: log.attempts, remountCount })}\n`);
  },
});

interface Outcome {
  /** `refused`: nothing was written to any board. */
  readonly result: 'flashed' | 'registered' | 'refused' | 'failed';
  readonly cause: Cause | null;
}

const EPILOGUE = [
  'Exit status, and `cause` of --json (`result` is flashed, registered, refused if nothing was copied, or failed):',
  '   0  flashed, and registered if that was asked for',
  '   2  the words were wrong',
  '   3  a file, a service or a tool is missing or refused; nothing was copied',
  ...Object.entries(CAUSES).map(([cause, { status, means }]) => `  ${status}  ${cause}: ${means}`),
].join('\n');

async function run(args: ArgumentsCamelCase<Args>, log: FlashLog, io: Io): Promise<'flashed' | 'registered'> {
  const { flashWords } = await import('../firmware/flash-words.ts');
  const { runFlash } = await import('../firmware/flash-run.ts');
  const { flashMeans } = await import('../firmware/flash-means.ts');
  const words = await flashWords(args, io);
  const { means, finish } = await flashMeans(args.json, io);
  try {
    return await runFlash(words, means, log);
  } finally {
    finish();
  }
}
