/** `mts aws outputs` and `destroy` against a stand-in for AWS. */
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { readHeaderFile } from '../../../scripts/header-file.ts';
import { API_KEY, BUCKET, type StackState } from './account.ts';
import { startFakeAws } from './fake-aws.ts';
import { aws } from './run-aws.ts';

// Loading CDK takes a processor for seconds.
const NAME = 'mbed-time-series';

/** An account in which it is deployed. */
function withStack(name = NAME, status = 'CREATE_COMPLETE') {
  const deployed: StackState = { name, template: '{}', status, prepared: undefined };
  return { stacks: new Map([[name, deployed]]) };
}

async function inFolder(work: (dir: string) => Promise<void>): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'mts-outputs-'));
  try {
    await work(dir);
  } finally {
    await rm(dir, { recursive: true });
  }
}

describe('outputs', () => {
  test('--json is one document; without, a line each', async () => {
    const fake = await startFakeAws(withStack());
    const { status, out, err } = await aws(fake, 'outputs --json');
    expect({ status, err }).toEqual({ status: 0, err: '' });
    expect(JSON.parse(out)).toMatchObject({
      WebhookUrl: expect.stringContaining('/prod/webhook'),
      AsideBucket: BUCKET,
    });
    expect((await aws(fake, 'outputs')).out).toMatch(/^WebhookUrl +https:/m);
  });

  test('--prefix finds another one, and says where there is none', async () => {
    const fake = await startFakeAws(withStack('test-mbed-time-series'));
    expect((await aws(fake, 'outputs --prefix test_')).status).toBe(0);
    const { status, err } = await aws(fake, 'outputs');
    expect({ status, err }).toEqual({
      status: 3,
      err: expect.stringContaining('nothing is deployed as mbed-time-series in eu-west-1'),
    });
  });

  test('--key-file: the key as a header that other verbs take, for its owner alone, never printed', () =>
    inFolder(async (dir) => {
      const fake = await startFakeAws(withStack());
      const file = join(dir, 'key.txt');
      for (let times = 0; times < 2; times += 1) {
        const { status, out, err } = await aws(fake, `outputs --json --key-file ${file}`);
        expect(status).toBe(0);
        expect(out + err).not.toContain(API_KEY);
      }
      expect(await readHeaderFile(file)).toEqual({ name: 'x-api-key', value: API_KEY });
      expect((await stat(file)).mode & 0o777).toBe(0o600);
    }));

  test('--key-file: a file that is something else is left alone', () =>
    inFolder(async (dir) => {
      const fake = await startFakeAws(withStack());
      const file = join(dir, 'diary.txt');
      await writeFile(file, 'Dear diary\n');
      const { status, err } = await aws(fake, `outputs --key-file ${file}`);
      expect({ status, err }).toEqual({ status: 2, err: expect.stringContaining('is no file with an API key') });
      expect(await readFile(file, 'utf8')).toBe('Dear diary\n');
      expect(fake.account.asked).toEqual([]);
    }));

  test('--key-file in no folder', async () => {
    const fake = await startFakeAws(withStack());
    const { status, err } = await aws(fake, 'outputs --key-file /nowhere/key.txt');
    expect({ status, err }).toEqual({ status: 3, err: expect.stringContaining('ENOENT') });
  });
});

describe('destroy', () => {
  test('deletes the stack; what holds data stays, and is named', async () => {
    const fake = await startFakeAws(withStack());
    fake.account.objects.set(`${BUCKET}/aside/a`, Buffer.from('not understood'));
    const { status, out } = await aws(fake, 'destroy --yes --json');
    expect(status).toBe(0);
    expect(JSON.parse(out)).toEqual({ deleted: NAME, kept: ['mbed_connector_button_presses', BUCKET] });
    expect(fake.account.stacks.size).toBe(0);
    expect(fake.account.deletedTables).toEqual([]);
    expect(fake.account.objects.size).toBe(1);
  });

  test('--delete-data deletes that, too', async () => {
    const fake = await startFakeAws({ ...withStack(), queued: 3 });
    for (const key of ['a', 'b']) fake.account.objects.set(`${BUCKET}/aside/${key}`, Buffer.from(key));
    const { status, out } = await aws(fake, 'destroy --yes --delete-data');
    expect({ status, out }).toEqual({ status: 0, out: `Deleted ${NAME}. Nothing of it is left.\n` });
    expect(fake.account.deletedTables).toEqual(['mbed_connector_button_presses']);
    expect(fake.account.deletedBuckets).toEqual([BUCKET]);
    expect(fake.account.objects.size).toBe(0);
  });

  test('one that never came whole can be deleted', async () => {
    const fake = await startFakeAws(withStack(NAME, 'ROLLBACK_COMPLETE'));
    expect((await aws(fake, 'outputs')).err).toContain('(ROLLBACK_COMPLETE)');
    expect((await aws(fake, 'destroy --yes')).status).toBe(0);
    expect(fake.account.stacks.size).toBe(0);
  });

  test('what an earlier one left behind can be deleted by itself', async () => {
    const fake = await startFakeAws();
    expect((await aws(fake, 'destroy --yes --delete-data --prefix test_')).status).toBe(0);
    expect(fake.account.deletedTables).toEqual(['test_mbed_connector_button_presses']);
    expect(fake.account.deletedBuckets).toEqual([`test-${BUCKET}`]);
  });

  test('at a terminal it is asked', async () => {
    const fake = await startFakeAws(withStack());
    const { status, err } = await aws(fake, 'destroy', { ask: async () => 'n' });
    expect({ status, err }).toEqual({ status: 1, err: 'Nothing was deleted.\n' });
    expect(fake.account.stacks.size).toBe(1);
    const questions: string[] = [];
    const yes = async (question: string): Promise<string> => {
      questions.push(question);
      return 'y';
    };
    expect((await aws(fake, 'destroy', { ask: yes })).status).toBe(0);
    expect(questions).toEqual([expect.stringMatching(/^Delete mbed-time-series in eu-west-1, but not the table .*\?/)]);
  });

  test('a failure queue that nobody looked at is not thrown away', async () => {
    const fake = await startFakeAws({ ...withStack(), queued: 3 });
    const { status, err } = await aws(fake, 'destroy --yes');
    expect({ status, err }).toEqual({ status: 2, err: expect.stringContaining('the failure queue is not empty') });
    expect(fake.account.stacks.size).toBe(1);
  });

  test('what is not deployed is not destroyed', async () => {
    const { status, err } = await aws(await startFakeAws(), 'destroy --yes');
    expect({ status, err }).toEqual({ status: 3, err: expect.stringContaining('nothing is deployed') });
  });
});
