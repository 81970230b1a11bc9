/** The verbs that reach a deployment, against the stack on this machine as the SDK's variables lead there. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { dynamoDbWanted } from '../../cloud/platforms/aws/dynamodb-local.ts';
import { inFolder, mts, startMts } from '../run-mts.ts';

interface Addresses {
  readonly webhook: string;
  readonly mqtt: string;
  readonly keyFile: string;
  readonly dynamodb: string;
  readonly services: string;
  readonly bucket: string;
  readonly queue: string;
  readonly region: string;
}

const before = { ...process.env };
function forget(): void {
  for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
}
afterEach(forget);

(dynamoDbWanted ? describe : describe.skip)('a deployment', () => {
  test('is reported, verified, told again to CloudWatch, and what was not understood is listed and dropped', async () => {
    await inFolder(async (dir) => {
      const local = startMts('aws', 'local', '--data', join(dir, 'aws'), '--port', '0', '--mqtt-port', '0', '--json');
      const [line] = await local.said(/\{.*\}/);
      const at = JSON.parse(line) as Addresses;
      reach(at);
      const there = ['--platform', 'aws', '--bucket', at.bucket];
      const ledger = join(dir, 'day.jsonl');
      const press = ['simulate', '--to', at.webhook, '--header-file', at.keyFile, '--boards', '3', '--rate', '50'];
      const run = ['--presses', '30', '--json', '--ledger', ledger, '--platform', 'aws'];

      // The second run's ledger knows what the first one left.
      for (const seed of ['1', '2']) expect((await mts(...press, ...run, '--seed', seed)).status).toBe(0);
      const verified = await mts('verify', '--ledger', ledger, ...there, '--json');
      expect([verified.status, verified.err]).toEqual([0, '']);
      expect(JSON.parse(verified.out)).toMatchObject({ lost: 0, doubled: 0 });
      expect((await mts('simulate', '--to', at.webhook, '--rate', '1', '--platform', 'aws')).status).toBe(2);

      const key = await readFile(at.keyFile, 'utf8');
      const headers = { 'x-api-key': key.replace(/^x-api-key: |\n/g, '') };
      expect((await fetch(at.webhook, { method: 'PUT', headers, body: 'open sesame' })).status).toBe(200);
      const report = await mts('report', ...there, '--json');
      const { hours, setAside } = JSON.parse(report.out);
      expect([report.status, setAside]).toEqual([0, 1]);
      const counted = hours.reduce((sum: number, { count }: { count: number }) => sum + count, 0);
      expect(counted).toBeGreaterThan(20);
      expect((await mts('report', '--platform', 'aws', '--csv')).out.split('\n').length).toBe(hours.length + 2);

      expect(JSON.parse((await mts('aws', 'republish', '--from', '2h', '--to', 'now', '--json')).out)).toMatchObject({
        ...{ told: hours.length, refused: 0, failed: 0 },
      });
      expect((await mts('aws', 'republish', '--from', 'now', '--to', '2h')).status).toBe(2);

      const listed = JSON.parse((await mts('aws', 'aside', 'list', '--bucket', at.bucket, '--json')).out);
      expect(listed.aside).toMatchObject([{ bytes: 11, body: btoa('open sesame') }]);
      expect((await mts('aws', 'aside', 'replay', '--bucket', at.bucket)).status).toBe(1);
      expect((await mts('aws', 'aside', 'replay', '--bucket', at.bucket, '--kind', 'datum')).status).toBe(2);
      expect((await mts('aws', 'aside', 'drop', '--bucket', at.bucket, '--key', 'nosuch')).status).toBe(1);
      const dropped = await mts('aside', 'drop', ...there, '--all', '--json');
      expect(JSON.parse(dropped.out)).toEqual({ dropped: 1, kept: 0 });

      const redriven = await mts('aws', 'redrive', '--queue', at.queue, '--bucket', at.bucket, '--json');
      expect([redriven.status, JSON.parse(redriven.out)]).toEqual([0, { taken: 0, others: 1, presses: 0 }]);
      local.interrupt();
      expect((await local.ended).status).toBe(0);
    });
  });

  test('by MQTT, totals decide: the ledger says how the boards sent', async () => {
    await inFolder(async (dir) => {
      const local = startMts('aws', 'local', '--data', join(dir, 'aws'), '--port', '0', '--mqtt-port', '0', '--json');
      const [line] = await local.said(/\{.*\}/);
      const at = JSON.parse(line) as Addresses;
      reach(at);
      const ledger = join(dir, 'day.jsonl');
      const press = ['simulate', '--via', 'mqtt', '--to', at.mqtt, '--boards', '3', '--rate', '50', '--presses', '30'];
      expect((await mts(...press, '--ledger', ledger, '--platform', 'aws')).status).toBe(0);
      // The function is invoked after the message was acknowledged: it is waited for by the stack's own end.
      local.interrupt();
      expect((await local.ended).status).toBe(0);
      // What the variables lead to has ended: said, and not taken for a bug.
      const lost = await mts('aws', 'local', '--port', '0', '--mqtt-port', '0');
      expect([lost.status, lost.err]).toEqual([3, expect.stringContaining('AWS_ENDPOINT_URL_DYNAMODB')]);
      forget();
      const again = startMts('aws', 'local', '--data', join(dir, 'aws'), '--port', '0', '--mqtt-port', '0', '--json');
      const [second] = await again.said(/\{.*\}/);
      reach(JSON.parse(second) as Addresses);
      // Filed under another hour, as a message that overtook another would be.
      const text = await readFile(ledger, 'utf8');
      const hour = /"hour":"([^"]+)"/.exec(text)?.[1] ?? '';
      await writeFile(ledger, text.replaceAll(`"hour":"${hour}"`, `"hour":"2026-01-01 00:00:00"`));
      const verified = await mts('verify', '--ledger', ledger, '--platform', 'aws', '--json');
      expect(JSON.parse(verified.out)).toMatchObject({ lost: 0, doubled: 0 });
      expect(JSON.parse(verified.out).moved.length).toBeGreaterThan(0);
      again.interrupt();
      expect((await again.ended).status).toBe(0);
    });
  });
});

/** As a user exports them. */
function reach({ dynamodb, services, region }: Addresses): void {
  Object.assign(process.env, {
    ...{ AWS_REGION: region, AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' },
    ...{ AWS_ENDPOINT_URL_DYNAMODB: dynamodb, AWS_ENDPOINT_URL_CLOUDWATCH: services },
    ...{ AWS_ENDPOINT_URL_S3: services, AWS_ENDPOINT_URL_SQS: services },
  });
}
