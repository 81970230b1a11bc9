/** `mts aws local` as a user runs it: started, used with its key file, ended with Ctrl-C or killed, started again. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { dynamoDbWanted } from '../../cloud/platforms/aws/dynamodb-local.ts';
import { MTS } from '../ingest-process.ts';
import { inFolder, mts, startMts } from '../run-mts.ts';

const ANY_PORTS = ['--port', '0', '--mqtt-port', '0', '--json'];

(dynamoDbWanted ? describe : describe.skip)('mts aws local', () => {
  test('takes what is sent with the key of its file, ends with Ctrl-C, and goes on with the same key', async () => {
    await inFolder(async (dir) => {
      const data = join(dir, 'aws');
      const first = await started(data);
      expect(first.addresses).toMatchObject({
        webhook: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/webhook$/),
        mqtt: expect.stringMatching(/^mqtt:\/\/127\.0\.0\.1:\d+$/),
        ...{ keyFile: join(data, 'api-key'), table: 'mbed_connector_button_presses', namespace: 'MbedButtonPressHour' },
      });
      expect((await stat(data)).mode & 0o077).toBe(0);
      const line = await readFile(first.addresses.keyFile, 'utf8');
      const key = /^x-api-key: (\S+)\n$/.exec(line)?.[1] ?? '';
      const sent = { method: 'PUT', body: '{"notifications":[]}', headers: { 'x-api-key': key } };
      expect((await fetch(first.addresses.webhook, sent)).status).toBe(200);
      expect((await fetch(first.addresses.webhook, { ...sent, headers: {} })).status).toBe(403);
      const busy = await mts('aws', 'local', '--data', data, ...ANY_PORTS);
      expect([busy.status, busy.err]).toEqual([3, expect.stringMatching(/another stack uses it/)]);
      const simulated = await mts(
        ...['simulate', '--to', first.addresses.webhook, '--header-file', first.addresses.keyFile],
        ...['--boards', '3', '--rate', '50', '--presses', '20', '--json'],
      );
      expect([simulated.status, JSON.parse(simulated.out)]).toEqual([0, expect.objectContaining({ undelivered: 0 })]);
      first.process.interrupt();
      const { status, out, err } = await first.process.ended;
      expect([status, `${out}${err}`.includes(key)]).toEqual([0, false]);

      const second = await started(data);
      expect(await readFile(second.addresses.keyFile, 'utf8')).toBe(line);
      second.process.interrupt();
      expect((await second.process.ended).status).toBe(0);
    });
  });

  test('Ctrl-C while it starts is no error', async () => {
    await inFolder(async (dir) => {
      const process = startMts('aws', 'local', '--data', dir, ...ANY_PORTS);
      while (!existsSync(join(dir, 'lock.sqlite'))) await sleep(5);
      process.interrupt();
      expect(await process.ended).toEqual({ status: 0, out: '', err: '' });
    });
  });

  test('killed, it leaves nothing running', async () => {
    await inFolder(async (dir) => {
      const words = [MTS, 'aws', 'local', '--data', dir, ...ANY_PORTS];
      const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] });
      const [line] = (await once(child.stdout, 'data')) as [Buffer];
      const { dynamodb, webhook } = JSON.parse(String(line)) as { dynamodb: string; webhook: string };
      expect((await fetch(webhook)).status).toBe(200);
      child.kill('SIGKILL');
      // Its port is free again when Java has ended.
      while (await answers(dynamodb));
    });
  });

  test('words that make no sense are said', async () => {
    for (const [option, value] of [
      ['--port', 'x'],
      ['--mqtt-port', '70000'],
      ['--prefix', 'A'],
      ['--rate', '0'],
      ['--log-level', 'loud'],
    ] as const) {
      const { status, err } = await mts('aws', 'local', option, value);
      expect([option, status, err]).toEqual([option, 2, expect.stringContaining(option)]);
    }
  });
});

async function answers(url: string): Promise<boolean> {
  try {
    await (await fetch(url, { headers: { connection: 'close' } })).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}

async function started(data: string) {
  const process = startMts('aws', 'local', '--data', data, ...ANY_PORTS);
  const [line] = await process.said(/^\{.*\}$/m);
  return { process, addresses: JSON.parse(line) as { webhook: string; keyFile: string } };
}
