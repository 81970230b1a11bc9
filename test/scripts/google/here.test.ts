/** The Google platform on this machine, with Google's emulators: pressed, swept, read back; what is not understood set aside. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type GoogleHere, startGoogleHere } from '../../../scripts/google/here.ts';
import { firestoreWanted, pubsubWanted } from '../../cloud/platforms/google/emulators-here.ts';

(firestoreWanted && pubsubWanted ? describe : describe.skip)("on Google's emulators", () => {
  let folder: string;
  let here: GoogleHere;
  let said = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mts-google-here-'));
    const io = {
      now: Date.now,
      err: (text: string) => {
        said += text;
      },
      sleep: (ms: number, signal?: AbortSignal) => setTimeout(ms, undefined, signal === undefined ? {} : { signal }),
      stop: new AbortController().signal,
    };
    here = await startGoogleHere({ folder, io });
  });
  afterAll(async () => {
    await here?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const put = (body: string, headers: Record<string, string> = { ...here.webhook.headers }) =>
    fetch(here.webhook.url, { method: 'PUT', headers, body });

  const pressed = (endpoint: string, counter: number): string =>
    JSON.stringify({
      notifications: [
        { ep: endpoint, path: '/3200/0/5501', ct: 'text/plain', payload: btoa(String(counter)), 'max-age': 0 },
      ],
    });

  async function shown(): Promise<Map<string, number>> {
    const query = {
      endpoints: ['a', 'b/é'],
      from: new Date(Date.now() - 7_200_000),
      to: new Date(Date.now() + 3_600_000),
    };
    const sums = new Map<string, number>();
    for await (const { endpoint, count } of here.sink.readBack(query))
      sums.set(endpoint, count + (sums.get(endpoint) ?? 0));
    return sums;
  }

  test('presses go through both functions to the graph, each once', async () => {
    const registration = JSON.stringify({ registrations: [{ ep: 'a' }, { ep: 'b/é' }] });
    for (const body of [registration, pressed('a', 3), pressed('b/é', 2), pressed('a', 3)]) {
      expect((await put(body)).status).toBe(200);
    }
    expect(await here.store.totals()).toMatchObject({ endpoints: 2, presses: 5 });
    expect(await here.sweep()).toBe(true);
    expect(await shown()).toEqual(
      new Map([
        ['a', 3],
        ['b/é', 2],
      ]),
    );
    expect((await put(pressed('a', 7))).status).toBe(200);
    const before = performance.now();
    expect(await here.sweep()).toBe(true);
    expect(await here.sweep()).toBe(true);
    // Two points of a board are seconds apart here, not a minute.
    expect(performance.now() - before).toBeLessThan(50_000);
    expect(await shown()).toEqual(
      new Map([
        ['a', 7],
        ['b/é', 2],
      ]),
    );
  });

  test('what is not understood is in the bucket', async () => {
    expect((await put('open sesame')).status).toBe(200);
    const bodies: string[] = [];
    for await (const { body } of here.store.aside()) bodies.push(Buffer.from(body).toString());
    expect(bodies).toEqual(['open sesame']);
    expect(said).toContain('set aside');
  });

  test('a stranger is refused, and the key is said nowhere', async () => {
    expect((await put(pressed('a', 9), {})).status).toBe(401);
    const [key] = Object.values(here.webhook.headers);
    expect(JSON.stringify([said, here.lines, here.plan])).not.toContain(key);
  });

  test('all of it is on loopback', () => {
    for (const [, address] of here.lines) expect(address).toMatch(/^(http:\/\/)?127\.0\.0\.1:\d+$/);
  });
});
