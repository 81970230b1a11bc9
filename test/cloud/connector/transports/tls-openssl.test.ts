/** OpenSSL's own client before the TLS port, with the settings of a board: another implementation than ours on both sides. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { listenTls } from '../../../../cloud/connector/transports/tls.ts';
import { Authority, type Pair } from './certificates.ts';
import { Listening, message } from './listening.ts';
import { RecordProxy } from './record-proxy.ts';

const HANDSHAKE = 22;
const [REQUEST, CHAIN] = ['CertificateRequest', 'Certificate'];

let authority: Authority;
let server: Pair;
let board: Pair;
let revoked: Pair;
let crl: string;

beforeAll(async () => {
  authority = await Authority.named('boards');
  [server, board, revoked] = await Promise.all([
    authority.issue('/CN=connector'),
    authority.board('dom', 'k64f'),
    authority.board('dom', 'revoked'),
  ]);
  crl = await authority.revoking([revoked]);
});
afterAll(async () => {
  await authority[Symbol.asyncDispose]();
});

const listening = () =>
  Listening.by((options) => listenTls({ ...options, credentials: { ...server, authority: authority.own.cert, crl } }));

type Client = ChildProcessByStdio<Writable, Readable, Readable>;

async function client(port: number, { cert, key }: Pair, ...words: string[]): Promise<Client> {
  const file = join(authority.dir, `client-${port}.pem`);
  await writeFile(file, cert + key);
  return spawn(
    'openssl',
    [
      ...['s_client', '-connect', `127.0.0.1:${port}`, '-noservername', '-tls1_2', '-nocommands'],
      ...['-cipher', 'ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256', '-curves', 'P-384:P-256'],
      ...['-cert', file, '-key', file, '-CAfile', join(authority.dir, 'authority.crt'), '-verify_return_error'],
      ...words,
    ],
    { stdio: ['pipe', 'pipe', 'pipe'] },
  );
}

async function output(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

test('messages both ways, in handshake records that a board has room for', async () => {
  await using served = await listening();
  await using proxy = await RecordProxy.before(served.port);
  served.onMessage = (connection, bytes) => {
    connection.send(bytes);
    connection.send(message(20));
  };
  const openssl = await client(proxy.port, board, '-quiet');
  const said = output(openssl.stdout);
  const errors = output(openssl.stderr);
  const { connection, messages, closed } = await served.spoken.next();
  expect(connection.identity).toMatchObject({ domain: 'dom', endpoint: 'k64f' });
  openssl.stdin.write(message(1_151, 0x62));
  expect(await messages.next()).toEqual(Buffer.from(message(1_151, 0x62)));
  connection.close();
  const [status] = await once(openssl, 'close');
  expect([status, String(await errors)]).toEqual([0, expect.stringContaining('verify return:1')]);
  expect(await said).toEqual(Buffer.concat([message(1_151, 0x62), message(20)]));
  expect(RecordProxy.messages(proxy.toClient)).toEqual([1_151, 20]);
  expect(closed.all).toEqual(['closed by the connector']);
  const handshake = proxy.toClient.filter(({ type }) => type === HANDSHAKE).map(({ length }) => length);
  expect(Math.max(...handshake)).toBeLessThan(1_000);
});

test('says exactly what a board needs to hear', async () => {
  await using served = await listening();
  const openssl = await client(served.port, board, '-msg');
  const said = output(openssl.stdout);
  await served.spoken.next();
  openssl.stdin.end();
  await once(openssl, 'close');
  const text = String(await said);
  expect(text).toContain('Acceptable client certificate CA names\nCN = boards\n');
  expect(text).toContain('Requested Signature Algorithms: ECDSA+SHA256:ECDSA+SHA384:ECDSA+SHA512\n');
  expect(text).toContain('Server Temp Key: ECDH, prime256v1, 256 bits');
  expect(text).toContain('Cipher is ECDHE-ECDSA-AES256-GCM-SHA384');
  expect(text).toContain('Verify return code: 0 (ok)');
  expect(text).toContain('Secure Renegotiation IS supported');
  // No session to come back to.
  expect(text).not.toContain('TLS session ticket');
  for (const name of [REQUEST, CHAIN]) {
    const bytes = new RegExp(`<<< TLS 1.2, Handshake \\[length ([0-9a-f]+)\\], ${name}\\n`).exec(text)?.[1];
    expect(Number.parseInt(bytes ?? 'none', 16)).toBeLessThan(1_000);
  }
});

test('a revoked board gets nothing', async () => {
  await using served = await listening();
  const openssl = await client(served.port, revoked, '-quiet');
  const said = output(openssl.stdout);
  expect(await served.refused.next()).toMatchObject({ reason: 'revoked' });
  await once(openssl, 'close');
  expect(await said).toHaveLength(0);
  expect(served.spoken.all).toEqual([]);
});
