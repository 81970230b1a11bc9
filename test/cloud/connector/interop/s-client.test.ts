/** OpenSSL's client before a whole connector that has the credentials of `mts credentials`: who is let in, and how. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { RESPONSES } from '../../../../cloud/protocol/coap/codes.ts';
import { decodeMessage } from '../../../../cloud/protocol/coap/message.ts';
import { OPTIONS, optionTexts } from '../../../../cloud/protocol/coap/options.ts';
import { RecordProxy } from '../transports/record-proxy.ts';
import { as, SClient, showing } from './s-client.ts';
import { newCredentials, registration, TlsService } from './tls-service.ts';

const run = promisify(execFile);
const SUITES = ['ECDHE-ECDSA-AES256-GCM-SHA384', 'ECDHE-ECDSA-AES128-GCM-SHA256'];
const OTHERS = `ALL:${SUITES.map((suite) => `!${suite}`).join(':')}:@SECLEVEL=0`;
const MESSAGE_ID = 0x1234;

let service: TlsService;

beforeEach(async () => {
  service = await TlsService.with('board-1', 'board-2');
});
afterEach(async () => {
  const { problems } = service.served;
  await service[Symbol.asyncDispose]();
  expect(problems).toEqual([]);
});

test('one registration in a record, its answer in a record', async () => {
  await using proxy = await RecordProxy.before(service.port);
  await using client = new SClient(proxy.port, '-tls1_2', ...(await as(service, 'board-1')));
  client.send(registration('board-1', MESSAGE_ID));
  await client.until(() => client.received.length > 0);
  const { type, code, messageId, options } = decodeMessage(client.received);
  expect({ type, code, messageId }).toEqual({ type: 'ACK', code: RESPONSES.Created, messageId: MESSAGE_ID });
  expect(optionTexts(options, OPTIONS.LocationPath)).toEqual(['rd', expect.any(String)]);
  expect(RecordProxy.messages(proxy.toClient)).toEqual([client.received.length]);
  expect(await service.names()).toEqual(['board-1']);
  expect(service.served.connector.boards.get('board-1')).toMatchObject({ transport: 'tls', domain: 'mts' });
});

test.each(SUITES)('%s alone is enough', async (suite) => {
  const words = ['-tls1_2', '-brief', '-cipher', suite];
  await using client = new SClient(service.port, ...words, ...(await as(service, 'board-1')));
  client.send(registration('board-1', MESSAGE_ID));
  await client.until(() => client.received.length > 0);
  expect(client.errors).toContain(`Ciphersuite: ${suite}\n`);
  expect(client.errors).toContain('Verification: OK\n');
});

test.each([
  ['TLS 1.3 alone', ['-tls1_3']],
  ['TLS 1.1', ['-tls1_1', '-cipher', 'ALL:@SECLEVEL=0']],
  ['RSA suites', ['-tls1_2', '-cipher', 'ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256:AES128-SHA']],
  ['every suite but those of a board', ['-tls1_2', '-cipher', OTHERS]],
])('%s: no handshake, and the server says so', async (_what, words) => {
  const said = await refused([...words, ...(await as(service, 'board-1'))], 'handshake');
  expect(said).toMatch(/alert (handshake failure|protocol version)/);
});

test('without a certificate: no board', async () => {
  await refused(['-tls1_2'], 'no-certificate');
});

test('of another authority, which has the same name: no board', async () => {
  const other = await newCredentials(join(service.dir, 'other'), 'board-1');
  const { cert, key } = await other.board('board-1');
  await refused(['-tls1_2', ...(await showing(service, cert, key))], 'certificate');
});

test('with an RSA key, of the same authority: no board', async () => {
  const [cert, key] = ['rsa.crt', 'rsa.key'].map((name) => join(service.dir, name)) as [string, string];
  const [authority, authorityKey] = ['authority.pem', 'authority-key.pem'].map((name) =>
    join(service.credentials.dir, name),
  ) as [string, string];
  await run('openssl', [
    ...['req', '-x509', '-CA', authority, '-CAkey', authorityKey, '-subj', '/CN=mts\\/board-1', '-days', '2'],
    ...['-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert],
  ]);
  // It is not even shown: the connector asks for other kinds of key.
  const [certText, keyText] = await Promise.all([readFile(cert, 'utf8'), readFile(key, 'utf8')]);
  await refused(['-tls1_2', ...(await showing(service, certText, keyText))], 'no-certificate');
});

test('revoked: no board, while another one still is', async () => {
  const words = await as(service, 'board-1');
  await service.revoke('board-1');
  await refused(['-tls1_2', ...words], 'revoked');
  await using client = new SClient(service.port, '-tls1_2', ...(await as(service, 'board-2')));
  client.send(registration('board-2', MESSAGE_ID));
  await client.until(() => client.received.length > 0);
  expect(await service.names()).toEqual(['board-2']);
});

test('revoked while it is connected: put out', async () => {
  await using client = new SClient(service.port, '-tls1_2', ...(await as(service, 'board-1')));
  client.send(registration('board-1', MESSAGE_ID));
  await client.until(() => client.received.length > 0);
  await service.revoke('board-1');
  await client.end();
  expect(await service.refused()).toEqual({ revoked: 1 });
});

test("another board's name: 4.03", async () => {
  await using client = new SClient(service.port, '-tls1_2', ...(await as(service, 'board-2')));
  client.send(registration('board-1', MESSAGE_ID));
  await client.until(() => client.received.length > 0);
  expect(decodeMessage(client.received).code).toBe(RESPONSES.Forbidden);
  expect(await service.names()).toEqual([]);
  return client.errors;
});

/** It gets no byte for its registration, and is counted for this reason. Resolves to what it says of that. */
async function refused(words: readonly string[], reason: string): Promise<string> {
  await using client = new SClient(service.port, ...words);
  client.send(registration('board-1', MESSAGE_ID));
  await client.end();
  expect(client.received).toHaveLength(0);
  expect(await service.refused()).toEqual({ [reason]: 1 });
  expect(await service.names()).toEqual([]);
  return client.errors;
}
