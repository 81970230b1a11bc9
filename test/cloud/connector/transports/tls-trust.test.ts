/** Who gets in over TLS, by version, suite, certificate and name; and who has to go when the credentials change. */
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import type { ConnectionOptions } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Credentials } from '../../../../cloud/connector/transports/credentials.ts';
import { listenTls, type TlsTransport } from '../../../../cloud/connector/transports/tls.ts';
import { UsageError } from '../../../../cloud/protocol/errors.ts';
import { Authority, type Pair, SLASH } from './certificates.ts';
import { handmade } from './handmade.ts';
import { Listening, message, type Refused, type Spoken, until } from './listening.ts';
import { RecordProxy } from './record-proxy.ts';
import { TlsPeer } from './tls-peer.ts';

const DOMAIN = '8f3b2c1d-5e6f-4a7b-9c8d-0e1f2a3b4c5d';
const ENDPOINT = '1a2b3c4d-5e6f-4071-8293-a4b5c6d7e8f9';

let authority: Authority;
let foreign: Authority;
let server: Pair;
let board: Pair;
let other: Pair;
let imported: Pair;

beforeAll(async () => {
  [authority, foreign] = await Promise.all([Authority.named('boards'), Authority.named('mbed-connector-2018')]);
  [server, board, other] = await Promise.all([
    authority.issue('/CN=connector'),
    authority.board('dom', 'k64f'),
    authority.board('dom', 'other'),
  ]);
  // As Device Connector issued them: another authority, long over, two UUIDs in the name, NULL beside the algorithm.
  const ofOld = { notBefore: '170502000000Z', notAfter: '181231060000Z', nullParameter: true };
  imported = handmade(foreign.own, { commonNames: [`${DOMAIN}/${ENDPOINT}`], ...ofOld });
});
afterAll(async () => {
  await Promise.all([authority[Symbol.asyncDispose](), foreign[Symbol.asyncDispose]()]);
});

const credentials = (more: Partial<Credentials> = {}): Credentials => ({
  ...server,
  authority: authority.own.cert,
  ...more,
});
const listening = (more: Partial<Credentials> = {}): Promise<Listening<TlsTransport>> =>
  Listening.by((options) => listenTls({ ...options, credentials: credentials(more) }));

function fingerprintOf({ cert }: Pair): string {
  return new X509Certificate(cert).fingerprint256;
}

/** Lets the peer in, and sees a message of it. */
async function letIn(served: Listening<TlsTransport>, pair: Pair, options: ConnectionOptions = {}) {
  const peer = await TlsPeer.shaken(served.port, pair, options);
  const spoken: Spoken = await served.spoken.next();
  await peer.send(message(4));
  await spoken.messages.next();
  return { peer, spoken, [Symbol.asyncDispose]: () => peer[Symbol.asyncDispose]() };
}

/** The peer sends a message as soon as it can, which nobody may see. */
async function refused(served: Listening<TlsTransport>, pair: Partial<Pair>, options: ConnectionOptions = {}) {
  await using peer = new TlsPeer(served.port, pair, options);
  void peer.send(message(4));
  await peer.ended;
  const refusal: Refused = await served.refused.next();
  await until(() => served.transport.counts.halfOpen === 0);
  expect(served.spoken.all).toEqual([]);
  expect(served.transport.counts).toMatchObject({ open: 0, opened: 0, received: 0, refused: { [refusal.reason]: 1 } });
  expect(refusal.peer).toMatch(/^127\.0\.0\.1:\d+$/);
  return refusal;
}

