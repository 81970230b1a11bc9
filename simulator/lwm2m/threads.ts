/**
 * A run by several threads, each with its shard of the boards and its own clock, sockets and timers.
 *
 *   all gathered (registered) ─► presses ─► all told ─► settled ─► parts
 *   lines ─► one ledger               Ctrl-C ─► every thread
 */
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { endpointName, NAME_PREFIX } from '../fleet/names.ts';
import { createTally, type LedgerWriter } from '../ledger/writer.ts';
import type { FleetDeps, FleetProgress } from '../options.ts';
import { scenarioNames } from '../scenario/scenario.ts';
import { ledgerHead, type PartOptions, type Started } from './part.ts';
import { type Part, sumOf } from './summary.ts';
import { type FromThread, receivedError, type ThreadWork, type ToThread } from './thread-words.ts';
import type { BoardPem } from './tls.ts';

const THREAD = fileURLToPath(new URL(`./thread.main${extname(import.meta.url)}`, import.meta.url));

/** Runs all threads to their end; rejects with what the first of them failed by, and ends the others. */
export async function runInThreads(options: PartOptions, deps: FleetDeps, many: number): Promise<readonly Part[]> {
  const { lwm2m = {} } = options;
  if (lwm2m.world !== undefined || lwm2m.wire !== undefined) throw new TypeError('threads have worlds of their own');
  const ledger = options.ledger ?? createTally();
  await ledger.begin(ledgerHead(options, deps.now()));
  const threads = new Threads(options, deps, ledger, many);
  try {
    return await threads.toEnd();
  } finally {
    await threads.close();
  }
}

class Threads {
  readonly #deps: FleetDeps;
  readonly #options: PartOptions;
  readonly #ledger: LedgerWriter;
  readonly #workers: readonly Worker[];
  readonly #gathered = new Map<number, Started>();
  readonly #progress = new Map<number, FleetProgress>();
  readonly #parts = new Map<number, Part>();
  readonly #told = new Set<number>();
  readonly #ended = Promise.withResolvers<void>();
  /** What was written goes to the file in its order. */
  #flushed: Promise<void> = Promise.resolve();
  readonly #stop = (): void => this.#tell({ kind: 'stop' });
  readonly #abandon = (): void => this.#tell({ kind: 'abandon' });

  constructor(options: PartOptions, deps: FleetDeps, ledger: LedgerWriter, many: number) {
    [this.#options, this.#deps, this.#ledger] = [options, deps, ledger];
    const { shard = { index: 0, of: 1 } } = options;
    this.#workers = Array.from({ length: many }, (_, index) => {
      const own = { index: shard.index + shard.of * index, of: shard.of * many };
      const worker = new Worker(THREAD, {
        workerData: workOf(options, own, deps.now()),
        execArgv: ['--disable-warning=ExperimentalWarning'],
      });
      worker.on('message', (said: FromThread) => this.#heard(index, said));
      worker.on('error', (error) => this.#ended.reject(error));
      worker.on('exit', (status) => {
        if (!this.#parts.has(index)) this.#ended.reject(new Error(`a thread ended by itself, with status ${status}`));
      });
      return worker;
    });
    deps.signal?.addEventListener('abort', this.#stop);
    deps.abandon?.addEventListener('abort', this.#abandon);
    if (deps.signal?.aborted === true) this.#stop();
    if (deps.abandon?.aborted === true) this.#abandon();
  }

  async toEnd(): Promise<readonly Part[]> {
    await this.#ended.promise;
    await this.#flushed;
    const parts = [...this.#parts.values()];
    const { ignored, undelivered } = sumOf(parts.map(({ fleet }) => fleet));
    await this.#ledger.close({ ignored, dropped: 0, undelivered });
    return parts;
  }

  async close(): Promise<void> {
    this.#deps.signal?.removeEventListener('abort', this.#stop);
    this.#deps.abandon?.removeEventListener('abort', this.#abandon);
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }

  #tell(said: ToThread): void {
    for (const worker of this.#workers) worker.postMessage(said);
  }

  #heard(index: number, said: FromThread): void {
    switch (said.kind) {
      case 'gather':
        this.#gather(index, said.mine);
        break;
      case 'lines':
        for (const line of said.lines) {
          if ('died' in line) this.#ledger.died(line);
          else this.#ledger.carried(line);
        }
        this.#flushed = this.#flushed.then(() => this.#ledger.flush());
        this.#flushed.catch(this.#ended.reject);
        break;
      case 'progress':
        this.#report(index, said.progress);
        break;
      case 'serial':
        this.#options.lwm2m?.onSerial?.(said.endpoint, said.text);
        break;
      case 'told':
        this.#hasTold(index);
        break;
      case 'done':
        this.#parts.set(index, said.part);
        this.#hasTold(index);
        if (this.#parts.size === this.#workers.length) this.#ended.resolve();
        break;
      case 'failed':
        this.#ended.reject(receivedError(said.error));
        break;
    }
  }

  #gather(index: number, mine: Started): void {
    this.#gathered.set(index, mine);
    if (this.#gathered.size < this.#workers.length) return;
    const all = [...this.#gathered.values()];
    const { registrations, dead } = sumOf(all.map(({ errors, ...numbers }) => numbers));
    this.#tell({ kind: 'gathered', all: { registrations, dead, errors: sumOf(all.map(({ errors }) => errors)) } });
  }

  /** Whoever reads the boards is waited for when the last of them has told, while all still answer. */
  #hasTold(index: number): void {
    if (this.#told.has(index)) return;
    this.#told.add(index);
    if (this.#told.size < this.#workers.length) return;
    const settled = this.#deps.settled?.() ?? Promise.resolve();
    settled.then(() => this.#tell({ kind: 'settled' }), this.#ended.reject);
  }

  /** When the first thread tells of itself again, so that it is about once a second. */
  #report(index: number, progress: FleetProgress): void {
    this.#progress.set(index, progress);
    if (index > 0) return;
    const { elapsedMs } = progress;
    const sums = sumOf([...this.#progress.values()].map(({ elapsedMs: _, ...numbers }) => ({ ready: 0, ...numbers })));
    this.#deps.onProgress?.({ ...sums, elapsedMs });
  }
}

function workOf(options: PartOptions, shard: { index: number; of: number }, now: number): ThreadWork {
  const { ledger: _, lwm2m = {}, boards, namePrefix = NAME_PREFIX, ...others } = options;
  const { credentialsOf, onSerial, world: __, wire: ___, threads: ____, ...sent } = lwm2m;
  const nameOf =
    sent.names === undefined
      ? (board: number) => endpointName(board, boards, namePrefix)
      : scenarioNames(sent.names, namePrefix);
  const credentials: Record<string, BoardPem> = {};
  for (let board = shard.index; board < boards && credentialsOf !== undefined; board += shard.of) {
    const endpoint = nameOf(board);
    credentials[endpoint] = credentialsOf(endpoint);
  }
  return {
    options: { ...others, boards, namePrefix, lwm2m: sent, shard },
    credentials: credentialsOf === undefined ? undefined : credentials,
    aheadMs: now - performance.timeOrigin - performance.now(),
    wantsSerial: onSerial !== undefined,
  };
}
