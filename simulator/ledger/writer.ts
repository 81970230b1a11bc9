/**
 * Writes a ledger while the run goes on: to a file, or nowhere (counting only).
 *
 * `flush` resolves when what was written is the operating system's: the run calls it before every delivery, so that a
 * killed run's ledger never names fewer presses than the store was told of.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { OutsideError } from '../../cloud/protocol/errors.ts';
import type { CarriedLine, DiedLine, LedgerHeader, LedgerTotals } from './lines.ts';
import { type HourCount, Tally } from './tally.ts';

/** All that a run knows of its ledger's head; what the store held is the maker's to say. */
export type RunHeader = Omit<LedgerHeader, 'before'>;

export interface LedgerWriter {
  begin(header: RunHeader): Promise<void>;
  carried(line: CarriedLine): void;
  died(line: DiedLine): void;
  /** Presses so far. */
  readonly pressed: number;
  readonly diedPresses: number;
  flush(): Promise<void>;
  /** Writes the last line, of these and its own totals, and ends. */
  close(totals: Omit<LedgerTotals, 'pressed' | 'died'>): Promise<void>;
  /** Presses by endpoint and hour so far. */
  counts(): HourCount[];
  /** Of those that died: by endpoint, how many may have been counted. */
  maybe(): ReadonlyMap<string, number>;
}

/** A ledger that keeps the counts and no lines. */
export function createTally(): LedgerWriter {
  return countingWriter({ begin: async () => undefined, write: () => undefined, flush: async () => undefined });
}

/**
 * A ledger in a file that only its owner may read; one that is there is written over when the run begins. `before` is
 * what the store held at the start, null if that is not known. What writes rejects with OutsideError FILE.
 */
export function createLedgerFile(path: string, before: readonly HourCount[] | null): LedgerWriter {
  let file: FileHandle | undefined;
  let waiting: string[] = [];
  const write = (line: object): void => {
    waiting.push(`${JSON.stringify(line)}\n`);
  };
  const flush = async (end: boolean): Promise<void> => {
    const text = waiting.join('');
    waiting = [];
    await attempt(path, async () => {
      if (text !== '') await file?.appendFile(text);
      if (end) await file?.close();
    });
  };
  const begin = async (header: object): Promise<void> => {
    await attempt(path, async () => {
      file = await open(path, 'w', 0o600);
      // An older file keeps the permissions it had; what is no file (/dev/null) is not ours to close to others.
      if ((await file.stat()).isFile()) await file.chmod(0o600);
    });
    write({ ...header, before });
    await flush(false);
  };
  return countingWriter({ begin, write, flush });
}

interface Sheet {
  readonly begin: (header: object) => Promise<void>;
  readonly write: (line: object) => void;
  readonly flush: (end: boolean) => Promise<void>;
}

function countingWriter({ begin, write, flush }: Sheet): LedgerWriter {
  const tally = new Tally();
  const maybe = new Map<string, number>();
  let died = 0;
  return {
    begin: (header) => begin({ ledger: 1, ...header }),
    carried(line) {
      tally.add(line.ep, line.hour, line.n ?? 1);
      write(line);
    },
    died(line) {
      const { ep, n = 1 } = line;
      died += n;
      if (line.maybe === true) maybe.set(ep, (maybe.get(ep) ?? 0) + n);
      write(line);
    },
    get pressed() {
      return tally.total;
    },
    get diedPresses() {
      return died;
    },
    flush: () => flush(false),
    async close(totals) {
      write({ totals: { pressed: tally.total, died, ...totals, hours: tally.counts() } });
      await flush(true);
    },
    counts: () => tally.counts(),
    maybe: () => maybe,
  };
}

async function attempt<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new OutsideError('FILE', `the ledger ${path} cannot be written: ${reason}`, 'Choose another file.', {
      cause,
    });
  }
}
