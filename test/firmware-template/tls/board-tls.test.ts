/**
 * What was generated, against a board's own TLS: Mbed TLS with the board's settings, and a server of Node.
 *
 * The board shows what no parser can: that a handshake fits into its 2048 bytes, that it trusts its server and no other,
 * and that each record is one CoAP message, in both directions.
 */

import { constants, createPrivateKey, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TlsOptions } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { CLIENT_AUTH, readCertificates, SERVER_AUTH } from '../../../firmware-template/credentials/certificate.ts';
import { openCredentials } from '../../../firmware-template/credentials/folder.ts';
import {
  certificateRequestBytes,
  certificatesBytes,
  MOST_HANDSHAKE_BYTES,
} from '../../../firmware-template/credentials/handshake-size.ts';
import { initCredentials } from '../../../firmware-template/credentials/init.ts';
import type { Made } from '../../../firmware-template/credentials/make.ts';
import { KeyUsageFlags } from '../../../firmware-template/credentials/x509.ts';
import {
  authority,
  certificate,
  type Kind,
  type Pair,
  type Recipe,
  withNullParameter,
} from '../credentials/certificates.ts';
import { Board, boardTlsWanted, Workshop } from './board-client.ts';
import { NAMES, SERVER_URI, securityH } from './generated.ts';
import { startServer, writeEach } from './server.ts';

/** RFC 5246 §7.4. */
const [CERTIFICATE, CERTIFICATE_REQUEST] = [11, 13];
const APPLICATION_DATA = 23;
/** ssl.h: what the board ends with where a record has no room, and x509.h: the flag of a server that it does not trust. */
const [INVALID_RECORD, NOT_TRUSTED, WRONG_USAGE] = ['-0x7200', 0x08, 0x1000];
/** The server says so in an alert. */
const NOTHING_IN_COMMON = { event: 'refused', code: '-0x7780' };

const describeIf = boardTlsWanted ? describe : describe.skip;

