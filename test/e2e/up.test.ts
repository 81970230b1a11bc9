/** `mts up` as a process: its result, its page, its end. */
import { expect, test } from '@jest/globals';
import { inFolder, mts, startMts } from './run-mts.ts';

const DELIVERY = 'redeliver=0.2,concurrent=0.1,lost-answer=0.1,coalesce=0.3';
const FAULTS = `${DELIVERY},wrap=0.2`;

const run = async (...words: string[]) => {
  const { status, out, err } = await mts('up', '--port', '0', '--boards', '20', '--rate', '200', '--json', ...words);
  return { status, err, result: JSON.parse(out) };
};

test('with every fault, every press is counted once; the same seed presses the same', async () => {
  // Over LwM2M, what a board does while it boots is up to the network as well.
  const words = ['--via', 'webhook', '--duration', '4s', '--seed', '7', '--faults', `${FAULTS},reboot=0.01`];
  const [one, other] = [await run(...words), await run(...words)];
  expect(one).toMatchObject({ status: 0, result: { boards: 20, lost: 0, doubled: 0, setAside: 0, seed: 7 } });
  expect(one.result.counted).toBe(one.result.pressed);
  expect(one.result.pressed).toBeGreaterThan(65_530);
  expect(other.result.pressed).toBe(one.result.pressed);
  expect(Object.keys(one.result)).toEqual(
    'boards pressed counted lost doubled died setAside latencyMs seed'.split(' '),
  );
});

test('boards over LwM2M and a connector, on a bad network, in every way', async () => {
  // Not with wrap: a first value that is lost six presses before 2^16 is in the README's table of what nobody can count.
  const faults = `${DELIVERY},loss=0.05,duplicate=0.05,reorder=0.05,jitter=0.1,reboot=0.01`;
  const over = await run('--duration', '3s', '--speed', '10', '--seed', '8', '--faults', faults);
  expect(over).toMatchObject({ status: 0, result: { lost: 0, doubled: 0, setAside: 0 } });
  expect(over.result.pressed).toBeGreaterThan(300);
});

test('boards over TLS, each with its certificate, that lose their connections', async () => {
  const words = ['--via', 'lwm2m+tls', '--speed', '10', '--duration', '3s', '--seed', '9'];
  const { status, result } = await run(...words, '--faults', 'disconnect=0.03,reboot=0.02,redeliver=0.2');
  expect({ status, lost: result.lost, doubled: result.doubled }).toEqual({ status: 0, lost: 0, doubled: 0 });
});

test.each([
  ['lwm2m+udp', 'disconnect=0.1'],
  ['lwm2m+tls', 'loss=0.1'],
  ['webhook', 'silence=0.1'],
])('--via %s cannot have %s, and says which way can', async (via, faults) => {
  const { status, err } = await mts('up', '--via', via, '--faults', faults, '--duration', '1s');
  expect(status).toBe(2);
  expect(err).toMatch(/cannot have the fault .* take --via/s);
});

test.each(['connector', 'pelion', 'mdc'])(
  'in the %s dialect, with counters that wrap, without reboots',
  async (dialect) => {
    const { status, result } = await run('--duration', '3s', '--seed', '11', '--dialect', dialect, '--faults', FAULTS);
    expect({ status, lost: result.lost, doubled: result.doubled }).toEqual({ status: 0, lost: 0, doubled: 0 });
    expect(result.counted).toBe(result.pressed);
  },
);

test('the page and the webhook are there; Ctrl-C ends in good order, with the result', async () => {
  const up = startMts('up', '--port', '0', '--rate', '20');
  const [, origin] = await up.said(/Page +(http:\/\/127\.0\.0\.1:\d+)\//);
  const page = await fetch(`${origin}/`);
  expect(page.headers.get('content-type')).toContain('text/html');
  expect((await fetch(`${origin}/healthz`)).status).toBe(200);
  await presses(`${origin}/metrics`, 5);
  up.interrupt();
  const { status, out } = await up.ended;
  expect(status).toBe(0);
  expect(out).toMatch(/Exact: (\d+) pressed, \1 counted, 0 lost, 0 doubled, 0 died/);
});

test('a second run in the same folder is compared with what the first left', () =>
  inFolder(async (dir) => {
    const words = ['--data', dir, '--duration', '1s', '--seed', '3'];
    const [first, second] = [await run(...words), await run(...words)];
    expect(second).toMatchObject({ status: 0, result: { lost: 0, doubled: 0, counted: first.result.counted } });
    const { out } = await mts('report', '--data', dir, '--json');
    const { hours } = JSON.parse(out) as { hours: { count: number }[] };
    expect(hours.reduce((sum, { count }) => sum + count, 0)).toBe(first.result.counted * 2);
  }));

test('presses that the store does not hold are named, and the exit status is 1', async () => {
  const { status, result } = await run(
    '--duration',
    '4s',
    '--dialect',
    'pelion',
    '--seed',
    '5',
    '--faults',
    'reboot=0.9',
    '--via',
    'webhook',
  );
  expect(status).toBe(1);
  expect(result.lost).toBeGreaterThan(0);
  expect(result.pressed).toBe(result.counted + result.lost - result.doubled);
});

test('a port that is taken is said, with what to do', async () => {
  const up = startMts('up', '--port', '0');
  const [, port] = await up.said(/Page +http:\/\/127\.0\.0\.1:(\d+)\//);
  const { status, err } = await mts('up', '--port', String(port));
  expect(status).toBe(3);
  expect(err).toContain('another program has the port');
  expect(err).toContain('--port');
  up.interrupt();
  expect((await up.ended).status).toBe(0);
});

/** Waits until the receiver has counted so many. */
async function presses(metrics: string, least: number): Promise<void> {
  for (;;) {
    const text = await (await fetch(metrics)).text();
    if (Number(/^mts_presses_total (\d+)$/m.exec(text)?.[1]) >= least) return;
  }
}
