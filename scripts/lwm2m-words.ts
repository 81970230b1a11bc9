/** The options that say how simulated boards speak LwM2M. */
import type { InferredOptionTypes } from 'yargs';
import { UsageError } from '../cloud/protocol/errors.ts';
import type { Lwm2mOptions } from '../simulator/lwm2m/options.ts';
import { isLwm2m, type Via } from '../simulator/vias.ts';
import { boardCertificates } from './board-certificates.ts';
import { positiveNumber, wholeNumber } from './words.ts';

export const lwm2mOptions = {
  speed: { type: 'string', describe: 'Divide the timers of boards that speak LwM2M: 10 is a tick each 1.5 s' },
  'resend-queue': {
    type: 'string',
    describe: 'Unacknowledged messages that a board keeps: 6 as our firmware, 2 as ARM’s [default: 6]',
  },
  credentials: {
    type: 'string',
    describe: 'For lwm2m+tls: folder of `mts credentials`, with the boards’ certificates',
  },
  issue: { type: 'boolean', describe: 'Make the certificates of boards that have none in --credentials' },
  serial: { type: 'boolean', describe: 'Print what the boards’ serial ports say, on stderr' },
} as const;

export type Lwm2mWords = Partial<InferredOptionTypes<typeof lwm2mOptions>>;

export interface Lwm2mWish {
  readonly via: Via;
  readonly endpoints: Iterable<string>;
  readonly now: Date;
  readonly err: (text: string) => void;
}

const MOST_SPEED = 1_000;

/** What the words ask for. UsageError for those that are of another way. */
export async function lwm2mPlan(words: Lwm2mWords, { via, endpoints, now, err }: Lwm2mWish): Promise<Lwm2mOptions> {
  const { speed, credentials, issue = false } = words;
  const queue = words['resend-queue'];
  if (!isLwm2m(via)) {
    const given = (Object.keys(lwm2mOptions) as (keyof Lwm2mWords)[]).find((name) => words[name] !== undefined);
    if (given !== undefined)
      throw new UsageError(`--${given} is of boards that speak LwM2M`, 'Leave it out, or take --via lwm2m+udp.');
    return {};
  }
  if (via !== 'lwm2m+tls' && (credentials !== undefined || issue)) {
    throw new UsageError('--credentials and --issue are for TLS', 'Take --via lwm2m+tls, or leave them out.');
  }
  if (via === 'lwm2m+tls' && credentials === undefined) {
    throw new UsageError('boards need certificates for TLS', 'Give --credentials DIR, made by `mts credentials init`.');
  }
  const certificates =
    credentials === undefined ? undefined : await boardCertificates({ folder: credentials, endpoints, issue, now });
  return {
    ...(speed === undefined ? {} : { speed: positiveNumber('--speed', speed, MOST_SPEED) }),
    ...(queue === undefined ? {} : { resendQueue: wholeNumber('--resend-queue', queue, 1, 6) }),
    ...(certificates === undefined ? {} : { credentialsOf: (endpoint: string) => certificates.get(endpoint)! }),
    ...(words.serial === true ? { onSerial: (endpoint: string, text: string) => err(serialText(endpoint, text)) } : {}),
  };
}

/** Each line with the board's name before it; empty ones are left out. */
function serialText(endpoint: string, text: string): string {
  const lines = text.split(/[\r\n]+/).filter((line) => line !== '');
  return lines.map((line) => `${endpoint}  ${line}\n`).join('');
}
