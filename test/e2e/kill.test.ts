/** `kill -9` of the receiver in the middle of a run: nothing acknowledged is lost, nothing is counted twice. */
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { type IngestProcess, startIngest } from './ingest-process.ts';
import { inFolder, mts, startMts } from './run-mts.ts';

const KILLS = 3;

test('killed three times in a run, started again: mts verify finds every press counted once', () =>
  inFolder(async (dir) => {
    const [data, ledger] = [join(dir, 'data'), join(dir, 'ledger.jsonl')];
    let ingest = await startIngest(data);
    const words = ['--boards', '50', '--schedule', 'poisson:500', '--duration', '8s', '--seed', '9'];
    const faults = 'redeliver=0.1,concurrent=0.1,lost-answer=0.05,coalesce=0.2,reboot=0.01';
    const simulate = startMts('simulate', '--to', ingest.url, ...words, '--faults', faults, '--ledger', ledger);
    for (let kill = 1; kill <= KILLS; kill++) {
      await counted(ingest, 150 * kill);
      await ingest.kill();
      ingest = await startIngest(data, ingest.port);
    }
    expect(await simulate.ended).toMatchObject({ status: 0 });
    expect(await ingest.stop()).toBe(0);
    const { status, out } = await mts('verify', '--ledger', ledger, '--data', data, '--json');
    expect(JSON.parse(out)).toMatchObject({ lost: 0, doubled: 0, rows: [] });
    expect(JSON.parse(out).pressed).toBeGreaterThan(2_000);
    expect(status).toBe(0);
  }));

/** Waits until this process has counted so many, which is in the middle of the run. */
async function counted({ port }: IngestProcess, least: number): Promise<void> {
  for (;;) {
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    if (Number(/^mts_presses_total (\d+)$/m.exec(text)?.[1]) >= least) return;
  }
}
