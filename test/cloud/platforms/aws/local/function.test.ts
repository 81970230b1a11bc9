/** Functions run in processes of their own as Lambda runs them: cold, warm, at once, too long, killed. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from '@jest/globals';
import {
  type FunctionOptions,
  type LocalFunction,
  startFunction,
} from '../../../../../cloud/platforms/aws/local/functions/function.ts';
import { EventTooLarge } from '../../../../../cloud/platforms/aws/local/functions/invocation.ts';

const ECHO = fileURLToPath(new URL('./fixtures/echo.main.ts', import.meta.url));
const ARN = 'arn:aws:lambda:us-east-1:000000000000:function:echo';
const started: LocalFunction[] = [];

afterEach(async () => {
  await Promise.all(started.splice(0).map((one) => one.close()));
});

test('a handler gets event, context and environment, and stays warm', async () => {
  const echo = start({ env: { GREETING: 'hello' } });
  expect(echo.processes()).toBe(0);
  const { requestId, failed, payload } = await echo.invoke({ env: 'GREETING' });
  const first = JSON.parse(payload);
  expect([failed, first]).toEqual([
    false,
    { ...first, awsRequestId: requestId, functionName: 'echo', invokedFunctionArn: ARN, env: 'hello' },
  ]);
  expect(first.left).toBeGreaterThan(9_000);
  expect(first.left).toBeLessThanOrEqual(10_000);
  const second = await json(echo, { env: 'AWS_LAMBDA_FUNCTION_NAME' });
  expect([second.pid, second.env]).toEqual([first.pid, 'echo']);
  expect((await json(echo, { env: 'PATH' })).env).toBeUndefined();
});

test('events at once run in processes of their own, up to the limit; more wait for their turn', async () => {
  const echo = start({ maxProcesses: 2 });
  const answers = await Promise.all([1, 2, 3, 4].map(() => json(echo, { sleepMs: 300 })));
  expect(new Set(answers.map(({ pid }) => pid)).size).toBe(2);
  expect(echo.processes()).toBe(2);
});

test('what a handler throws is told in the words of Lambda, and its process goes on', async () => {
  const echo = start();
  const { pid } = await json(echo, {});
  const { failed, payload } = await echo.invoke({ throw: 'too much' });
  expect(failed).toBe(true);
  expect(JSON.parse(payload)).toMatchObject({ errorType: 'RangeError', errorMessage: 'too much' });
  expect((await json(echo, {})).pid).toBe(pid);
});

test('who takes too long is killed, even in an endless loop', async () => {
  const echo = start({ timeoutMs: 3_000 });
  for (const event of [{ sleepMs: 60_000 }, { spin: true }]) {
    const { failed, payload } = await echo.invoke(event);
    expect(failed).toBe(true);
    expect(JSON.parse(payload)).toMatchObject({
      errorType: 'Sandbox.Timedout',
      errorMessage: expect.stringMatching(/Task timed out after 3\.00 seconds/),
    });
  }
  expect((await echo.invoke({})).failed).toBe(false);
});

test('a process that dies fails its event alone', async () => {
  const echo = start();
  const { failed, payload } = await echo.invoke({ exit: 7 });
  expect([failed, JSON.parse(payload).errorType]).toEqual([true, 'Runtime.ExitError']);
  expect(payload).toMatch('exit status 7');
  expect((await echo.invoke({})).failed).toBe(false);
});

test('killed between the work and the answer: the work is done, and nobody hears of it', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'mts-function-'));
  const echo = start({ killBeforeAnswer: (invocation) => invocation === 2 });
  const write = join(dir, 'file');
  const outcomes = [];
  for (let turn = 0; turn < 3; turn += 1) outcomes.push(await echo.invoke({ write }));
  expect(outcomes.map(({ failed }) => failed)).toEqual([false, true, false]);
  expect(outcomes[1]?.payload).toMatch('signal: killed');
  expect(await readFile(write, 'utf8')).toBe('written\n'.repeat(3));
  await rm(dir, { recursive: true });
});

test('an entry that cannot be loaded, or has no handler, fails the event with the reason', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'mts-function-'));
  const entry = join(dir, 'entry.mjs');
  for (const [text, reason] of [
    ['import "./missing.mjs";', /missing\.mjs/],
    ['export const other = 1;', /no function handler/],
    ['throw new Error("TABLE is not set");', /TABLE is not set/],
    ['process.exit(3);', /exited before it was ready/],
  ] as const) {
    await writeFile(entry, text);
    const { failed, payload } = await start({ entry }).invoke({});
    expect([text, failed, JSON.parse(payload).errorMessage]).toEqual([text, true, expect.stringMatching(reason)]);
  }
  await rm(dir, { recursive: true });
});

test('events and answers that Lambda does not carry', async () => {
  const echo = start();
  const most = 6_291_456 - Buffer.byteLength('{"pad":""}');
  expect((await echo.invoke({ pad: 'x'.repeat(most) })).failed).toBe(false);
  await expect(echo.invoke({ pad: 'x'.repeat(most + 1) })).rejects.toThrow(EventTooLarge);
  await expect(echo.invoke({ pad: 'x'.repeat(1_048_576) }, 'async')).rejects.toThrow(EventTooLarge);
  expect((await echo.invoke({ bytes: 6_291_554 })).failed).toBe(false);
  const { failed, payload } = await echo.invoke({ bytes: 6_291_555 });
  expect([failed, JSON.parse(payload).errorType]).toEqual([true, 'Function.ResponseSizeTooLarge']);
});

test('what a function writes reaches the log', async () => {
  const lines: string[] = [];
  const echo = start({ log: (line) => lines.push(line) });
  await echo.invoke({ env: 'X' });
  await echo.close();
  expect(lines).toContain('asked env');
});

test('processes end with a parent that is killed', async () => {
  const module = fileURLToPath(
    new URL('../../../../../cloud/platforms/aws/local/functions/function.ts', import.meta.url),
  );
  const script = `
    const { startFunction } = await import(${JSON.stringify(module)});
    const options = ${JSON.stringify({ ...OPTIONS, log: undefined })};
    const one = startFunction({ ...options, log: () => {} });
    console.log(JSON.parse((await one.invoke({})).payload).pid);
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const pid = Number(String(line));
  process.kill(pid, 0);
  child.kill('SIGKILL');
  while (runs(pid)) await new Promise((resolve) => setImmediate(resolve));
});

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const OPTIONS = {
  ...{ name: 'echo', arn: ARN, entry: ECHO, env: {}, region: 'us-east-1', timeoutMs: 10_000, maxProcesses: 4 },
  log: () => undefined,
};

function start(options: Partial<FunctionOptions> = {}): LocalFunction {
  const one = startFunction({ ...OPTIONS, ...options });
  started.push(one);
  return one;
}

async function json(one: LocalFunction, event: object): Promise<Record<string, unknown>> {
  return JSON.parse((await one.invoke(event)).payload);
}
