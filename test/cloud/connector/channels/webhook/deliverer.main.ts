/**
 * A connector that appends numbered events and delivers them to a webhook until it is killed:
 * `node deliverer.main.ts FILE URL FIRST MANY`. It prints `+N` when event N is on disk, and `done` when after MANY of them
 * the queue is empty.
 */
import { writeSync } from 'node:fs';
import { WebhookChannels } from '../../../../../cloud/connector/channels/webhook/channels.ts';
import { openEvents } from '../../../../../cloud/connector/events/open.ts';
import { systemWorld } from '../../events/system-world.ts';

const [, , path, url, first, many] = process.argv;
const events = openEvents({ path: path!, world: systemWorld });
const settings = { firstWaitMs: 5, longestWaitMs: 20 };
const channels = new WebhookChannels({ events, world: systemWorld, settings });
if (channels.get('k') === undefined) await channels.register('k', { url: url!, mostItems: 50 });

const end = Number(first) + Number(many);
for (let next = Number(first); next < end; ) {
  const group = Array.from({ length: Math.min(end - next, 1 + Math.floor(Math.random() * 20)) }, () => next++);
  const queued = group.map(async (n) => {
    await events.queue.append('k', [{ kind: 'de-registration', data: { ep: `${n}` } }]);
    print(`+${n}\n`);
  });
  await Promise.all(queued);
}
while ((events.queue.numbers('k')?.events ?? 0) > 0) await new Promise((resolve) => setTimeout(resolve, 5));
print('done\n');
await channels.close();
events.close();

/** At once: what waits in a stream of Node's is lost with the process. */
function print(line: string): void {
  writeSync(1, line);
}
