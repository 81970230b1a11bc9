/** A folder of credentials: made once, kept as it is, closed to others, and never changed by asking for the same again. */
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { OutsideError, UsageError } from '../../../cloud/protocol/errors.ts';
import { readCertificates } from '../../../firmware-template/credentials/certificate.ts';
import { checkBoard, checkServer } from '../../../firmware-template/credentials/check.ts';
import type { BoardCredentials } from '../../../firmware-template/credentials/credentials.ts';
import { type Credentials, openCredentials } from '../../../firmware-template/credentials/folder.ts';
import { initCredentials } from '../../../firmware-template/credentials/init.ts';
import { makeAuthority, makeRevocationList } from '../../../firmware-template/credentials/make.ts';
import { readPrivateKey } from '../../../firmware-template/credentials/private-key.ts';
import { authority, certificate, NOW } from './certificates.ts';

let [root, dir] = ['', ''];
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'mts-credentials-'));
  dir = join(root, 'new', 'credentials');
});
afterEach(async () => {
  await rm(root, { recursive: true });
});

const calm = { now: NOW, force: false };
const forced = { now: NOW, force: true };

async function made(): Promise<Credentials> {
  await initCredentials(dir, calm);
  return openCredentials(dir);
}

/** Every file: its permissions, inode, times and bytes. */
async function everything(): Promise<Record<string, string>> {
  const files = (await readdir(dir, { recursive: true })).toSorted();
  const about = files.map(async (name) => {
    const { mode, ino, mtimeMs } = await stat(join(dir, name));
    const bytes = (await stat(join(dir, name))).isFile() ? await readFile(join(dir, name)) : '';
    return [name, `${mode.toString(8)} ${ino} ${mtimeMs} ${createHash('sha256').update(bytes).digest('hex')}`];
  });
  return Object.fromEntries(await Promise.all(about)) as Record<string, string>;
}

const modeOf = async (name: string): Promise<string> => ((await stat(join(dir, name))).mode & 0o777).toString(8);

async function stranger(name = 'dom/board-1'): Promise<BoardCredentials> {
  const issuer = await authority();
  const { cert, key } = await certificate({ name, issuer });
  return {
    domain: name.split('/')[0]!,
    endpoint: name.slice(name.indexOf('/') + 1),
    serverCert: issuer.cert,
    cert,
    key,
  };
}

describe('init', () => {
  test('makes what a server and boards need, and closes it to others', async () => {
    expect(await initCredentials(dir, calm)).toBe('made');
    expect((await readdir(dir)).toSorted()).toEqual([
      'authority-key.pem',
      'authority.pem',
      'boards',
      'credentials.json',
      'revoked.crl.pem',
      'server-key.pem',
      'server.pem',
    ]);
    expect(await modeOf('.')).toBe('700');
    expect(await modeOf('boards')).toBe('700');
    expect(await modeOf('authority-key.pem')).toBe('600');
    expect(await modeOf('server-key.pem')).toBe('600');
    expect(JSON.parse(await readFile(join(dir, 'credentials.json'), 'utf8'))).toEqual({ version: 1, domain: 'mts' });
    // Nothing is left beside it.
    expect(await readdir(join(root, 'new'))).toEqual(['credentials']);
    expect(await checkServer(await (await openCredentials(dir)).server(), NOW)).toEqual([]);
  });

  test('again changes no byte, with the same domain or none', async () => {
    await initCredentials(dir, { ...calm, domain: 'garden' });
    const before = await everything();
    expect(await initCredentials(dir, calm)).toBe('unchanged');
    expect(await initCredentials(dir, { ...calm, domain: 'garden' })).toBe('unchanged');
    expect(await everything()).toEqual(before);
    await expect(initCredentials(dir, { ...calm, domain: 'other' })).rejects.toThrow(
      'with the domain garden, not other',
    );
    expect(await everything()).toEqual(before);
  });

  test('two at once: one makes it, the other finds it or is refused, and it is whole', async () => {
    await Promise.allSettled([initCredentials(dir, calm), initCredentials(dir, calm), initCredentials(dir, calm)]);
    expect(await checkServer(await (await openCredentials(dir)).server(), NOW)).toEqual([]);
    expect(await readdir(join(root, 'new'))).toEqual(['credentials']);
  });

  test('takes an empty folder that is there, and closes it', async () => {
    await mkdir(dir, { recursive: true, mode: 0o755 });
    expect(await initCredentials(dir, calm)).toBe('made');
    expect(await modeOf('.')).toBe('700');
  });

  test('with force makes another authority, which no board of before is of', async () => {
    const credentials = await made();
    await credentials.issue({ endpoint: 'b' }, calm);
    expect(await initCredentials(dir, { ...forced, domain: 'd2' })).toBe('replaced');
    const after = await openCredentials(dir);
    expect(after.authority).not.toBe(credentials.authority);
    expect(after.domain).toBe('d2');
    expect((await after.find('b'))!.own).toBe(false);
    expect(await checkServer(await after.server(), NOW)).toEqual([]);
  });

  test('refuses a folder with other things in it, and an authority whose settings are lost', async () => {
    await mkdir(dir, { recursive: true });
    await writeFile(join(dir, 'notes.txt'), 'mine');
    await expect(initCredentials(dir, forced)).rejects.toThrow('holds other files already');
    expect(await readdir(dir)).toEqual(['notes.txt']);
    await writeFile(join(dir, 'authority-key.pem'), 'mine');
    await expect(initCredentials(dir, forced)).rejects.toThrow('holds an authority, but no credentials.json');
    expect(await readFile(join(dir, 'authority-key.pem'), 'utf8')).toBe('mine');
  });

  test('refuses a domain that a board cannot have, before anything is made', async () => {
    await expect(initCredentials(dir, { ...calm, domain: 'a/b' })).rejects.toThrow(UsageError);
    await expect(readdir(dir)).rejects.toThrow('ENOENT');
  });

  test('where a file stands in the way the system is quoted', async () => {
    await writeFile(join(root, 'new'), '');
    await expect(initCredentials(dir, calm)).rejects.toThrow(OutsideError);
  });
});

