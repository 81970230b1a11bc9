/** The credentials do their work in real TLS: Node's server as the connector sets it up, and clients with what boards get. */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer, type Server, type TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { BoardCredentials, ServerCredentials } from '../../../firmware-template/credentials/credentials.ts';
import { type Credentials, openCredentials } from '../../../firmware-template/credentials/folder.ts';
import { initCredentials } from '../../../firmware-template/credentials/init.ts';

/** Of today: Node's TLS asks the clock. */
const now = new Date();
const running: Server[] = [];
let dir = '';
let credentials: Credentials;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'mts-credentials-tls-'));
  await initCredentials(join(dir, 'one'), { now, force: false });
  credentials = await openCredentials(join(dir, 'one'));
  for (const endpoint of ['good', 'lost']) await credentials.issue({ endpoint }, { now, force: false });
});
afterEach(() => {
  for (const server of running.splice(0)) server.close();
});
afterAll(async () => {
  await rm(dir, { recursive: true });
});

/** What the board's TLS offers, as far as Node can be held to it. */
const BOARD = {
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.2',
  ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256',
  ecdhCurve: 'P-384:P-256',
  sigalgs: 'ECDSA+SHA512:ECDSA+SHA384:ECDSA+SHA256:ECDSA+SHA224',
} as const;

/** A server that says whom it let in, and why it would not. `strict` ends the connection then without a word, as Node does. */
async function listening({ cert, key, authority, crl }: ServerCredentials, strict = false): Promise<Server> {
  const server = createServer({ cert, key, ca: authority, crl, requestCert: true, rejectUnauthorized: strict });
  server.on('tlsClientError', () => undefined);
  server.on('secureConnection', (socket) => {
    socket.on('error', () => undefined);
    const { authorized, authorizationError } = socket;
    socket.end(authorized ? `hello ${socket.getPeerCertificate().subject.CN}` : `no: ${authorizationError}`);
  });
  running.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

/** What the server said to the board, or why it did not come to that. */
async function hello(server: Server, { serverCert, cert, key }: BoardCredentials): Promise<string> {
  const { port } = server.address() as AddressInfo;
  // The board compares no host name.
  const options = {
    ...BOARD,
    port,
    host: '127.0.0.1',
    ca: serverCert,
    cert,
    key,
    checkServerIdentity: () => undefined,
  };
  return new Promise((resolve) => {
    const socket: TLSSocket = connect(options);
    let said = '';
    socket.on('data', (data: Buffer) => {
      said += data;
    });
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    socket.on('close', () => resolve(said === '' ? 'closed' : said));
  });
}

test('a board is known by its name, and a revoked one is refused while others are not', async () => {
  const [good, lost] = [await credentials.board('good'), await credentials.board('lost')];
  const before = await listening(await credentials.server());
  expect(await hello(before, good)).toBe('hello mts/good');
  expect(await hello(before, lost)).toBe('hello mts/lost');

  await credentials.revoke('lost', now);
  const after = await listening(await credentials.server());
  expect(await hello(after, lost)).toBe('no: CERT_REVOKED');
  expect(await hello(after, good)).toBe('hello mts/good');

  const strict = await listening(await credentials.server(), true);
  expect(await hello(strict, lost)).toBe('ECONNRESET');
  expect(await hello(strict, good)).toBe('hello mts/good');
});

test('a board of another authority is refused, and refuses this server', async () => {
  await initCredentials(join(dir, 'two'), { now, force: false });
  const others = await openCredentials(join(dir, 'two'));
  await others.issue({ endpoint: 'good' }, { now, force: false });
  const server = await listening(await credentials.server());
  const other = await others.board('good');
  expect(await hello(server, other)).toMatch(/^(SELF_SIGNED_CERT|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER)/);
  expect(await hello(server, { ...other, serverCert: credentials.authority })).toMatch(
    /^no: UNABLE_TO_(VERIFY|GET_ISSUER)/,
  );
});

test("a board's certificate does not make a server", async () => {
  const [board, good] = [
    await credentials.board('lost', 'mts').catch(() => undefined),
    await credentials.board('good'),
  ];
  expect(board).toBeUndefined();
  const server = await listening({ ...(await credentials.server()), cert: good.cert, key: good.key });
  expect(await hello(server, good)).toBe('INVALID_PURPOSE');
});
