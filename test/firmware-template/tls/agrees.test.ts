/**
 * What `mts credentials` says of credentials is what becomes of them: where it finds an error, board and server do not come
 * together, and where it finds none, they do. The board is Mbed TLS with the board's settings, the server Node.
 */
import type { TlsOptions } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { CLIENT_AUTH, readCertificates, SERVER_AUTH } from '../../../firmware-template/credentials/certificate.ts';
import { checkBoard, checkServer } from '../../../firmware-template/credentials/check.ts';
import type { Finding } from '../../../firmware-template/credentials/credentials.ts';
import { makeAuthority, makeRevocationList } from '../../../firmware-template/credentials/make.ts';
import { readPrivateKey } from '../../../firmware-template/credentials/private-key.ts';
import { KeyUsageFlags } from '../../../firmware-template/credentials/x509.ts';
import { authority, certificate, type Pair, type Recipe } from '../credentials/certificates.ts';
import { Board, boardTlsWanted, Workshop } from './board-client.ts';
import { NAMES, securityH } from './generated.ts';
import { startServer } from './server.ts';

const { digitalSignature, keyAgreement, nonRepudiation } = KeyUsageFlags;
const PAST = { notBefore: new Date('2015-04-29'), notAfter: new Date('2018-04-29') };
const FUTURE = { notBefore: new Date('2040-01-01'), notAfter: new Date('2041-01-01') };