describe('issue', () => {
  test('makes credentials that nothing is wrong with, and trusts the authority', async () => {
    const credentials = await made();
    expect(await credentials.issue({ endpoint: 'kitchen window/2' }, calm)).toBe('made');
    const board = await credentials.board('kitchen window/2');
    expect(board).toMatchObject({ domain: 'mts', endpoint: 'kitchen window/2', serverCert: credentials.authority });
    expect(await checkBoard(board, NOW)).toEqual([]);
    expect(await modeOf('boards/kitchen%20window%2F2')).toBe('700');
    expect(await modeOf('boards/kitchen%20window%2F2/key.pem')).toBe('600');
    expect(await readdir(join(dir, 'boards'))).toEqual(['kitchen%20window%2F2']);
  });

  test('again changes no byte; another domain is refused, and with force made, the one before being revoked', async () => {
    const credentials = await made();
    await credentials.issue({ endpoint: 'b' }, calm);
    const before = await everything();
    expect(await credentials.issue({ endpoint: 'b' }, calm)).toBe('unchanged');
    expect(await credentials.issue({ endpoint: 'b', domain: 'mts' }, calm)).toBe('unchanged');
    await expect(credentials.issue({ endpoint: 'b', domain: 'd2' }, calm)).rejects.toThrow('of the domain mts');
    expect(await everything()).toEqual(before);
    const { cert } = await credentials.board('b');
    expect(await credentials.issue({ endpoint: 'b', domain: 'd2' }, forced)).toBe('replaced');
    const after = await credentials.board('b', 'd2');
    expect(after.domain).toBe('d2');
    expect(after.cert).not.toBe(cert);
    const { crl } = await credentials.server();
    expect(crl).not.toBe('');
    expect(await readdir(join(dir, 'boards'))).toEqual(['b']);
    expect((await credentials.find('b'))!.revoked).toBe(false);
  });

  test('many at once are all made, and of one board there is one', async () => {
    const credentials = await made();
    const names = ['a', 'b', 'a', 'c', 'a', 'b'];
    const results = await Promise.all(names.map((endpoint) => credentials.issue({ endpoint }, calm)));
    expect(results.filter((result) => result === 'made')).toHaveLength(3);
    expect(results.filter((result) => result === 'unchanged')).toHaveLength(3);
    for (const endpoint of ['a', 'b', 'c'])
      expect(await checkBoard(await credentials.board(endpoint), NOW)).toEqual([]);
    expect(await readdir(join(dir, 'boards'))).toEqual(['a', 'b', 'c']);
  });

  test('a name that differs only by case is refused: many systems take the two for one', async () => {
    const credentials = await made();
    await credentials.issue({ endpoint: 'Board' }, calm);
    await expect(credentials.issue({ endpoint: 'board' }, forced)).rejects.toThrow('only by case: Board');
    await expect(credentials.board('board')).rejects.toThrow('only by case');
  });

  test('never outlives its authority', async () => {
    const credentials = await made();
    const late = new Date(NOW.getTime() + 10 * 365 * 86_400_000);
    await credentials.issue({ endpoint: 'b' }, { now: late, force: false });
    const [board, server] = [await credentials.find('b'), await credentials.server()];
    expect(board!.certificate.notAfter.getUTCFullYear()).toBe(NOW.getUTCFullYear() + 20);
    expect(await checkServer(server, late)).toEqual([]);
  });

  test('refuses a name that the board cannot take', async () => {
    await expect((await made()).issue({ endpoint: 'a"b' }, calm)).rejects.toThrow('has a "');
  });

  test('an expired one is not taken for good', async () => {
    const credentials = await made();
    await credentials.issue({ endpoint: 'b' }, calm);
    const later = new Date(NOW.getTime() + 21 * 365.25 * 86_400_000);
    await expect(credentials.issue({ endpoint: 'b' }, { now: later, force: false })).rejects.toThrow('has expired');
  });

  test('an authority whose key is that of another signs nothing', async () => {
    const credentials = await made();
    await writeFile(join(dir, 'authority-key.pem'), (await authority()).key);
    await expect(credentials.issue({ endpoint: 'b' }, calm)).rejects.toThrow('is not the key of authority.pem');
  });
});

