/**
 * Has a sink told what a store counts, while a verb runs that counts: one process a folder.
 *
 *   the folder's file is ours ─► outbox of the store ─► forwarder ─► sink
 *   another process has it    ─► look again each few seconds: it may end
 */
import { Forwarder } from '../cloud/ingest/forward.ts';
import type { Outbox } from '../cloud/ingest/outbox.ts';
import type { ReadableSink } from '../cloud/ingest/sink.ts';
import type { SinkStatus } from '../cloud/ingest/sink-metrics.ts';
import type { Store } from '../cloud/ingest/store.ts';
import type { ToldMemory } from '../cloud/ingest/told.ts';
import { feedOutbox, type NumberedFeed } from '../cloud/platforms/local/forward/feed-outbox.ts';
import { ForwardFile } from '../cloud/platforms/local/forward/file.ts';
import { readingOutbox } from '../cloud/platforms/local/forward/reading-outbox.ts';
import { RefusedFile } from '../cloud/platforms/local/forward/refused.ts';
import { toldIn } from '../cloud/platforms/local/forward/told.ts';
import type { Io } from './cli.ts';
import type { newLog } from './log.ts';
import type { OpenSink } from './sinks.ts';

export interface Forwarding {
  /** The sink, once this process feeds it. */
  readonly sink: ReadableSink | undefined;
  readonly status: SinkStatus | undefined;
  /** Resolves when all that was counted before is in the sink; never, while another process feeds it. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

export interface ForwardingParts {
  /** What the log calls the sink. */
  readonly name: string;
  /** Of what the sink was told; made if it is not there. */
  readonly folder: string;
  /** Opens the sink, handed what such were told by the name of their place. */
  readonly open: (told: (place: string) => ToldMemory) => Promise<OpenSink>;
  readonly store: Store & Partial<NumberedFeed>;
  readonly io: Pick<Io, 'now' | 'sleep'>;
  readonly log: ReturnType<typeof newLog>;
  /** Milliseconds between looks. */
  readonly everyMs?: number;
  /** Tell everything again, as if the sink knew nothing. Not of sinks that add up. */
  readonly retell?: boolean;
}

const LOOK_AGAIN_MS = 5_000;
const [LOOK_EACH_MS, READ_EACH_MS] = [1_000, 60_000];
const LAST_MS = 2_000;

/** Resolves when the sink is open, or another process feeds it. Rejects as the opening of the sink and of the file does. */
export async function openForwarding(parts: ForwardingParts): Promise<Forwarding> {
  const first = await begin(parts);
  if (first !== undefined) return first;
  const { folder, log, name } = parts;
  // Whichever sink that one feeds: what it is told is kept in this folder, which one process has.
  log.warn(
    { folder, sink: name },
    'another process feeds a sink from this folder; this one feeds its own when that ends',
  );
  return takeOver(parts);
}

async function begin({
  name,
  folder,
  open,
  store,
  io,
  log,
  everyMs,
  retell,
}: ForwardingParts): Promise<Forwarding | undefined> {
  const file = ForwardFile.open(folder);
  if (file === undefined) return undefined;
  let refusals: RefusedFile | undefined;
  try {
    const kept = RefusedFile.open(folder);
    refusals = kept;
    const { sink, place } = await open((at) => toldIn(file, at));
    if (retell === true) {
      for (const told of [place, readingOf(place)]) file.forget(told);
      kept.forget(place);
    }
    const { outbox, lookMs } = outboxOf(store, file, place, io);
    const forwarder = new Forwarder({
      ...{ outbox, sink, name, log, now: io.now, sleep: io.sleep, everyMs: everyMs ?? lookMs },
      onRefused: (refused) => kept.put(place, refused),
    });
    return {
      sink,
      status: forwarder,
      settled: () => forwarder.settled(),
      close: async () => {
        // What was counted last is told now, if the sink is there; else when this begins again.
        const told = new AbortController();
        const late = io.sleep(LAST_MS, told.signal).catch(() => undefined);
        if (forwarder.isUp) await Promise.race([forwarder.settled(), late]);
        told.abort();
        await forwarder.close();
        kept.close();
        file.close();
      },
    };
  } catch (error) {
    refusals?.close();
    file.close();
    throw error;
  }
}

/** The outbox of a store, and the milliseconds between looks at it: a store that does not tell what changed is read, which costs. */
function outboxOf(
  store: ForwardingParts['store'],
  file: ForwardFile,
  place: string,
  { now }: Pick<Io, 'now'>,
): { readonly outbox: Outbox; readonly lookMs: number } {
  const { numbered, now: newest } = store;
  if (numbered === undefined || newest === undefined)
    return { outbox: readingOutbox({ store, file, sink: readingOf(place), now }), lookMs: READ_EACH_MS };
  const feed = { numbered: numbered.bind(store), now: newest.bind(store) };
  return { outbox: feedOutbox(feed, file, place), lookMs: LOOK_EACH_MS };
}

/** What is read of a store that tells no changes is remembered apart from what a sink that adds up was told. */
function readingOf(place: string): string {
  return `${place} read`;
}

function takeOver(parts: ForwardingParts): Forwarding {
  const end = new AbortController();
  let taken: Forwarding | undefined;
  let said: string | undefined;
  // A sink that refuses us now may not later: as long as counts are taken, somebody tries to feed it.
  const attempt = async (): Promise<void> => {
    try {
      taken = await begin(parts);
    } catch (error) {
      const why = String(error);
      if (why !== said) parts.log.error({ err: error, sink: parts.name }, 'the sink cannot be fed; tried again');
      said = why;
    }
  };
  const trying = (async () => {
    while (!end.signal.aborted && taken === undefined) {
      await parts.io.sleep(LOOK_AGAIN_MS, end.signal).catch(() => undefined);
      if (!end.signal.aborted) await attempt();
    }
  })();
  return {
    get sink() {
      return taken?.sink;
    },
    get status() {
      return taken?.status;
    },
    settled: async () => {
      await trying;
      await taken?.settled();
    },
    close: async () => {
      end.abort();
      await trying;
      await taken?.close();
    },
  };
}
