/** `mts up`: receiver, store, page and simulated boards in one; at the end, whether every press was counted once. */
import type { ArgumentsCamelCase, InferredOptionTypes } from 'yargs';
import type { SinkComparison } from '../../cloud/ingest/compare-sink.ts';
import type { Store } from '../../cloud/ingest/store.ts';
import { UsageError } from '../../cloud/protocol/errors.ts';
import { isLwm2m, VIAS, type Via } from '../../simulator/vias.ts';
import type { Io, Status, Verb } from '../cli.ts';
import { type FleetPlan, fleetOptions, fleetPlan } from '../fleet-words.ts';
import { openStore, PLATFORMS, type Platform, platformOptions } from '../platforms.ts';
import type { RunParts } from '../run-and-compare.ts';
import type { UpSink } from '../up-sink.ts';
import { choice, positiveNumber, wholeNumber } from '../words.ts';

const options = {
  ...fleetOptions,
  via: {
    type: 'string',
    describe: `How boards send: ${VIAS.join(', ')} [default: lwm2m+udp, through a connector; aws: webhook]`,
  },
  speed: { type: 'string', describe: 'Divide the timers of boards that speak LwM2M: 10 is a tick each 1.5 s' },
  broker: {
    type: 'string',
    describe: 'For --via mqtt: a broker that is there, like mqtt://127.0.0.1, instead of an own one',
  },
  platform: platformOptions.platform,
  data: { type: 'string', describe: 'Folder to keep counts in; without it a new temporary one' },
  port: {
    type: 'string',
    default: '8080',
    describe: 'Port of the page, and of the webhook on the local platform; 0 takes any free one',
  },
  ledger: { type: 'string', describe: 'File for what was really pressed, for `mts verify`' },
  json: { type: 'boolean', default: false, describe: 'One JSON document at the end' },
} as const;

type Args = InferredOptionTypes<typeof options>;

const HOST = '127.0.0.1';
const DEFAULT_RATE = 1;

export const upVerb: Verb<Args> = (io, end) => ({
  examples: [
    ['up', 'Three boards, a press a second, and the page, until Ctrl-C'],
    ['up --boards 20 --rate 200 --duration 20s', 'A short busy run, and whether it was counted exactly'],
    [
      'up --boards 20 --rate 200 --duration 10s --seed 7 --faults redeliver=0.2,lost-answer=0.1,reboot=0.01 --json',
      'The same with faults, repeatable, for a script',
    ],
    [
      'up --platform aws',
      "The AWS stack on this machine: API Gateway, the functions, DynamoDB Local, CloudWatch's numbers",
    ],
    ['up --platform aws --via mqtt --duration 20s', 'The same by MQTT, as through AWS IoT Core'],
    ['up --platform influxdb', 'With an InfluxDB on this machine as well; or graphite'],
    ['up --platform azure', "Functions, Azurite and Azure Monitor's numbers on this machine; or google"],
  ],
  builder: (yargs) => yargs.options(options),
  handler: (args) => up(args, io, end),
});

async function up(args: ArgumentsCamelCase<Args>, io: Io, end: (status: Status) => void): Promise<void> {
  const platform = choice('--platform', args.platform, PLATFORMS);
  const via = args.via ?? (platform === 'aws' ? 'webhook' : 'lwm2m+udp');
  const plan = await fleetPlan({ ...args, via }, io.now(), DEFAULT_RATE, VIAS_OF[platform] ?? VIAS);
  const { refuseFaults } = await import('../../simulator/faults.ts');
  refuseFaults(plan.via, plan.faults, isLwm2m(plan.via));
  const speed = speedOf(args, plan);
  if (args.broker !== undefined && (plan.via !== 'mqtt' || platform === 'aws')) {
    throw new UsageError('--broker is for --via mqtt here', 'Leave it out, or take --via mqtt.');
  }
  const port = wholeNumber('--port', args.port, 0, 65_535);
  if (platform === 'aws') {
    const { upOnAws } = await import('../aws/up.ts');
    await upOnAws({ plan, port, data: args.data, ledger: args.ledger, json: args.json }, io, end);
  } else if (platform === 'azure' || platform === 'google') {
    const { upOnCloud } = await import('../up-cloud.ts');
    const { data, ledger, json } = args;
    await upOnCloud({ platform, plan, port, speed, data, ledger, json }, io, end);
  } else await upHere({ platform, plan, port, speed }, args, io, end);
}

/** Where not every way leads there. */
const VIAS_OF: Partial<Record<Platform, readonly Via[]>> = {
  aws: ['webhook', 'mqtt'],
  azure: VIAS.filter((via) => via !== 'mqtt'),
  google: VIAS.filter((via) => via !== 'mqtt'),
};

