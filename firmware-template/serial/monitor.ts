/**
 * Listens to a board until it has said what is waited for, and goes on when its port goes and comes back.
 *
 *   open ─► lines ─► the port is gone ─► looked for each quarter of a second ─► open again
 *                └─► said, time is up, or Ctrl-C ─► closed
 *
 * Flashing and pulling the plug take the port away; that is no end. Everything outside is handed in (`MonitorWorld`).
 */
import { OutsideError } from '../../cloud/protocol/errors.ts';
import { LineReader } from './line-reader.ts';
import { meaningOf } from './lines.ts';
import type { Meaning } from './meaning.ts';

const LOOK_MS = 250;
/** The client prints something within this time after it was started, and nothing later until something happens. */
const SILENT_MS = 10_000;

export interface OpenPort {
  /** Resolves when the port is gone, or was closed. */
  readonly closed: Promise<void>;
  readonly close: () => Promise<void>;
}

export interface MonitorWorld {
  /** Opens the port and hands its bytes on. Rejects with an OutsideError while it is not there. */
  readonly open: (onData: (bytes: Uint8Array) => void) => Promise<OpenPort>;
  readonly now: () => number;
  /** Rejects when `signal` aborts. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Ctrl-C. */
  readonly stop: AbortSignal;
  /** What happens. If it throws, that ends it all. */
  readonly tell: (event: MonitorEvent) => void;
}

export type MonitorEvent =
  | { readonly kind: 'line'; readonly at: number; readonly text: string; readonly heard: Heard | undefined }
  /** Nothing came for a while after the port was opened. */
  | { readonly kind: 'silent' }
  | { readonly kind: 'open' | 'gone' | 'back' };

export interface MonitorOptions {
  /** Ends when a line with this code is heard. */
  readonly until: string | undefined;
  readonly timeoutMs: number | undefined;
}

/** Something that is known, and how often it was heard. */
export interface Heard extends Meaning {
  readonly times: number;
  /** Milliseconds since 1970. */
  readonly firstAt: number;
}

export interface MonitorResult {
  readonly ended: 'heard' | 'timeout' | 'stopped';
  readonly lines: number;
  /** How often the port came back. */
  readonly reconnects: number;
  /** Every code once, in the order of its first line. */
  readonly heard: readonly Heard[];
}

/** Resolves when it ends. Rejects with what `open` says if the port cannot be opened at first. */
export async function monitor(world: MonitorWorld, { until, timeoutMs }: MonitorOptions): Promise<MonitorResult> {
  const end = endOf(world);
  const reader = new LineReader();
  const heard = new Map<string, Heard>();
  let [lines, reconnects] = [0, 0];
  const take = (texts: readonly string[]): void => {
    for (const text of texts) {
      if (end.signal.aborted) return;
      lines++;
      const at = world.now();
      const known = hear(text, at, heard);
      end.guard(() => world.tell({ kind: 'line', at, text, heard: known }));
      if (known !== undefined && known.code === until) end.now('heard');
    }
  };
  const open = () => world.open((bytes) => take(reader.take(bytes)));
  try {
    let port = await open();
    world.tell({ kind: 'open' });
    if (timeoutMs !== undefined) end.after(timeoutMs, () => end.now('timeout'));
    end.after(SILENT_MS, () => lines === 0 && world.tell({ kind: 'silent' }));
    for (;;) {
      await Promise.race([port.closed, end.reached]);
      if (end.signal.aborted) {
        await port.close();
        break;
      }
      take(reader.rest());
      world.tell({ kind: 'gone' });
      const again = await reopened(open, world, end.signal);
      if (again === undefined) break;
      port = again;
      reconnects++;
      world.tell({ kind: 'back' });
    }
  } finally {
    end.now('stopped');
  }
  return { ended: end.reason(), lines, reconnects, heard: [...heard.values()] };
}

function hear(text: string, at: number, heard: Map<string, Heard>): Heard | undefined {
  const meaning = meaningOf(text);
  if (meaning === undefined) return undefined;
  const before = heard.get(meaning.code);
  const now = { ...meaning, times: (before?.times ?? 0) + 1, firstAt: before?.firstAt ?? at };
  // Kept as it was at first, but for how often: numbers in it change from line to line.
  heard.set(meaning.code, before === undefined ? now : { ...before, times: now.times });
  return now;
}

/** Undefined: it has ended before the port came back. A package that is missing will not come back. */
async function reopened(
  open: () => Promise<OpenPort>,
  { sleep }: MonitorWorld,
  signal: AbortSignal,
): Promise<OpenPort | undefined> {
  while (!signal.aborted) {
    try {
      return await open();
    } catch (error) {
      if (!(error instanceof OutsideError) || error.code !== 'PORT') throw error;
    }
    await sleep(LOOK_MS, signal).catch(() => undefined);
  }
  return undefined;
}

/** What ends it: the first of several reasons counts. */
function endOf({ sleep, stop }: MonitorWorld) {
  const ended = new AbortController();
  let [why, error]: [MonitorResult['ended'], { readonly thrown: unknown } | undefined] = ['stopped', undefined];
  const now = (reason: MonitorResult['ended']): void => {
    if (ended.signal.aborted) return;
    why = reason;
    ended.abort();
  };
  const guard = (work: () => void): void => {
    try {
      work();
    } catch (thrown) {
      error ??= { thrown };
      now('stopped');
    }
  };
  const reached = new Promise<void>((resolve) =>
    ended.signal.addEventListener('abort', () => resolve(), { once: true }),
  );
  const stopped = (): void => now('stopped');
  stop.addEventListener('abort', stopped, { once: true, signal: ended.signal });
  if (stop.aborted) stopped();
  return {
    now,
    guard,
    reached,
    signal: ended.signal,
    after: (ms: number, work: () => void): void =>
      void sleep(ms, ended.signal).then(
        () => guard(work),
        () => undefined,
      ),
    reason: (): MonitorResult['ended'] => {
      if (error !== undefined) throw error.thrown;
      return why;
    },
  };
}
