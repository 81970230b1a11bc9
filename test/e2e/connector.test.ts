/** `mts connector` as a process, between boards and `mts ingest`: it serves, is killed, and goes on. */
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { startConnector, subscribeAll } from './connector-process.ts';
import { startIngest } from './ingest-process.ts';
import { inFolder, mts, startMts } from './run-mts.ts';

test('killed twice under load, started again: mts verify finds every press counted once', () =>
  inFolder(async (dir) => {
    const [data, presses, ledger] = [join(dir, 'connector'), join(dir, 'presses'), join(dir, 'ledger.jsonl')];
    const ingest = await startIngest(presses);
    let connector = await startConnector(data);
    await subscribeAll(connector, data, ingest.url);
    // One press a second each: a board keeps six while nobody acknowledges, and has a hard fault when there is no more room.
    const words = [
      '--boards',
      '200',
      '--rate',
      '200',
      '--duration',
      '8s',
      '--seed',
      '4',
      '--speed',
      '3',
      '--faults',
      'reboot=0.01,loss=0.02',
    ];
    const simulate = startMts(
      'simulate',
      '--via',
      'lwm2m+udp',
      '--to',
      connector.at.coap,
      ...words,
      '--ledger',
      ledger,
    );
    for (let kill = 1; kill <= 2; kill++) {
      await Promise.race([counted(ingest.port, 300 * kill), simulate.ended]);
      await connector.kill();
      connector = await startConnector(data, connector.at);
    }
    expect(await simulate.ended).toMatchObject({ status: 0 });
    await delivered(connector.at.http);
    expect(await connector.stop()).toBe(0);
    expect(await ingest.stop()).toBe(0);
    const { status, out } = await mts('verify', '--ledger', ledger, '--data', presses, '--json');
    expect(JSON.parse(out)).toMatchObject({ lost: 0, doubled: 0, rows: [] });
    expect(JSON.parse(out).pressed).toBeGreaterThan(1_000);
    expect(status).toBe(0);
  }));

test('presses that nobody asked for are told of, and are no success', async () => {
  await inFolder(async (dir) => {
    const connector = await startConnector(dir);
    const words = ['--via', 'lwm2m+udp', '--to', connector.at.coap, '--boards', '2', '--rate', '20', '--presses', '4'];
    const { status, out } = await mts('simulate', ...words);
    expect({ status, out }).toEqual({ status: 1, out: expect.stringContaining('Nobody observes a button') });
    expect((await fetch(`${connector.at.http}/`, { redirect: 'manual' })).headers.get('location')).toBe('/page/');
    expect(await mts('connector', 'key', 'list', '--data', `${dir}/none`)).toMatchObject({ status: 3 });
    await connector.stop();
  });
});

test('ports are refused that would let anybody in, and words that cannot be', async () => {
  await inFolder(async (dir) => {
    for (const [words, said] of [
      [['--host', '0.0.0.0', '--coap', '0'], '--insecure-udp'],
      [['--tls', '0'], '--credentials'],
      [['--coap', 'off'], 'no board could reach it'],
      [['--delivery-retry', '5s'], '--delivery-retry'],
      [['key', 'add'], 'has no name'],
      [['key', 'spin'], 'what to do'],
    ] as const) {
      const { status, err } = await mts('connector', ...words, '--data', dir);
      expect({ status, said: err.includes(said), err }).toMatchObject({ status: 2, said: true });
    }
  });
});

test('keys are added, listed and removed while it serves', async () => {
  await inFolder(async (dir) => {
    const connector = await startConnector(dir);
    const { out: text } = await mts('connector', 'key', 'add', 'one', '--data', dir);
    expect(text).toMatch(/^ak_[\w-]{43}\n$/);
    const ask = (): Promise<Response> =>
      fetch(`${connector.at.http}/v2/endpoints`, { headers: { authorization: `Bearer ${text.trim()}` } });
    while ((await ask()).status !== 200);
    expect((await mts('connector', 'key', 'list', '--data', dir)).out).toMatch(/one {2}since/);
    expect(await mts('connector', 'key', 'remove', 'one', '--data', dir)).toMatchObject({ status: 0 });
    while ((await ask()).status !== 401);
    expect(await mts('connector', 'key', 'remove', 'one', '--data', dir)).toMatchObject({ status: 1 });
    expect(await connector.stop()).toBe(0);
  });
});

/** Waits until this receiver has counted so many, which is in the middle of the run. */
async function counted(port: number, least: number): Promise<void> {
  for (let looks = 0; looks < 10_000; looks++) {
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    if (Number(/^mts_presses_total (\d+)$/m.exec(text)?.[1]) >= least) return;
  }
}

/** Waits until nothing is queued any more. */
async function delivered(http: string): Promise<void> {
  for (;;) {
    const { waiting } = (await (await fetch(`${http}/healthz`)).json()) as { waiting: number };
    if (waiting === 0) return;
  }
}