interface Here {
  readonly platform: 'local' | 'influxdb' | 'graphite';
  readonly plan: FleetPlan;
  readonly port: number;
  readonly speed: number;
}

async function upHere(
  { platform, plan, port, speed }: Here,
  args: ArgumentsCamelCase<Args>,
  io: Io,
  end: (status: Status) => void,
): Promise<void> {
  const { openReceiver } = await import('../receiver.ts');
  const { dashboard } = await import('../../cloud/dashboard/dashboard.ts');
  const { serve } = await import('../serve.ts');
  const { runAndCompare, temporaryFolder } = await import('../run-and-compare.ts');
  const say = (text: string) => (args.json ? Promise.resolve(io.err(text)) : io.out(text));

  const data = args.data ?? (await temporaryFolder());
  const store = await openStore({ platform: 'local', data }, { create: true, now: io.now });
  let fed: UpSink | undefined;
  try {
    const { openUpSink, shown, unlessStopped } = await import('../up-sink.ts');
    const { shownText } = await import('../sink-shown.ts');
    if (platform !== 'local') {
      fed = await unlessStopped(() => openUpSink({ platform, store, data }, io), io);
      if (fed === undefined) return;
    }
    const app = await openReceiver({ store, level: 'warn', io });
    try {
      // A port still to be found cannot be in the page's hint.
      const hint = port === 0 ? {} : { receiver: `http://${HOST}:${port}/webhook` };
      await dashboard(app, { hours: store, now: io.now, ...hint });
      const { origin } = await serve(app, { host: HOST, port });
      const between = await openBetween(
        { plan, data, speed, store, webhook: `${origin}/webhook`, broker: args.broker },
        io,
      );
      try {
        const { url } = between;
        await say(`Page     ${origin}/\nWebhook  ${origin}/webhook\n`);
        if (plan.via !== 'webhook') await say(`Boards   ${url}\n`);
        for (const [label, address] of fed?.lines ?? []) await say(`${label.padEnd(8)} ${address}\n`);
        await say(`Data     ${data}\n`);
        if (plan.durationMs === undefined) await say('Ctrl-C ends.\n');
        const since = io.now();
        const { summary, text } = await runAndCompare({ store, plan, ledger: args.ledger, ...between }, io);
        let sink: SinkComparison | undefined;
        if (fed !== undefined) {
          const { settle } = await import('../settle.ts');
          await settle(fed, io);
          sink = await shown(store, fed.sink, { boards: plan.boards, since, now: io.now() });
        }
        if (args.json) await io.out(`${JSON.stringify(sink === undefined ? summary : { ...summary, sink })}\n`);
        else await io.out(`${text}${sink === undefined ? '' : shownText(platform, sink)}`);
        if (summary.lost + summary.doubled + (sink?.differences.length ?? 0) > 0) end(1);
      } finally {
        await between.close?.();
      }
    } finally {
      await app.close();
    }
  } finally {
    await fed?.close();
    await store.close();
  }
}

type Between = Pick<RunParts, 'url' | 'lwm2m' | 'settled'> & { readonly close?: () => Promise<void> };

interface BetweenWish {
  readonly plan: FleetPlan;
  readonly data: string;
  readonly speed: number;
  readonly store: Store;
  readonly webhook: string;
  readonly broker: string | undefined;
}

/** What is between boards and receiver. */
async function openBetween({ plan, data, speed, store, webhook, broker }: BetweenWish, io: Io): Promise<Between> {
  if (broker !== undefined && plan.via !== 'mqtt')
    throw new UsageError('--broker is for --via mqtt', 'Leave it out, or take --via mqtt.');
  if (plan.via === 'mqtt') {
    const { openMqttUp } = await import('../up-mqtt.ts');
    return await openMqttUp({ store, ...(broker === undefined ? {} : { broker }) }, io);
  }
  if (!isLwm2m(plan.via)) return { url: webhook };
  const { openLwm2m } = await import('../up-lwm2m.ts');
  return await openLwm2m({ plan, data, speed, webhook: { url: webhook } }, io);
}

/** UsageError where there are no timers of boards to divide. */
function speedOf({ speed }: Pick<Args, 'speed'>, { via }: FleetPlan): number {
  if (speed === undefined) return 1;
  if (!isLwm2m(via)) throw new UsageError(`--speed is of boards that speak LwM2M`, 'Leave it out, or --via too.');
  return positiveNumber('--speed', speed, MOST_SPEED);
}

const MOST_SPEED = 1_000;
