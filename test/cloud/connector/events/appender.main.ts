/**
 * Appends numbered events, and takes them, until it is killed: `node appender.main.ts FILE FIRST`.
 *
 * It prints `+N` when event N is said to be on disk, and `-N M ...` for a batch that it was given, before it acknowledges it.
 */
import { writeSync } from 'node:fs';
import { openEvents } from '../../../../cloud/connector/events/open.ts';
import { systemWorld } from './system-world.ts';

const [, , path, first] = process.argv;
const { queue } = openEvents({ path: path!, world: systemWorld });
let next = Number(first);

async function append(): Promise<void> {
  for (;;) {
    const group = Array.from({ length: 1 + Math.floor(Math.random() * 20) }, () => next++);
    const queued = group.map(async (n) => {
      await queue.append('k', [{ kind: 'de-registration', data: { ep: `${n}` } }]);
      print(`+${n}\n`);
    });
    await Promise.all(queued);
  }
}

async function take(): Promise<void> {
  for (;;) {
    const batch = await queue.next('k', { mostItems: 7, mostBytes: 100_000 }, new AbortController().signal);
    print(`-${batch!.events.map(({ data }) => 'ep' in data && data.ep).join(' ')}\n`);
    await queue.acknowledge('k', batch!);
  }
}

await Promise.all([append(), take()]);

/** At once: what waits in a stream of Node's is lost with the process. */
function print(line: string): void {
  writeSync(1, line);
}