describe('take', () => {
  test('keeps a board of another authority; it is to trust this one', async () => {
    const credentials = await made();
    const board = await stranger();
    expect(await credentials.take(board, calm)).toBe('made');
    expect(await credentials.board('board-1')).toEqual({ ...board, serverCert: credentials.authority });
    expect((await credentials.find('board-1'))!.own).toBe(false);
    const before = await everything();
    expect(await credentials.take(board, calm)).toBe('unchanged');
    expect(await everything()).toEqual(before);
    await expect(credentials.take(await stranger(), calm)).rejects.toThrow('of another authority');
    await expect(credentials.issue({ endpoint: 'board-1' }, calm)).rejects.toThrow('of another authority');
    expect(await credentials.take(await stranger(), forced)).toBe('replaced');
  });
});

describe('revoke', () => {
  test('is remembered, once, and the board gets no firmware any more until it is issued anew', async () => {
    const credentials = await made();
    await credentials.issue({ endpoint: 'b' }, calm);
    expect(await credentials.revoke('b', NOW)).toBe(true);
    const before = await everything();
    expect(await credentials.revoke('b', NOW)).toBe(false);
    expect(await everything()).toEqual(before);
    expect((await credentials.find('b'))!.revoked).toBe(true);
    await expect(credentials.board('b')).rejects.toThrow('was revoked');
    await expect(credentials.issue({ endpoint: 'b' }, calm)).rejects.toThrow('was revoked');
    expect(await credentials.issue({ endpoint: 'b' }, forced)).toBe('replaced');
    expect(await checkBoard(await credentials.board('b'), NOW)).toEqual([]);
  });

  test('holds for boards of another authority too', async () => {
    const credentials = await made();
    await credentials.take(await stranger(), calm);
    expect(await credentials.revoke('board-1', NOW)).toBe(true);
    expect(await credentials.revoke('board-1', NOW)).toBe(false);
    expect((await credentials.find('board-1'))!.revoked).toBe(true);
    await expect(credentials.board('board-1')).rejects.toThrow('was revoked');
  });

  test('never loses one: of two at the same time, one is told to try again', async () => {
    const credentials = await made();
    const names = ['a', 'b', 'c', 'd'];
    for (const endpoint of names) await credentials.issue({ endpoint }, calm);
    const results = await Promise.allSettled(names.map((endpoint) => credentials.revoke(endpoint, NOW)));
    const done = names.filter((_name, i) => results[i]!.status === 'fulfilled');
    expect(done.length).toBeGreaterThan(0);
    for (const endpoint of names) expect((await credentials.find(endpoint))!.revoked).toBe(done.includes(endpoint));
    for (const result of results) {
      if (result.status === 'rejected')
        expect(result.reason).toMatchObject({ message: expect.stringContaining('another mts') });
    }
    // And nothing keeps the next one out.
    for (const endpoint of names) await credentials.revoke(endpoint, NOW);
    for (const endpoint of names) expect((await credentials.find(endpoint))!.revoked).toBe(true);
  });

  test('of a board that is not there says how to make it', async () => {
    const refused = (await made()).revoke("it's", NOW);
    await expect(refused).rejects.toThrow(UsageError);
    await expect(refused).rejects.toMatchObject({ fix: expect.stringContaining(`--endpoint 'it'\\''s'`) });
  });
});

