/** `mts simulate`: boards in software that send to a receiver, with faults, and a ledger of what was really pressed. */
import type { ArgumentsCamelCase, InferredOptionTypes } from 'yargs';
import type { HourlyCount } from '../../cloud/ingest/store.ts';
import { UsageError } from '../../cloud/protocol/errors.ts';
import { endpointName } from '../../simulator/fleet/names.ts';
import type { Lwm2mOptions, Lwm2mSummary } from '../../simulator/lwm2m/options.ts';
import type { FleetOptions } from '../../simulator/options.ts';
import { isLwm2m, VIAS, type Via } from '../../simulator/vias.ts';
import { byHand } from '../by-hand.ts';
import type { Io, Status, Verb } from '../cli.ts';
import { type FleetPlan, fleetOptions, fleetPlan } from '../fleet-words.ts';
import { readHeaderFile } from '../header-file.ts';
import { lwm2mOptions, lwm2mPlan } from '../lwm2m-words.ts';
import { mqttOptions, mqttPlan, refuseMqttWords } from '../mqtt-words.ts';
import { openStore, platformOptions } from '../platforms.ts';
import { scenarioOptions } from '../scenario-words.ts';
import { duration, wholeNumber } from '../words.ts';

const { boards: _, faults: __, via: ___, ...sharedOptions } = fleetOptions;

const options = {
  ...sharedOptions,
  // Without defaults of their own: a scenario says them.
  boards: { type: 'string', describe: `${fleetOptions.boards.describe} [default: ${fleetOptions.boards.default}]` },
  faults: { type: 'string', describe: fleetOptions.faults.describe },
  via: { type: 'string', describe: `${fleetOptions.via.describe} [default: ${fleetOptions.via.default}]` },
  ...scenarioOptions,
  'by-hand': {
    type: 'boolean',
    default: false,
    describe: 'Of LwM2M: one board, pressed by the space bar, and its serial port',
  },
  threads: { type: 'string', default: '1', describe: 'Of LwM2M: threads that share the boards' },
  to: {
    type: 'string',
    demandOption: true,
    describe:
      'The webhook, like http://127.0.0.1:8080/webhook; the broker, like mqtts://host; or the LwM2M server, like coap://127.0.0.1',
  },
  'header-file': { type: 'string', describe: 'File with the header that the webhook demands, as `Name: value`' },
  ...mqttOptions,
  ...lwm2mOptions,
  prefix: { type: 'string', default: 'board-', describe: 'What board names begin with: two runs at once need two' },
  presses: { type: 'string', describe: 'End after so many presses', conflicts: 'duration' },
  ledger: { type: 'string', describe: 'File for what was really pressed, for `mts verify`' },
  ...platformOptions,
  data: { type: 'string', describe: 'Folder of the store that receives, so that the ledger knows what it held before' },
  shard: {
    type: 'string',
    describe: 'Of LwM2M: only the boards of part I of N, as I/N, from 1: all parts together are the whole',
  },
  'max-p99': { type: 'string', describe: 'Exit 1 if 99 % of presses were not acknowledged within this, like 100ms' },
  'max-lost': { type: 'string', default: '0', describe: 'Exit 1 if more events than this were not delivered' },
  json: { type: 'boolean', default: false, describe: 'One JSON document at the end' },
} as const;

type Args = InferredOptionTypes<typeof options>;

const MOST_PRESSES = 1e12;
const MOST_THREADS = 64;

export const simulateVerb: Verb<Args> = (io, end) => ({
  examples: [
    ['simulate --to http://127.0.0.1:8080/webhook --rate 2 --duration 1m', 'Two presses a second'],
    [
      'simulate --to $URL --boards 50 --schedule office:5000 --ledger day.jsonl --data ./presses',
      'Office days, and a ledger to verify the counts by',
    ],
    [
      'simulate --to $URL --rate 200 --presses 10000 --seed 7 --faults redeliver=0.2,lost-answer=0.1,reboot=0.01',
      'A run with faults that can be repeated',
    ],
    [
      'simulate --via lwm2m+udp --to coap://127.0.0.1 --boards 100 --rate 50',
      'Boards that speak LwM2M to `mts connector`',
    ],
    [
      'simulate --via lwm2m+tls --to coaps://host --credentials c --issue --boards 20 --rate 5 --faults disconnect=0.02',
      'Each by TLS with its own certificate, and lines that break',
    ],
    [
      'simulate --scenario day.yaml --to coap://127.0.0.1 --threads 2',
      'Phases, groups, rates and faults out of a file',
    ],
    ['simulate --via mqtt --to mqtt://127.0.0.1 --rate 2', 'Each board by its own connection to an MQTT broker'],
    [
      "simulate --via mqtt --to mqtts://$ENDPOINT --cert 'things/{endpoint}.crt' --key 'things/{endpoint}.key' --rate 2",
      'The same to AWS IoT Core, each board with its own certificate',
    ],
  ],
  builder: (yargs) => yargs.options(options),
  handler: (args) => simulate(args, io, end),
});

