/** Verdicts on certificates that OpenSSL lets nobody show: the last line, should that change. */
import { X509Certificate } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { checkCredentials } from '../../../../cloud/connector/transports/credentials.ts';
import { judge } from '../../../../cloud/connector/transports/verdict.ts';
import { Authority, SLASH } from './certificates.ts';

test.each([
  ['RSA', 'its key is rsa, not P-256 or P-384'],
  ['P-521', 'its key is ec secp521r1, not P-256 or P-384'],
] as const)('a key of %s', async (key, detail) => {
  await using authority = await Authority.named('boards');
  const trust = checkCredentials({ ...(await authority.issue('/CN=connector')), authority: authority.own.cert });
  const { cert } = await authority.issue(`/CN=dom${SLASH}k64f`, { key });
  expect(judge(new X509Certificate(cert), undefined, trust)).toEqual({ reason: 'certificate', detail });
});

test('what OpenSSL calls revoked, an authority in between, say, is not let in by its fingerprint', async () => {
  await using authority = await Authority.named('boards');
  const board = new X509Certificate((await authority.board('dom', 'k64f')).cert);
  const own = await authority.issue('/CN=connector');
  const trust = checkCredentials({ ...own, authority: authority.own.cert, trusted: [board.fingerprint256] });
  expect(judge(board, 'CERT_HAS_EXPIRED', trust)).toMatchObject({ identity: { endpoint: 'k64f' } });
  expect(judge(board, 'CERT_REVOKED', trust)).toMatchObject({ reason: 'revoked' });
});
