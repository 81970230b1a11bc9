/**
 * Azure on this machine, for `up`: our functions behind a small host, the store on Azurite, and a stand-in of Azure Monitor.
 *
 *   webhook function ─► table, blobs and queue of Azurite ◄─ sweep function, when it is told to ─► stand-in of Azure Monitor
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Deadline } from '../../cloud/ingest/deadline.ts';
import type { ReadableSink } from '../../cloud/ingest/sink.ts';
import { sweepHandler } from '../../cloud/platforms/azure/handlers/sweep.ts';
import { webhookHandler } from '../../cloud/platforms/azure/handlers/webhook.ts';
import { startAzurite } from '../../cloud/platforms/azure/local/azurite.ts';
import { KEY_HEADER, runTimer, serveFunctions } from '../../cloud/platforms/azure/local/functions/host.ts';
import { type StandIn, serveMonitor } from '../../cloud/platforms/azure/local/monitor/monitor.ts';
import { TELL_SCOPE } from '../../cloud/platforms/azure/monitor/names.ts';
import { azureMonitorSink } from '../../cloud/platforms/azure/monitor/sink.ts';
import type { TableStore } from '../../cloud/platforms/azure/store/store.ts';
import type { Io } from '../cli.ts';
import { printable } from '../printable.ts';
import { openAzureStore } from './store.ts';
import { type AzurePlan, DEFAULT_CONTAINER, DEFAULT_TABLE } from './words.ts';

export interface AzureHere {
  readonly plan: AzurePlan;
  readonly lines: readonly (readonly [label: string, address: string])[];
  readonly webhook: { readonly url: string; readonly headers: Readonly<Record<string, string>> };
  readonly store: TableStore;
  readonly sink: ReadableSink;
  /** Runs the scheduled function once; true if nothing is pending any more. */
  sweep(): Promise<boolean>;
  close(): Promise<void>;
}

export interface AzureHereOptions {
  /** Made if it is missing. */
  readonly folder: string;
  readonly io: Pick<Io, 'now' | 'err' | 'sleep' | 'stop'>;
}

const RESOURCE =
  '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/here/providers/Microsoft.Web/sites/mbed-presses';

/** OutsideError TOOL if Azurite is missing; FILE and SERVER as it starts. */
export async function startAzureHere({ folder, io }: AzureHereOptions): Promise<AzureHere> {
  const { now } = io;
  const ends: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (const end of ends.splice(0).reverse()) await end();
  };
  try {
    const azurite = await startAzurite({ folder: join(folder, 'azurite'), signal: io.stop });
    ends.push(() => azurite.close());
    const plan: AzurePlan = {
      storage: { connectionString: azurite.connectionString },
      ...{ table: DEFAULT_TABLE, container: DEFAULT_CONTAINER, monitor: { resource: RESOURCE, region: 'here' } },
    };
    const store = await openAzureStore(plan, { now, create: true });
    // Of the functions: they have their own, as in Azure.
    const counting = await openAzureStore(plan, { now, create: false });
    const standIn = await serveMonitor({ folder: join(folder, 'azure-monitor'), now });
    ends.push(
      () => store.close(),
      () => counting.close(),
      () => standIn.close(),
    );
    const sink = azureMonitorSink({ ...sinkOptions(standIn), told: counting.told(), now });
    const deadline = new Deadline();
    const log = (level: string, ...args: unknown[]): void => {
      if (level === 'error' || level === 'warning') io.err(`${printable(textOf(args))}\n`);
    };
    let isEmpty = false;
    const timer = sweepHandler({
      ...{ outbox: counting.outbox(), sink, now, deadline },
      onSwept: (swept) => {
        isEmpty = swept.isEmpty;
      },
    });
    const key = randomBytes(24).toString('base64url');
    const webhook = webhookHandler({ store: counting, now, deadline });
    const host = await serveFunctions({ functions: { webhook }, key, log });
    ends.push(() => host.close());
    return {
      ...{ plan, store, sink, close },
      lines: [
        ['Functions', host.url],
        ['Azurite', azurite.endpoints.table],
        ['Azure Monitor', `${standIn.url} (a stand-in)`],
      ],
      webhook: { url: `${host.url}/api/webhook`, headers: { [KEY_HEADER]: key } },
      sweep: async () => {
        await runTimer('sweep', timer, log);
        return isEmpty;
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function sinkOptions({ url, tokens }: StandIn) {
  return {
    ...{ tellUrl: url, readUrl: url, resourceId: RESOURCE },
    getToken: async (scope: string) => (scope === TELL_SCOPE ? tokens.tell : tokens.ask),
  };
}

function textOf(args: readonly unknown[]): string {
  return args.map((arg) => (typeof arg === 'string' ? arg : JSON.stringify(arg))).join(' ');
}
