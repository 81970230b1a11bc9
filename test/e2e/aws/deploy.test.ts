/** `mts aws diff` and `deploy` against a stand-in for AWS: what is asked, what is made, what is told. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { ACCOUNT_ID, REGION } from './account.ts';
import { startFakeAws } from './fake-aws.ts';
import { aws, startAws } from './run-aws.ts';

// Bundling and synthesizing take a processor for seconds each time.
const NAME = 'mbed-time-series';
const ASSETS = `cdk-hnb659fds-assets-${ACCOUNT_ID}-${REGION}`;

test('the first deployment: shown and not made without --yes, made with it as one change; an update asks nothing', async () => {
  const fake = await startFakeAws();
  const { account } = fake;
  const refused = await aws(fake, 'deploy');
  expect({ status: refused.status, out: refused.out }).toEqual({ status: 2, out: '' });
  expect(refused.err).toContain('dynamodb:UpdateItem');
  expect(refused.err).toContain('then give --yes');
  expect(account.asked).not.toContain('ExecuteChangeSet');
  expect(account.asked).toContain('DeleteChangeSet');

  const made = await aws(fake, 'deploy --yes --json');
  expect(made.status).toBe(0);
  expect(JSON.parse(made.out)).toMatchObject({ ApiKeyId: 'abc', TableName: 'mbed_connector_button_presses' });
  expect(account.stacks.get(NAME)?.status).toBe('CREATE_COMPLETE');
  // The functions that the template names were put where it names them.
  const keys = codeKeys(account.stacks.get(NAME)!.template);
  expect(keys).toHaveLength(3);
  for (const key of keys) expect(account.objects.get(`${ASSETS}/${key}`)?.subarray(0, 2).toString()).toBe('PK');
  // What an earlier deployment left behind is taken up again.
  expect(account.changeSets.at(-1)?.get('ImportExistingResources')).toBe('true');

  expect((await aws(fake, 'diff')).out).toContain('no differences');
  const other = await aws(fake, 'diff --json --guide-metric off --alarm-email a@example.com');
  expect(JSON.parse(other.out)).toMatchObject({
    stack: NAME,
    added: expect.arrayContaining([expect.stringMatching(/^AlarmTopic/)]),
    changed: expect.arrayContaining([expect.stringMatching(/^Stream/)]),
    removed: [],
  });

  const updated = await aws(fake, 'deploy --log-level debug');
  expect(updated.status).toBe(0);
  expect(updated.out).toMatch(/^WebhookUrl +https:/m);
  expect(account.stacks.get(NAME)?.status).toBe('UPDATE_COMPLETE');
});

function codeKeys(template: string): string[] {
  const { Resources } = JSON.parse(template) as {
    Resources: Record<string, { Properties?: { Code?: { S3Key: string } } }>;
  };
  return Object.values(Resources).flatMap(({ Properties }) => Properties?.Code?.S3Key ?? []);
}

test('at a terminal it is asked: no leaves everything as it was, yes deploys', async () => {
  const fake = await startFakeAws();
  const asked: string[] = [];
  const answering = (answer: string) => async (question: string) => {
    asked.push(question);
    return answer;
  };
  for (const answer of ['', 'yes please']) {
    const { status, out } = await aws(fake, 'deploy', { ask: answering(answer) });
    expect({ status, out }).toEqual({ status: 1, out: '' });
  }
  expect(fake.account.asked).not.toContain('ExecuteChangeSet');
  expect((await aws(fake, 'deploy', { ask: answering('y') })).status).toBe(0);
  expect(asked).toEqual(Array(3).fill('Deploy with these permissions? [y/N] '));
});

test('an account that was not prepared: says how, and --bootstrap prepares it', async () => {
  const fake = await startFakeAws({ bootstrapped: false });
  const { status, err } = await aws(fake, 'deploy --yes');
  expect(status).toBe(3);
  expect(err).toContain('mts aws deploy --bootstrap');
  expect((await aws(fake, 'deploy --yes --bootstrap')).status).toBe(0);
  expect([...fake.account.stacks.keys()]).toEqual(['CDKToolkit', NAME]);
});

test('a change that CloudFormation takes back is no success', async () => {
  const fake = await startFakeAws({ failure: 'mbed_time_series_webhook already exists' });
  const { status, out, err } = await aws(fake, 'deploy --yes');
  expect({ status, out }).toEqual({ status: 3, out: '' });
  expect(err).toContain('ROLLBACK_COMPLETE');
});

test('credentials that AWS does not know', async () => {
  const { status, out, err } = await aws(await startFakeAws({ known: false }), 'deploy --yes');
  expect({ status, out }).toEqual({ status: 3, out: '' });
  expect(err).toContain('no credentials that it knows');
  expect(err).not.toContain('secret-of-the-account');
});

test('Ctrl-C ends the waiting, with the status of something not done', async () => {
  const fake = await startFakeAws({ slow: true });
  const run = startAws(fake, 'deploy --yes');
  await fake.asked('ExecuteChangeSet');
  run.interrupt();
  const { status, out, err } = await run.ended;
  expect({ status, out }).toEqual({ status: 1, out: '' });
  expect(err).toContain('CloudFormation has begun, it finishes');
});

test('the secret of a demanded header is in nothing that leaves this machine', async () => {
  const fake = await startFakeAws();
  const dir = await mkdtemp(join(tmpdir(), 'mts-header-'));
  try {
    const file = join(dir, 'key.txt');
    await writeFile(file, 'X-Second-Key: very-secret-value\n');
    const { status, out, err } = await aws(fake, `deploy --yes --header-file ${file}`);
    expect(status).toBe(0);
    const { template } = fake.account.stacks.get(NAME)!;
    expect(template).toMatch(/"DEMANDED_HEADER": ?"x-second-key:[0-9a-f]{64}"/);
    const all = [template, out, err, ...fake.account.objects.values()].join('');
    expect(all).not.toContain('very-secret-value');
  } finally {
    await rm(dir, { recursive: true });
  }
});