test('a list of revoked certificates of another authority makes no revoked board good again', async () => {
  const credentials = await made();
  await credentials.issue({ endpoint: 'a' }, calm);
  await credentials.revoke('a', NOW);
  const { cert, key } = await makeAuthority(NOW);
  const [other] = await readCertificates(cert, 'another authority');
  const list = await makeRevocationList({ certificate: other!, key: readPrivateKey(key, 'its key') }, [], NOW);
  await writeFile(join(dir, 'revoked.crl.pem'), list);
  await expect(credentials.board('a')).rejects.toThrow('not signed by the authority of this folder');
  await expect(credentials.revoke('a', NOW)).rejects.toThrow('not signed by the authority of this folder');
  expect(await readFile(join(dir, 'revoked.crl.pem'), 'utf8')).toBe(list);
});

describe('boards', () => {
  test('lists all by name, and says of what is damaged that it is', async () => {
    const credentials = await made();
    for (const endpoint of ['b', 'a']) await credentials.issue({ endpoint }, calm);
    await mkdir(join(dir, 'boards', 'c'));
    await mkdir(join(dir, 'boards', 'd'));
    await writeFile(join(dir, 'boards', 'd', 'certificate.pem'), (await credentials.board('a')).cert);
    await mkdir(join(dir, 'boards', '.new-left-over'));
    const listed: string[] = [];
    for await (const board of credentials.boards()) listed.push('problem' in board ? board.problem : board.endpoint);
    expect(listed).toEqual([
      'a',
      'b',
      expect.stringContaining('certificate.pem is missing'),
      expect.stringContaining('not of a board of that name'),
    ]);
    await rm(join(dir, 'boards', 'b', 'key.pem'));
    await expect(credentials.board('b')).rejects.toThrow('key.pem is missing');
  });
});

describe('openCredentials', () => {
  test.each([
    ['no folder', undefined, OutsideError, 'holds no credentials'],
    ['no JSON', '{', UsageError, 'is no JSON'],
    ['another version', '{"version":2,"domain":"mts"}', UsageError, 'is not {"version":1'],
    ['a further key', '{"version":1,"domain":"mts","x":1}', UsageError, 'is not {"version":1'],
    ['null', 'null', UsageError, 'is not {"version":1'],
    ['a list', '[]', UsageError, 'is not {"version":1'],
    ['a domain that none can have', '{"version":1,"domain":"a&b"}', UsageError, 'has a &'],
  ])('with %s it says so', async (_what, settings, kind, why) => {
    if (settings !== undefined) {
      await mkdir(dir, { recursive: true });
      await writeFile(join(dir, 'credentials.json'), settings);
    }
    await expect(openCredentials(dir)).rejects.toThrow(kind);
    await expect(openCredentials(dir)).rejects.toThrow(why);
  });

  test.each([['authority.pem'], ['server.pem'], ['server-key.pem'], ['revoked.crl.pem']])(
    'without %s it names the file',
    async (name) => {
      await initCredentials(dir, calm);
      await rm(join(dir, name));
      await expect((async () => (await openCredentials(dir)).server())()).rejects.toThrow(`${name} is missing`);
    },
  );

  test('asked for a board that is not there, or of another domain, it says what to do', async () => {
    const credentials = await made();
    await credentials.issue({ endpoint: 'b' }, calm);
    await expect(credentials.board('c')).rejects.toThrow('holds no board c');
    await expect(credentials.board('b', 'other')).rejects.toThrow('is of the domain mts, not other');
  });
});