describe('what a board offers', () => {
  test.each([
    ['all it offers', 'ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256', 'P-384:P-256'],
    ['in the other order', 'ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384', 'P-256:P-384'],
  ])('%s: the stronger suite and the quicker curve are chosen', async (_name, ciphers, ecdhCurve) => {
    await using served = await listening();
    await using one = await letIn(served, board, { ciphers, ecdhCurve });
    expect(one.peer.socket.getProtocol()).toBe('TLSv1.2');
    expect(one.peer.socket.getCipher().name).toBe('ECDHE-ECDSA-AES256-GCM-SHA384');
    expect(one.peer.socket.getEphemeralKeyInfo()).toMatchObject({ name: 'prime256v1' });
  });

  test.each([
    ['P-256', 'ECDHE-ECDSA-AES128-GCM-SHA256', 'prime256v1'],
    ['P-384', 'ECDHE-ECDSA-AES256-GCM-SHA384', 'secp384r1'],
  ] as const)('one suite and one curve alone, %s, are enough', async (key, ciphers, name) => {
    await using served = await listening(await authority.issue('/CN=connector', { key }));
    await using one = await letIn(served, await authority.issue(`/CN=dom${SLASH}k64f`, { key }), {
      ciphers,
      ecdhCurve: key,
    });
    expect(one.peer.socket.getCipher().name).toBe(ciphers);
    expect(one.peer.socket.getEphemeralKeyInfo()).toMatchObject({ name });
  });

  test.each<[string, ConnectionOptions, string]>([
    ['TLS 1.3 alone', { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.3' }, 'ERR_SSL_UNSUPPORTED_PROTOCOL'],
    [
      'TLS 1.1 alone',
      { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' },
      'ERR_SSL_UNSUPPORTED_PROTOCOL',
    ],
    ['CCM', { ciphers: 'ECDHE-ECDSA-AES128-CCM8:@SECLEVEL=0' }, 'ERR_SSL_NO_SHARED_CIPHER'],
    ['ChaCha20', { ciphers: 'ECDHE-ECDSA-CHACHA20-POLY1305' }, 'ERR_SSL_NO_SHARED_CIPHER'],
    ['CBC', { ciphers: 'ECDHE-ECDSA-AES128-SHA256' }, 'ERR_SSL_NO_SHARED_CIPHER'],
    ['RSA', { ciphers: 'ECDHE-RSA-AES256-GCM-SHA384' }, 'ERR_SSL_NO_SHARED_CIPHER'],
    ['X25519 alone', { ecdhCurve: 'X25519' }, 'ERR_SSL_NO_SHARED_CIPHER'],
    ['P-521 alone', { ecdhCurve: 'P-521' }, 'ERR_SSL_NO_SHARED_CIPHER'],
  ])('%s is refused', async (_name, options, code) => {
    await using served = await listening();
    expect(await refused(served, board, options)).toMatchObject({ reason: 'handshake', detail: code });
  });

  test('no session is resumed: it would not be asked for its certificate', async () => {
    await using served = await listening();
    await using one = await letIn(served, board);
    const session = one.peer.socket.getSession()!;
    expect(one.peer.socket.getTLSTicket()).toBeUndefined();
    await using again = await letIn(served, board, { session });
    expect(again.peer.socket.isSessionReused()).toBe(false);
  });

  test('there is no second handshake, which could show another certificate', async () => {
    await using served = await listening();
    await using one = await letIn(served, board);
    const again = new Promise<string>((resolve) => one.peer.socket.renegotiate({}, () => resolve('shaken again')));
    // OpenSSL's client takes the refusal for an error once it writes again.
    void one.peer.send(message(4));
    expect(await Promise.race([again, one.peer.ended])).not.toBe('shaken again');
    await one.spoken.closed.next();
    expect(served.problems).toEqual([]);
  });
});

describe('whose certificate it is', () => {
  test.each<[string, () => Promise<Pair>]>([
    ['P-256', async () => board],
    ['P-384', () => authority.issue(`/CN=dom${SLASH}k64f`, { key: 'P-384' })],
    ['for clients', () => authority.issue(`/CN=dom${SLASH}k64f`, { extensions: ['extendedKeyUsage = clientAuth'] })],
    [
      'through an authority in between',
      async () => {
        const between = await authority.issue('/CN=between', { extensions: ['basicConstraints = CA:TRUE'] });
        const made = handmade(between, { commonNames: ['dom/k64f'] });
        return { key: made.key, cert: made.cert + between.cert };
      },
    ],
  ])('%s: let in', async (_name, pair) => {
    await using served = await listening();
    await using one = await letIn(served, await pair());
    expect(one.spoken.connection.identity).toMatchObject({ domain: 'dom', endpoint: 'k64f' });
  });

  const own = (more: Parameters<typeof handmade>[1]) => async () => handmade(authority.own, more);
  test.each<[string, () => Promise<Partial<Pair>>, string, string | RegExp]>([
    ['none', async () => ({}), 'no-certificate', 'the peer showed no certificate'],
    ['of another authority', () => foreign.board('dom', 'k64f'), 'certificate', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
    [
      'of another authority of the same name',
      async () => {
        await using impostor = await Authority.named('boards');
        return await impostor.board('dom', 'k64f');
      },
      'certificate',
      /^(CERT_SIGNATURE_FAILURE|UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT_LOCALLY)$/,
    ],
    ['that another board signed', async () => handmade(board, { commonNames: ['dom/k64f'] }), 'certificate', /./],
    ['expired', own({ commonNames: ['dom/k64f'], notAfter: '240101000000Z' }), 'certificate', 'CERT_HAS_EXPIRED'],
    [
      'not yet valid',
      own({ commonNames: ['dom/k64f'], notBefore: '490101000000Z' }),
      'certificate',
      'CERT_NOT_YET_VALID',
    ],
    [
      'for servers',
      () => authority.issue(`/CN=dom${SLASH}k64f`, { extensions: ['extendedKeyUsage = serverAuth'] }),
      'certificate',
      'INVALID_PURPOSE',
    ],
  ])('%s: refused', async (_name, pair, reason, detail) => {
    await using served = await listening();
    expect(await refused(served, await pair())).toMatchObject({
      reason,
      detail: typeof detail === 'string' ? detail : expect.stringMatching(detail),
    });
  });

  test.each(['RSA', 'P-521'] as const)('with a key that no board can have, %s: refused', async (key) => {
    await using served = await listening();
    const pair = await authority.issue(`/CN=dom${SLASH}k64f`, { key });
    // OpenSSL shows none with which it could not sign as it is asked, and takes none of a curve that was not offered.
    expect(await refused(served, pair)).toMatchObject({
      reason: expect.stringMatching(/^(no-certificate|handshake)$/),
    });
  });

  test('revoked: refused, and another of the same authority is let in', async () => {
    await using served = await listening({ crl: await authority.revoking([other]) });
    expect(await refused(served, other)).toMatchObject({ reason: 'revoked', detail: fingerprintOf(other) });
    await using one = await letIn(served, board);
    expect(one.spoken.connection.identity?.endpoint).toBe('k64f');
  });

  test('a list that has expired keeps everybody out, and it is said why', async () => {
    await using served = await listening({ crl: await authority.revoking([], true) });
    expect(await refused(served, board)).toMatchObject({ reason: 'certificate', detail: 'CRL_HAS_EXPIRED' });
  });

  test('imported: by its fingerprint alone, whatever its dates and its signature’s form', async () => {
    await using without = await listening();
    expect(await refused(without, imported)).toMatchObject({ reason: 'certificate' });
    const fingerprint = fingerprintOf(imported);
    const spelled = fingerprint.replaceAll(':', '').toLowerCase();
    await using served = await listening({ trusted: [spelled], crl: await authority.revoking([]) });
    await using one = await letIn(served, imported);
    expect(one.spoken.connection.identity).toEqual({
      commonName: `${DOMAIN}/${ENDPOINT}`,
      domain: DOMAIN,
      endpoint: ENDPOINT,
      fingerprint256: fingerprint,
    });
    // Another of that authority is not.
    const [stranger, refusals] = [handmade(foreign.own, { commonNames: ['dom/k64f'] }), served.refused];
    await using peer = new TlsPeer(served.port, stranger);
    await peer.ended;
    expect(await refusals.next()).toMatchObject({ reason: 'certificate' });
    expect(served.transport.counts.opened).toBe(1);
  });

  test('trusted, and revoked by its own authority: refused, also when it has expired', async () => {
    const expired = handmade(authority.own, { commonNames: ['dom/k64f'], notAfter: '240101000000Z' });
    const crl = await authority.revoking([other, expired]);
    await using served = await listening({ crl, trusted: [fingerprintOf(other), fingerprintOf(expired)] });
    expect(await refused(served, other)).toMatchObject({ reason: 'revoked' });
    await using peer = new TlsPeer(served.port, expired);
    await peer.ended;
    expect(await served.refused.next()).toMatchObject({ reason: 'revoked' });
  });
});

describe('its name', () => {
  test.each([
    ['two UUIDs', `${DOMAIN}/${ENDPOINT}`, DOMAIN, ENDPOINT],
    ['any letters', 'dömäne/брд-1_2.3', 'dömäne', 'брд-1_2.3'],
    ['the longest', `${'d'.repeat(64)}/${'e'.repeat(64)}`, 'd'.repeat(64), 'e'.repeat(64)],
  ])('%s', async (_name, commonName, domain, endpoint) => {
    await using served = await listening();
    await using one = await letIn(served, handmade(authority.own, { commonNames: [commonName] }));
    expect(one.spoken.connection.identity).toMatchObject({ commonName, domain, endpoint });
  });

  test.each<[string, readonly string[]]>([
    ['none', []],
    ['two', ['dom/k64f', 'dom/other']],
    ['empty', ['']],
    ['no slash', ['k64f']],
    ['two slashes', ['dom/k64f/x']],
    ['no domain', ['/k64f']],
    ['no endpoint', ['dom/']],
    ['an ampersand', ['dom/k64f&lt=5']],
    ['a space', ['dom/k 64f']],
    ['a line end', ['dom/k64f\n']],
    ['a zero byte', ['dom/k64f\0.other']],
    ['turned round', ['dom/k64f\u202e']],
    ['a long domain', [`${'d'.repeat(65)}/k64f`]],
    ['a long endpoint', [`dom/${'e'.repeat(65)}`]],
    ['a long endpoint in few letters', [`dom/${'б'.repeat(33)}`]],
    ['a very long one', ['x'.repeat(5_000)]],
  ])('%s: refused', async (_name, commonNames) => {
    await using served = await listening();
    const refusal = await refused(served, handmade(authority.own, { commonNames }));
    expect(refusal.reason).toBe('identity');
    expect(refusal.detail.length).toBeLessThan(400);
    // A log line stays one line.
    expect(refusal.detail).not.toMatch(/[\n\0]/);
  });
});

describe('when the credentials change', () => {
  test('a board that was revoked has to go, and does not come back; the others notice nothing', async () => {
    await using served = await listening();
    await using stays = await letIn(served, board);
    await using goes = await letIn(served, other);
    served.transport.setCredentials(credentials({ crl: await authority.revoking([other]) }));
    expect(goes.spoken.closed.all).toEqual(['its certificate was revoked']);
    await goes.peer.ended;
    await using again = new TlsPeer(served.port, other);
    await again.ended;
    await stays.peer.send(message(4));
    await stays.spoken.messages.untilLength(2);
    expect(stays.spoken.closed.all).toEqual([]);
    await until(() => served.transport.counts.halfOpen === 0);
    expect(served.transport.counts).toMatchObject({ open: 1, opened: 2, refused: { revoked: 2 } });
  });

  test('a board that is no longer trusted by its fingerprint', async () => {
    await using served = await listening({ trusted: [fingerprintOf(imported), fingerprintOf(board)] });
    await using goes = await letIn(served, imported);
    // Of this one the authority says enough.
    await using stays = await letIn(served, board);
    served.transport.setCredentials(credentials());
    expect(goes.spoken.closed.all).toEqual(['its certificate is not trusted any more']);
    expect(stays.spoken.closed.all).toEqual([]);
  });

  test('another authority: those of the old one have to go, those of both stay', async () => {
    const both = `${authority.own.cert}${foreign.own.cert}`;
    await using served = await listening({ authority: both });
    await using old = await letIn(served, board);
    await using young = await letIn(served, await foreign.board('dom', 'young'));
    served.transport.setCredentials(credentials({ authority: foreign.own.cert }));
    expect(old.spoken.closed.all).toEqual(['its certificate is not trusted any more']);
    expect(young.spoken.closed.all).toEqual([]);
    served.transport.setCredentials(credentials({ authority: both }));
    await using again = await letIn(served, board);
    expect([again, young].map(({ spoken }) => spoken.closed.all)).toEqual([[], []]);
  });

  test.each<[string, () => Promise<Partial<Credentials>>]>([
    ['a list', async () => ({ crl: await authority.revoking([other]) })],
    ['another authority', async () => ({ authority: foreign.own.cert })],
  ])('a handshake that was under way goes by the new ones: %s', async (_name, more) => {
    await using served = await listening();
    await using proxy = await RecordProxy.before(served.port);
    proxy.hold();
    await using peer = new TlsPeer(proxy.port, other);
    // What it says first goes, and what proves its key is held back.
    await until(() => proxy.toServer.length === 1 && served.transport.counts.halfOpen === 1);
    const going = proxy.release(100_000);
    proxy.hold();
    await going;
    await until(() => proxy.toServer.length > 1);
    served.transport.setCredentials(credentials(await more()));
    await proxy.release(100_000);
    expect(await served.refused.next()).toMatchObject({ reason: 'revoked' });
    await peer.ended;
    expect(served.spoken.all).toEqual([]);
  });

  test('the new certificate is shown, and others are still asked for theirs', async () => {
    await using served = await listening();
    const next = await authority.issue('/CN=next');
    served.transport.setCredentials(credentials(next));
    await using one = await letIn(served, board);
    expect(one.peer.socket.getPeerX509Certificate()?.subject).toBe('CN=next');
    await using nobody = new TlsPeer(served.port, {});
    await nobody.ended;
    expect(await served.refused.next()).toMatchObject({ reason: 'no-certificate' });
  });

  test('those that cannot be used change nothing', async () => {
    await using served = await listening({ crl: await authority.revoking([other]) });
    await using one = await letIn(served, board);
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const key = String(privateKey.export({ type: 'pkcs8', format: 'pem' }));
    expect(() => served.transport.setCredentials(credentials({ key }))).toThrow(UsageError);
    expect(one.spoken.closed.all).toEqual([]);
    await using peer = new TlsPeer(served.port, other);
    await peer.ended;
    expect(await served.refused.next()).toMatchObject({ reason: 'revoked' });
  });
});
