/** One thread of a run: the part of the boards that it is given, and its ledger's lines sent to the one that started it. */
import { parentPort, workerData } from 'node:worker_threads';
import type { CarriedLine, DiedLine } from '../ledger/lines.ts';
import { createTally, type LedgerWriter } from '../ledger/writer.ts';
import type { Lwm2mOptions } from './options.ts';
import { type PartDeps, runPart, type Started } from './part.ts';
import { type FromThread, sentError, type ThreadWork, type ToThread } from './thread-words.ts';

const port = parentPort!;
const work = workerData as ThreadWork;
const [stop, abandon] = [new AbortController(), new AbortController()];
const gathered = Promise.withResolvers<Started>();
const settled = Promise.withResolvers<void>();

port.on('message', (said: ToThread) => {
  if (said.kind === 'stop') stop.abort();
  else if (said.kind === 'abandon') abandon.abort();
  else if (said.kind === 'gathered') gathered.resolve(said.all);
  else settled.resolve();
});

try {
  const { options } = work;
  const part = await runPart({ ...options, ledger: sentLedger(), lwm2m: { ...options.lwm2m, ...functions() } }, deps());
  tell({ kind: 'done', part });
} catch (error) {
  tell({ kind: 'failed', error: sentError(error) });
} finally {
  port.close();
}

function tell(said: FromThread): void {
  port.postMessage(said);
}

function functions(): Pick<Lwm2mOptions, 'credentialsOf' | 'onSerial'> {
  const { credentials, wantsSerial } = work;
  return {
    // One that is missing is one that a board cannot use.
    ...(credentials !== undefined && { credentialsOf: (endpoint) => credentials[endpoint]! }),
    ...(wantsSerial && { onSerial: (endpoint, text) => tell({ kind: 'serial', endpoint, text }) }),
  };
}

function deps(): PartDeps {
  const abandoned = new Promise<undefined>((resolve) => {
    abandon.signal.addEventListener('abort', () => resolve(undefined));
  });
  return {
    now: () => performance.timeOrigin + performance.now() + work.aheadMs,
    sleep: async () => undefined,
    signal: stop.signal,
    abandon: abandon.signal,
    onProgress: (progress) => tell({ kind: 'progress', progress }),
    async gather(mine) {
      tell({ kind: 'gather', mine });
      return (await Promise.race([gathered.promise, abandoned])) ?? mine;
    },
    async settled() {
      tell({ kind: 'told' });
      await Promise.race([settled.promise, abandoned]);
    },
  };
}

/** Sends what is written, as many lines at once as there are when the run flushes it. */
function sentLedger(): LedgerWriter {
  const tally = createTally();
  let lines: (CarriedLine | DiedLine)[] = [];
  const send = (): void => {
    if (lines.length > 0) tell({ kind: 'lines', lines });
    lines = [];
  };
  return {
    begin: async () => undefined,
    carried(line) {
      tally.carried(line);
      lines.push(line);
    },
    died(line) {
      tally.died(line);
      lines.push(line);
    },
    get pressed() {
      return tally.pressed;
    },
    get diedPresses() {
      return tally.diedPresses;
    },
    flush: async () => send(),
    close: async () => send(),
    counts: () => tally.counts(),
    maybe: () => tally.maybe(),
  };
}
