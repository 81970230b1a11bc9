/** The commands that were made for Device Connector and Pelion, before this connector's API: no service is emulated here. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Ran, runVerb } from '../../../scripts/run-verb.ts';
import { type Listening, listen } from '../../ingest/listening.ts';
import { type Served, serve } from '../api/served.ts';

const SECRET = 'value-of-the-header';
const BUTTON = '/3200/0/5501';
const MOST_LOOKS = 6_000;
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 10));

let [dir, keyFile, headerFile] = ['', '', ''];
let receiver: Listening;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'mts-verbs-'));
  [keyFile, headerFile] = [join(dir, 'api-key.txt'), join(dir, 'header.txt')];
  await writeFile(headerFile, `X-Api-Key: ${SECRET}\n`, { mode: 0o600 });
  receiver = await listen({ header: { name: 'x-api-key', value: SECRET } });
});
afterEach(async () => {
  await receiver.stop();
  await rm(dir, { recursive: true });
});

/** Its key is in `keyFile`. */
async function serving(...words: Parameters<typeof serve>): Promise<Served> {
  const served = await serve(...words);
  await writeFile(keyFile, `${served.key}\n`, { mode: 0o600 });
  return served;
}

const at = ({ host }: Served): string[] => ['--host', host, '--key-file', keyFile];
const registering = (served: Served): string[] => [
  ...['webhook', 'register', ...at(served), '--url', receiver.url, '--header-file', headerFile],
];

/** Exit 0, and no secret told. */
async function succeeds(...words: readonly string[]): Promise<Ran> {
  const ran = await runVerb(words);
  expect(ran).toMatchObject({ status: 0 });
  expect(ran.out + ran.err).not.toContain(SECRET);
  return ran;
}

/** Until the connector has the value, of which it then has told. */
async function value({ connector }: Served, text: string): Promise<void> {
  const known = (): string => String(Buffer.from(connector.boards.latest('board-0', BUTTON)?.value ?? []));
  for (let looks = 0; looks < MOST_LOOKS && known() !== text; looks++) await pause();
  expect(known()).toBe(text);
}

/** Presses the board's button so often, each time when the one before has arrived. */
async function press(served: Served, from: number, to: number): Promise<void> {
  await value(served, String(from));
  for (let presses = from + 1; presses <= to; presses++) {
    served.fleet.edge(0);
    await value(served, String(presses));
  }
}

/** Until the receiver has counted so many. */
async function counted(presses: number): Promise<void> {
  for (let looks = 0; looks < MOST_LOOKS && (await receiver.store.totals()).presses < presses; looks++) await pause();
  expect(await receiver.store.totals()).toMatchObject({ presses, setAside: 0 });
}

describe.each(['mdc', 'pelion'] as const)('in the manner of %s', (dialect) => {
  test('webhook register --subscribe: the receiver is found good, and presses are counted', async () => {
    await using served = await serving(dialect);
    const { out } = await succeeds(...registering(served), '--subscribe');
    expect(out).toContain(`Registered ${receiver.url}`);
    expect(out).toContain('events with uid and timestamp, at most 5000 in a message');
    expect(out).toContain(`Subscribed to ${BUTTON} of every board`);
    await press(served, 0, 3);
    await counted(3);
    expect((await succeeds('webhook', 'show', ...at(served))).out).toContain(receiver.url);
    await succeeds('webhook', 'delete', ...at(served));
    expect((await runVerb(['webhook', 'show', ...at(served)])).status).toBe(1);
    expect(served.problems).toEqual([]);
  });

  test('webhook register --ensure finds that it is registered, and says nothing new', async () => {
    await using served = await serving(dialect, 0);
    await succeeds(...registering(served));
    const { out } = await succeeds(...registering(served), '--ensure', '--json');
    expect(JSON.parse(out)).toMatchObject({ registered: true, changed: false, url: receiver.url });
  });

  test('a receiver that demands another header: exit 3, and why', async () => {
    await using served = await serving(dialect, 0);
    const words = ['webhook', 'register', ...at(served), '--url', receiver.url];
    expect(await runVerb(words)).toMatchObject({ status: 3, out: '', err: expect.stringContaining('401') });
    expect((await runVerb(['webhook', 'show', ...at(served)])).status).toBe(1);
  });

  test('subscribe and unsubscribe: rules beside each other, kept, and taken back', async () => {
    await using served = await serving(dialect);
    await succeeds(...registering(served));
    const { out } = await succeeds('subscribe', ...at(served), '--endpoint', 'board-*', '--json');
    const rule = { 'endpoint-name': 'board-*', 'resource-path': [BUTTON] };
    expect(JSON.parse(out)).toEqual({ changed: true, rules: [rule] });
    await press(served, 0, 2);
    await counted(2);
    const again = await succeeds('subscribe', ...at(served), '--endpoint', 'board-*', '--json');
    expect(JSON.parse(again.out)).toEqual({ changed: false, rules: [rule] });
    await succeeds('subscribe', ...at(served), '--type', 'other', '--path', '/3303/*');
    const { rules } = JSON.parse((await succeeds('unsubscribe', ...at(served), '--endpoint', 'board-*', '--json')).out);
    expect(rules).toEqual([{ 'endpoint-type': 'other', 'resource-path': ['/3303/*'] }]);
    expect(served.problems).toEqual([]);
  });

  test.each([['webhook', 'register', '--url', 'http://127.0.0.1:9/webhook'], ['subscribe']])(
    'a key that the connector does not know: exit 3 (%s)',
    async (...words) => {
      await using served = await serving(dialect, 0);
      await writeFile(keyFile, 'ak_another-key-altogether');
      const { status, err } = await runVerb([...words, ...at(served)]);
      expect({ status, err }).toEqual({ status: 3, err: expect.stringContaining('does not know the API key') });
    },
  );
});