async function simulate(args: ArgumentsCamelCase<Args>, io: Io, end: (status: Status) => void): Promise<void> {
  const { plan, endpoints: namedEndpoints, scenario, prefix: ownPrefix } = await planOf(args, io.now());
  const presses = args.presses === undefined ? undefined : wholeNumber('--presses', args.presses, 1, MOST_PRESSES);
  const prefix = endpointPrefix(ownPrefix ?? args.prefix);
  const { refuseFaults } = await import('../../simulator/faults.ts');
  refuseFaults(plan.via, plan.faults);
  const endpoints = namedEndpoints(prefix);
  const link = await linkWords(args, plan, endpoints);
  const shard = args.shard === undefined ? undefined : shardOf(args.shard, plan.via);
  const lwm2m = await lwm2mPlan(args, {
    via: plan.via,
    endpoints,
    now: new Date(io.now()),
    err: io.err,
  });
  const limits = {
    lost: wholeNumber('--max-lost', args.maxLost, 0, Number.MAX_SAFE_INTEGER),
    p99: args.maxP99 === undefined ? Number.POSITIVE_INFINITY : duration('--max-p99', args.maxP99),
  };
  const threads = wholeNumber('--threads', args.threads, 1, MOST_THREADS);
  if (threads > 1 && !isLwm2m(plan.via))
    throw new UsageError('--threads is of boards that speak LwM2M', 'Leave it out, or take --via lwm2m+udp.');
  const hand = args.byHand ? byHand(io) : undefined;
  if (hand !== undefined && (!isLwm2m(plan.via) || plan.boards !== 1)) {
    throw new UsageError('--by-hand is for one board that speaks LwM2M', 'Give --via lwm2m+udp and --boards 1.');
  }
  const before = await heldBefore(args, endpoints, io.now);
  const { runFleet } = await import('../../simulator/run.ts');
  const { createLedgerFile } = await import('../../simulator/ledger/writer.ts');
  const { progressOn } = await import('../progress.ts');
  const progress = progressOn(io);
  const summary = await runFleet(
    {
      ...plan,
      url: args.to,
      namePrefix: prefix,
      ...link,
      lwm2m: {
        ...{ ...lwm2m, ...scenario, threads },
        ...(hand === undefined ? {} : { byHand: hand, onSerial: (_endpoint: string, text: string) => io.err(text) }),
      },
      ...(shard === undefined ? {} : { shard }),
      ...(presses === undefined ? {} : { presses }),
      ...(args.ledger === undefined ? {} : { ledger: createLedgerFile(args.ledger, before) }),
    },
    { now: io.now, sleep: io.sleep, signal: io.stop, abandon: io.abandon, onProgress: progress.show },
  );
  progress.end();
  if (args.json) await io.out(`${JSON.stringify(summary)}\n`);
  else {
    const { pressed, ignored, died, undelivered, dropped, latencyMs, seed } = summary;
    if (summary.lwm2m !== undefined) await io.out(lwm2mText(summary.lwm2m));
    await io.out(
      `${pressed} pressed, ${ignored} ignored by the boards, ${died} died; ` +
        `${undelivered} events not delivered, ${dropped} dropped; ` +
        `acknowledged within ${latencyMs.p50} ms (median), ${latencyMs.p95} ms (95 %), ${latencyMs.p99} ms (99 %); seed ${seed}\n`,
    );
    if (args.ledger !== undefined) await io.out(`Ledger in ${args.ledger}: see \`mts verify --help\`\n`);
  }
  const toNobody = summary.lwm2m?.observed === 0 && summary.pressed > 0;
  if (toNobody || summary.undelivered + summary.dropped > limits.lost || summary.latencyMs.p99 > limits.p99) end(1);
}

interface Planned {
  readonly plan: FleetPlan;
  /** What its boards are called, given the run's prefix. */
  readonly endpoints: (prefix: string) => string[];
  /** What all names begin with, if a scenario says that. */
  readonly prefix?: string | undefined;
  /** What a scenario says beyond the plan. */
  readonly scenario: Lwm2mOptions;
}