describeIf("the board's own TLS", () => {
  let workshop: Workshop;
  /** Signs servers and boards of any kind; the board of `program` trusts it, and is its own. */
  let ca: Pair;
  let program: string;

  beforeAll(async () => {
    [workshop, ca] = await Promise.all([Workshop.open(), authority()]);
    program = await boardTrusting(ca.cert);
  });
  afterAll(() => workshop[Symbol.asyncDispose]());

  async function boardTrusting(serverCert: string): Promise<string> {
    const board = await certificate({ name: 'mts/board-1', issuer: ca });
    return workshop.build(await securityH({ ...board, serverCert }));
  }

  /** What a server that shows such a certificate needs. */
  async function serverWith(recipe: Recipe = {}): Promise<TlsOptions> {
    const { cert, key } = await certificate({ name: 'server', issuer: ca, ...recipe });
    return { cert, key, ca: ca.cert };
  }

  /** Has a board connect, and resolves with what became of its handshake, and the sizes of the server's messages. */
  async function attempt(options: TlsOptions, board = program) {
    await using server = await startServer(options);
    await using connecting = new Board(board, server.port);
    const outcome = await connecting.event(['connected', 'refused']);
    // One that has no room ends the connection at its record, of which it is all.
    const refused = outcome.event === 'refused' ? connecting.all('record').at(-1)?.bytes : undefined;
    const sizes = connecting.all('handshake');
    return { outcome, sizeOf: (type: number) => sizes.find((message) => message.type === type)?.bytes ?? refused };
  }

  describe('connects', () => {
    test('with what was generated, and shows who it is', async () => {
      await using kept = await credentialsFolder('board-1');
      const { authority, crl, ...shown } = await kept.credentials.server();
      const own = await workshop.build(await securityH(await kept.credentials.board('board-1')));
      await using server = await startServer({ ...shown, ca: authority, crl });
      await using board = new Board(own, server.port);
      const [socket, connected] = await Promise.all([server.connected(), board.event('connected')]);
      expect(connected.version).toBe('TLSv1.2');
      expect(board.events[0]).toEqual({ event: 'board', ...NAMES, server: SERVER_URI });
      expect(socket.authorized).toBe(true);
      expect(socket.getPeerCertificate().subject.CN).toBe('mts/board-1');
      expect(socket.servername).toBe(false);
      expect(socket.getCipher().name).toMatch(/^ECDHE-ECDSA-AES(256-GCM-SHA384|128-GCM-SHA256)$/);
      expect(board.all('handshake').map(({ type }) => type)).toEqual(
        expect.arrayContaining([CERTIFICATE, CERTIFICATE_REQUEST]),
      );
      for (const { bytes } of board.all(['handshake', 'record'])) expect(bytes).toBeLessThan(MOST_HANDSHAKE_BYTES);
    });

    test.each([
      ['ECDHE-ECDSA-AES256-GCM-SHA384', 'TLS-ECDHE-ECDSA-WITH-AES-256-GCM-SHA384'],
      ['ECDHE-ECDSA-AES128-GCM-SHA256', 'TLS-ECDHE-ECDSA-WITH-AES-128-GCM-SHA256'],
    ])('with %s', async (ciphers, suite) => {
      const { outcome } = await attempt({ ...(await serverWith()), ciphers });
      expect(outcome).toMatchObject({ event: 'connected', suite });
    });

    test.each<[string, Recipe]>([
      ['P-384', { kind: 'P-384' }],
      [
        'a certificate that has expired: it has no clock',
        { notAfter: new Date('2001-01-01'), notBefore: new Date('2000-01-01') },
      ],
      ['a certificate of the future', { notBefore: new Date('2040-01-01'), notAfter: new Date('2041-01-01') }],
      ['any name: it compares none', { name: 'api.connector.mbed.com' }],
    ])('to a server with %s', async (_what, recipe) => {
      expect((await attempt(await serverWith(recipe))).outcome.event).toBe('connected');
    });

    test('to a server whose authority has expired', async () => {
      const old = await authority({ notBefore: new Date('2015-04-29'), notAfter: new Date('2018-04-29') });
      const server = await serverWith({ issuer: old });
      expect((await attempt(server, await boardTrusting(old.cert))).outcome.event).toBe('connected');
    });

    test('to one that is self-signed, if that is its SERVER_CERT', async () => {
      const { cert, key } = await certificate({ name: 'server', ca: false });
      const board = await boardTrusting(cert);
      expect((await attempt({ cert, key, ca: ca.cert }, board)).outcome.event).toBe('connected');
    });

    test.each<[string, (own: Pair) => Made]>([
      ['a key in SEC1 form', ({ cert, key }) => ({ cert, key: sec1(key) })],
      [
        'a NULL after ecdsa-with-SHA256, as the old service had it',
        (own) => {
          return { cert: withNullParameter(own, ca.key), key: own.key };
        },
      ],
      ['its issuer behind its certificate', ({ cert, key }) => ({ cert: `${cert}${ca.cert}`, key })],
    ])('as a board with %s', async (_what, change) => {
      const own = change(await certificate({ name: 'mts/board-1', issuer: ca }));
      await using server = await startServer(await serverWith());
      await using board = new Board(
        await workshop.build(await securityH({ ...own, serverCert: ca.cert })),
        server.port,
      );
      const [socket] = await Promise.all([server.connected(), board.event('connected')]);
      expect(socket.getPeerX509Certificate()?.fingerprint256).toBe(new X509Certificate(own.cert).fingerprint256);
    });

    test('to one of several authorities', async () => {
      const other = await authority({ name: 'another authority' });
      const board = await boardTrusting(`${other.cert}${ca.cert}`);
      expect((await attempt(await serverWith(), board)).outcome.event).toBe('connected');
    });
  });

  describe('refuses', () => {
    test("another authority's server", async () => {
      const other = await authority({ name: 'another authority' });
      const { outcome } = await attempt(await serverWith({ issuer: other }));
      expect(outcome).toMatchObject({ event: 'refused', flags: NOT_TRUSTED });
    });

    test('an authority that only calls itself the same', async () => {
      const { outcome } = await attempt(await serverWith({ issuer: await authority() }));
      expect(outcome).toMatchObject({ event: 'refused', flags: NOT_TRUSTED });
    });

    test('the very server of its SERVER_CERT, if another signed that', async () => {
      const { cert, key } = await certificate({ name: 'server', issuer: ca });
      const { outcome } = await attempt({ cert, key, ca: ca.cert }, await boardTrusting(cert));
      expect(outcome).toMatchObject({ event: 'refused', flags: NOT_TRUSTED });
    });

    test.each<Kind>(['RSA', 'P-521', 'Ed25519'])('a server with %s: they have no suite in common', async (kind) => {
      expect((await attempt(await serverWith({ kind }))).outcome).toMatchObject(NOTHING_IN_COMMON);
    });

    test('a server whose certificate is for clients only', async () => {
      const { outcome } = await attempt(await serverWith({ extendedUsage: [CLIENT_AUTH] }));
      expect(outcome).toMatchObject({ event: 'refused', flags: WRONG_USAGE });
      const both = await serverWith({
        extendedUsage: [CLIENT_AUTH, SERVER_AUTH],
        usage: KeyUsageFlags.digitalSignature,
      });
      expect((await attempt(both)).outcome.event).toBe('connected');
    });

    test('a server whose key may not sign: it can use no suite of the board', async () => {
      const { outcome } = await attempt(await serverWith({ usage: KeyUsageFlags.keyAgreement }));
      expect(outcome).toMatchObject(NOTHING_IN_COMMON);
    });

    test.each<[string, TlsOptions]>([
      ['TLS 1.3', { minVersion: 'TLSv1.3' }],
      ['TLS 1.1', { maxVersion: 'TLSv1.1', minVersion: 'TLSv1', ciphers: 'ALL@SECLEVEL=0' }],
      ['ChaCha20', { ciphers: 'ECDHE-ECDSA-CHACHA20-POLY1305' }],
      ['CBC', { ciphers: 'ECDHE-ECDSA-AES128-SHA256' }],
      ['X25519', { ecdhCurve: 'X25519' }],
    ])('a server that speaks %s only', async (_what, options) => {
      expect((await attempt({ ...(await serverWith()), ...options })).outcome).toMatchObject(NOTHING_IN_COMMON);
    });

    test('and is refused, if it was revoked, where another of the same authority is taken', async () => {
      await using kept = await credentialsFolder('board-1', 'board-2');
      const lost = await workshop.build(await securityH(await kept.credentials.board('board-1')));
      const other = await workshop.build(await securityH(await kept.credentials.board('board-2')));
      await kept.credentials.revoke('board-1', new Date());
      const { authority, crl, ...shown } = await kept.credentials.server();
      await using server = await startServer({ ...shown, ca: authority, crl });
      await using refused = new Board(lost, server.port);
      await refused.event(['closed', 'refused']);
      await using taken = new Board(other, server.port);
      const [socket] = await Promise.all([server.connected(), taken.event('connected')]);
      expect(socket.getPeerCertificate().subject.CN).toBe('mts/board-2');
    });
  });

  describe('has 2048 bytes for a handshake message', () => {
    /** A server whose Certificate message has so many bytes. Signatures of ECDSA differ in length: some tries are needed. */
    async function serverOfSize(bytes: number): Promise<TlsOptions & { readonly cert: string }> {
      for (let padding = 1000; ; ) {
        const server = await serverWith({ padding });
        const chain = `${server.cert}${ca.cert}`;
        const difference = bytes - certificatesBytes(await readCertificates(chain, 'the chain'));
        if (difference === 0) return { ...server, cert: chain };
        padding += difference;
      }
    }

    test.each([
      [1900, 'connected'],
      [MOST_HANDSHAKE_BYTES, 'connected'],
      [MOST_HANDSHAKE_BYTES + 1, 'refused'],
      [2395, 'refused'],
    ] as const)('and with a chain of %i, counted as it is before anything is sent, has %s', async (bytes, event) => {
      const { outcome, sizeOf } = await attempt(await serverOfSize(bytes));
      expect(sizeOf(CERTIFICATE)).toBe(bytes);
      expect(outcome).toMatchObject(event === 'connected' ? { event } : { event, code: INVALID_RECORD });
    });

    test.each([
      [1, 'connected'],
      [10, 'connected'],
      [16, 'refused'],
    ] as const)('and where a server asks for boards of %i authorities, has %s', async (count, event) => {
      const name = [
        { O: ['an organisation whose name is as long as a name may be, which is 64'], CN: ['c'.repeat(64)] },
      ];
      const more = Array.from({ length: count - 1 }, (_one, i) => authority({ name: [...name, { OU: [`${i}`] }] }));
      const all = [ca, ...(await Promise.all(more))].map(({ cert }) => cert);
      const bytes = certificateRequestBytes(await readCertificates(all.join(''), 'the authorities'));
      const { outcome, sizeOf } = await attempt({ ...(await serverWith()), ca: all });
      const sent = sizeOf(CERTIFICATE_REQUEST) ?? 0;
      expect({ sent, isBound: sent <= bytes && sent > bytes - 128 }).toEqual({ sent, isBound: true });
      expect(outcome).toMatchObject(event === 'connected' ? { event } : { event, code: INVALID_RECORD });
    });
  });

  describe('has no more for a session ticket, which holds its certificate', () => {
    test.each([
      [0, {}, 'connected'],
      [1650, {}, 'refused'],
      [1650, { secureOptions: constants.SSL_OP_NO_TICKET }, 'connected'],
    ])('%i bytes longer, with a server of %o, has %s', async (padding, more, event) => {
      const own = await certificate({ name: 'mts/board-1', issuer: ca, padding });
      const board = await workshop.build(await securityH({ ...own, serverCert: ca.cert }));
      expect((await attempt({ ...(await serverWith()), ...more }, board)).outcome.event).toBe(event);
    });
  });

  describe('reads a message from each record', () => {
    async function connected() {
      const server = await startServer(await serverWith());
      const board = new Board(program, server.port);
      const [socket] = await Promise.all([server.connected(), board.event('connected')]);
      const came: string[] = [];
      socket.on('data', (data: Buffer) => came.push(data.toString('hex')));
      return {
        board,
        socket,
        came,
        async [Symbol.asyncDispose]() {
          await board[Symbol.asyncDispose]();
          await server[Symbol.asyncDispose]();
        },
      };
    }

    test('and writes one for each, in both directions, whatever their sizes', async () => {
      await using line = await connected();
      const messages = [4, 198, 1, 23, 1151, 600, 270, 16].map((size, i) => Buffer.alloc(size, i + 1));
      for (const message of messages) line.board.send(message);
      await writeEach(line.socket, messages);
      await line.board.event('message', messages.length - 1);
      // Whatever the board sent comes before its end does.
      const ended = once(line.socket, 'end');
      await line.board.close();
      await ended;
      const hex = messages.map((message) => message.toString('hex'));
      expect(line.board.all('message').map((message) => message.hex)).toEqual(hex);
      const sizes = line.board.all('record').filter(({ type }) => type === APPLICATION_DATA);
      expect(sizes.map(({ bytes }) => bytes)).toEqual(messages.map(({ length }) => length));
      expect(line.came).toEqual(hex);
    });

    test('and breaks one of more than 1151 bytes in two', async () => {
      await using line = await connected();
      await writeEach(line.socket, [Buffer.alloc(1152)]);
      await line.board.event('message', 1);
      expect(line.board.all('message').map(({ hex }) => hex.length / 2)).toEqual([1151, 1]);
    });

    test('and ends at one of more than 2048', async () => {
      await using line = await connected();
      await writeEach(line.socket, [Buffer.alloc(2048)]);
      await line.board.event('message', 1);
      await writeEach(line.socket, [Buffer.alloc(2049)]);
      expect(await line.board.event('closed')).toEqual({ event: 'closed', code: INVALID_RECORD });
    });
  });
});

/** A folder as `mts credentials` makes it, with these boards. */
async function credentialsFolder(...endpoints: readonly string[]) {
  const dir = await mkdtemp(join(tmpdir(), 'board-credentials-'));
  const change = { now: new Date(), force: false };
  await initCredentials(join(dir, 'credentials'), change);
  const credentials = await openCredentials(join(dir, 'credentials'));
  for (const endpoint of endpoints) await credentials.issue({ endpoint }, change);
  return { credentials, [Symbol.asyncDispose]: () => rm(dir, { recursive: true }) };
}

function sec1(key: string): string {
  return createPrivateKey(key).export({ type: 'sec1', format: 'pem' }).toString();
}
