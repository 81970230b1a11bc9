/** `kill -9` of a connector that delivers, again and again: what was on disk reaches the receiver, exactly once by uid. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { queueFile } from '../../events/queue-files.ts';
import { Deliveries } from './deliveries.ts';
import { ACCEPT, startReceiver } from './receiver.ts';

const DELIVERER = fileURLToPath(new URL('deliverer.main.ts', import.meta.url));
const KILLS = 6;

test('nothing is lost, nothing comes in another order or in other bytes', async () => {
  await using file = await queueFile();
  file.events.close();
  const deliveries = new Deliveries();
  await using receiver = await startReceiver((response, index, body) => {
    deliveries.take(body);
    // Some answers are lost, as the killed process loses others.
    if (index % 7 === 3) response.destroy();
    else ACCEPT(response, index, body);
  });
  const queued: string[] = [];
  for (let life = 0; life <= KILLS; life++) {
    const many = life === KILLS ? 100 : 1_000_000;
    const child = spawn(
      process.execPath,
      [
        '--disable-warning=ExperimentalWarning',
        DELIVERER,
        file.path,
        receiver.url,
        `${1_000_000 * (life + 1)}`,
        `${many}`,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    let text = '';
    const before = deliveries.first.length;
    child.stdout.on('data', (data: Buffer) => {
      text += data;
      if (life < KILLS && deliveries.first.length > before + 100 + 61 * life) child.kill('SIGKILL');
    });
    const [code, signal] = await once(child, 'close');
    expect([code, signal]).toEqual(life < KILLS ? [null, 'SIGKILL'] : [0, null]);
    queued.push(
      ...text
        .split('\n')
        .slice(0, -1)
        .filter((line) => line.startsWith('+'))
        .map((line) => line.slice(1)),
    );
  }
  const there = new Set(deliveries.first);
  expect(queued.filter((name) => !there.has(name))).toEqual([]);
  expect(queued.length).toBeGreaterThan(1_000);
  expect(deliveries.first).toEqual([...there].toSorted((a, b) => Number(a) - Number(b)));
  expect([...deliveries.torn]).toEqual([]);
  expect(deliveries.repeated).toBeGreaterThan(0);
});