(boardTlsWanted ? describe : describe.skip)('board and server', () => {
  let workshop: Workshop;
  let ca: Pair;
  let server: Pair;
  /** Signed by nobody here: what is found about it is left out below. */
  let crl: string;

  beforeAll(async () => {
    [workshop, ca] = await Promise.all([Workshop.open(), authority()]);
    server = await certificate({ name: 'server', issuer: ca });
    const made = await makeAuthority(new Date());
    const [signer] = await readCertificates(made.cert, 'another authority');
    crl = await makeRevocationList({ certificate: signer!, key: readPrivateKey(made.key, 'its key') }, [], new Date());
  });
  afterAll(() => workshop[Symbol.asyncDispose]());

  /** Whether a board came through to the server. */
  async function meet(program: string, options: TlsOptions): Promise<boolean> {
    await using listening = await startServer(options);
    await using board = new Board(program, listening.port);
    return await Promise.race([
      listening.connected().then(() => true),
      board.event(['unreadable', 'refused', 'closed']).then(() => false),
    ]);
  }

  const errors = (findings: readonly Finding[]) => {
    return findings.filter(({ level, code }) => level === 'error' && !code.startsWith('CRL')).map(({ code }) => code);
  };

  test.each<[string, Recipe, Recipe, string | undefined]>([
    ['as is made here', {}, {}, undefined],
    ['on P-384', { kind: 'P-384' }, {}, undefined],
    ['of an authority on P-384', {}, { kind: 'P-384', hash: 'SHA-384' }, undefined],
    ['signed with SHA-512', {}, { hash: 'SHA-512' }, undefined],
    ['for servers', { extendedUsage: [SERVER_AUTH], usage: digitalSignature }, {}, undefined],
    ['for both', { extendedUsage: [CLIENT_AUTH, SERVER_AUTH] }, {}, undefined],
    ['that has expired, as its authority has', PAST, PAST, undefined],
    ['of the future', FUTURE, {}, undefined],
    ['of 1000 bytes more', { padding: 1000 }, {}, undefined],
    ['of 1500 bytes more, behind which Node sends its issuer', { padding: 1500 }, {}, 'TOO_LARGE'],
    ['of 2000 bytes more', { padding: 2000 }, {}, 'TOO_LARGE'],
    ['on P-521', { kind: 'P-521' }, {}, 'KEY_KIND'],
    ['with RSA', { kind: 'RSA' }, {}, 'KEY_KIND'],
    ['with Ed25519', { kind: 'Ed25519' }, {}, 'KEY_KIND'],
    ['of an authority on P-521', {}, { kind: 'P-521', hash: 'SHA-512' }, 'KEY_KIND'],
    ['of an authority with RSA', {}, { kind: 'RSA' }, 'SIGNATURE_KIND'],
    ['signed with SHA-1', {}, { hash: 'SHA-1' }, 'SIGNATURE_KIND'],
    ['for clients', { extendedUsage: [CLIENT_AUTH] }, {}, 'EXTENDED_KEY_USAGE'],
    ['for key agreement', { usage: keyAgreement }, {}, 'KEY_USAGE'],
    ['of an authority that is none', {}, { ca: false }, 'NO_AUTHORITY'],
    ['of an authority that may not sign', {}, { usage: digitalSignature }, 'NO_AUTHORITY'],
  ])('a server %s', async (_what, recipe, issuerRecipe, code) => {
    const issuer = Object.keys(issuerRecipe).length === 0 ? ca : await authority(issuerRecipe);
    const { cert, key } = await certificate({ name: 'server', issuer, ...recipe });
    const said = errors(await checkServer({ cert, key, authority: issuer.cert, crl }, new Date()));
    const own = await certificate({ name: 'mts/board-1', issuer: ca });
    const program = await workshop.build(await securityH({ ...own, serverCert: issuer.cert }));
    const met = await meet(program, { cert, key, ca: ca.cert });
    expect({ said: said.includes(code ?? ''), met }).toEqual({ said: code !== undefined, met: said.length === 0 });
  });

  test.each<[string, Recipe, ((own: Pair) => Partial<Pair> | Promise<Partial<Pair>>) | undefined, string | undefined]>([
    ['as is made here', {}, undefined, undefined],
    ['on P-384', { kind: 'P-384' }, undefined, undefined],
    ['for clients', { extendedUsage: [CLIENT_AUTH], usage: digitalSignature }, undefined, undefined],
    ['of 1500 bytes more', { padding: 1500 }, undefined, undefined],
    ['of 2000 bytes more', { padding: 2000 }, undefined, 'TOO_LARGE'],
    ['on P-521', { kind: 'P-521' }, undefined, 'KEY_KIND'],
    ['with RSA', { kind: 'RSA' }, undefined, 'KEY_KIND'],
    ['with Ed25519', { kind: 'Ed25519' }, undefined, 'KEY_KIND'],
    ['for servers', { extendedUsage: [SERVER_AUTH] }, undefined, 'EXTENDED_KEY_USAGE'],
    ['for what only a notary needs', { usage: nonRepudiation }, undefined, 'KEY_USAGE'],
    ["with another's key", {}, async () => ({ key: (await certificate()).key }), 'KEY_OF_ANOTHER'],
  ])('a board %s', async (_what, recipe, change, code) => {
    const made = await certificate({ name: 'mts/board-1', issuer: ca, ...recipe });
    const own = { ...made, ...(await change?.(made)), serverCert: ca.cert };
    const said = errors(await checkBoard({ ...NAMES, ...own }, new Date()));
    const program = await workshop.build(await securityH(own));
    const met = await meet(program, { cert: server.cert, key: server.key, ca: ca.cert });
    expect({ said: said.includes(code ?? ''), met }).toEqual({ said: code !== undefined, met: said.length === 0 });
  });

  test.each<[string, () => string | Promise<string>, string | undefined]>([
    ['the authority', () => ca.cert, undefined],
    ['the authority behind another', async () => `${(await authority()).cert}${ca.cert}`, undefined],
    ['the very certificate of the server', () => server.cert, 'SERVER_CERT_PINNED_LEAF'],
  ])('a board whose SERVER_CERT is %s', async (_what, make, code) => {
    const own = { ...(await certificate({ name: 'mts/board-1', issuer: ca })), serverCert: await make() };
    const said = errors(await checkBoard({ ...NAMES, ...own }, new Date()));
    const met = await meet(await workshop.build(await securityH(own)), { ...server, ca: ca.cert });
    expect({ said, met }).toEqual({ said: code === undefined ? [] : [code], met: code === undefined });
  });
});