async function planOf(args: ArgumentsCamelCase<Args>, now: number): Promise<Planned> {
  if (args.scenario !== undefined) {
    const { scenarioEndpoints, scenarioPlan } = await import('../scenario-words.ts');
    const plan = await scenarioPlan({ ...args, scenario: args.scenario }, now);
    return {
      ...{ plan, prefix: plan.namePrefix, scenario: plan.lwm2m },
      endpoints: (prefix) => scenarioEndpoints(plan, prefix),
    };
  }
  const { faults = '', via = fleetOptions.via.default } = args;
  const boards = args.boards ?? (args.byHand ? '1' : fleetOptions.boards.default);
  const plan = await fleetPlan({ ...args, boards, faults, via }, now, args.byHand ? 1 : undefined, VIAS);
  const endpoints = (prefix: string): string[] =>
    Array.from({ length: plan.boards }, (_one, index) => endpointName(index, plan.boards, prefix));
  return { plan, endpoints, scenario: {} };
}

/** What is asked for of the link that boards send by. UsageError for what only the other one has. */
async function linkWords(
  args: ArgumentsCamelCase<Args>,
  { via }: FleetPlan,
  endpoints: readonly string[],
): Promise<Pick<FleetOptions, 'headers' | 'mqtt'>> {
  if (via === 'mqtt') {
    if (args.headerFile !== undefined) {
      throw new UsageError('--header-file is for a webhook', 'Leave it out, or give --mqtt-auth-file.');
    }
    return { mqtt: await mqttPlan(args, endpoints) };
  }
  refuseMqttWords(args);
  if (isLwm2m(via) && args.headerFile !== undefined) {
    throw new UsageError('--header-file is for a webhook', 'Leave it out, or take --via webhook.');
  }
  if (args.headerFile === undefined) return {};
  const { name, value } = await readHeaderFile(args.headerFile);
  return { headers: { [name]: value } };
}

/** `2/4`: the second of four. */
function shardOf(text: string, via: Via): { readonly index: number; readonly of: number } {
  const [, index = '', of = ''] = /^(\d{1,4})\/(\d{1,4})$/.exec(text) ?? [];
  const shard = { index: Number(index) - 1, of: Number(of) };
  if (!isLwm2m(via))
    throw new UsageError('--shard is of boards that speak LwM2M', 'Take --via lwm2m+udp, or leave it out.');
  if (shard.index >= 0 && shard.index < shard.of) return shard;
  throw new UsageError(`--shard is ${text}`, 'Write it like 1/4, from 1/4 to 4/4.');
}

/** What is of interest of boards that speak for themselves. */
function lwm2mText(summary: Lwm2mSummary): string {
  const {
    registered,
    observed,
    registrations,
    retransmissions,
    errors,
    crashed,
    dead,
    lockedUp,
    readyMs,
    residentBytes,
  } = summary;
  const trouble = [
    ...(dead > 0 ? [`${dead} refused for good`] : []),
    ...(crashed > 0 ? [`${crashed} with a hard fault`] : []),
    ...(lockedUp > 0 ? [`${lockedUp} locked up`] : []),
    ...Object.entries(errors).map(([error, many]) => `${many} times ${error}`),
  ];
  const unobserved =
    observed === 0 ? 'Nobody observes a button, so no press was told: subscribe at the connector first.\n' : '';
  return (
    `${registered} boards registered in ${readyMs} ms, ${registrations} registrations, ${retransmissions} retransmissions` +
    `${trouble.length === 0 ? '' : `; ${trouble.join(', ')}`}; ${Math.round(residentBytes / 1024)} KiB a board\n${unobserved}`
  );
}

/** With its number the name must be one that a real board could have: 64 characters, without `&`. */
function endpointPrefix(text: string): string {
  if (/^[\x21-\x25\x27-\x7e]{1,50}$/.test(text)) return text;
  throw new UsageError(`--prefix is ${text}`, 'Give 1 to 50 visible ASCII characters other than &.');
}

/** null: no folder was named, so nobody knows. */
async function heldBefore(
  args: ArgumentsCamelCase<Args>,
  endpoints: readonly string[],
  now: Io['now'],
): Promise<HourlyCount[] | null> {
  const word = args.platform === 'local' ? '--data' : '--platform';
  if (args.platform === 'local' && args.data === undefined) return null;
  if (args.ledger === undefined) {
    throw new UsageError(`${word} is given without --ledger`, `Give --ledger FILE too, or leave ${word} out.`);
  }
  const { hoursOf } = await import('../comparison.ts');
  const store = await openStore(args, { create: false, now });
  try {
    return await hoursOf(store, new Set(endpoints));
  } finally {
    await store.close();
  }
}
