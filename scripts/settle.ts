/** Waiting until a sink has been told all that was counted, as long as it takes any: a server that died never does. */
import type { Io } from './cli.ts';
import { given } from './serve.ts';

export interface Settling {
  /** Resolves when all that was counted is in the sink. */
  settled(): Promise<void>;
  /** Hours that it was told so far. */
  told(): number;
}

const STUCK_MS = 30_000;

/** Resolves when all is told, nothing was told for half a minute, or nobody waits any more; says so if something is left. */
export async function settle(
  { settled, told }: Settling,
  { abandon, sleep, err }: Pick<Io, 'abandon' | 'sleep' | 'err'>,
) {
  const done = new AbortController();
  const over = Promise.race([settled(), given(abandon)]).then(() => done.abort());
  for (let before = told(); !done.signal.aborted; before = told()) {
    await Promise.race([over, sleep(STUCK_MS, done.signal).catch(() => undefined)]);
    if (done.signal.aborted || told() > before) continue;
    err(`mts: the sink took nothing for ${STUCK_MS / 1_000} s, and was not told everything\n`);
    return;
  }
}
