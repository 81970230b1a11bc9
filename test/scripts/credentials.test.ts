/** `mts credentials` through the real parser: what it makes, what it says, and that no key is ever printed. */
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { cString } from '../../firmware-template/c-string.ts';
import { bundleText, readBundle } from '../../firmware-template/credentials/bundle.ts';
import type { BoardCredentials } from '../../firmware-template/credentials/credentials.ts';
import { openCredentials } from '../../firmware-template/credentials/folder.ts';
import { boardCredentialsOf } from '../../scripts/firmware/credentials-words.ts';
import { findingText } from '../../scripts/firmware/findings-text.ts';
import { authority, certificate, type Kind, NOW } from '../firmware-template/credentials/certificates.ts';
import { securityH } from '../firmware-template/credentials/security-h-text.ts';
import { type Ran, runVerb } from './run-verb.ts';

let [root, dir] = ['', ''];
/** All that any verb printed in a test, and the keys that were not to be in it. */
let printed = '';
const secrets: string[] = [];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'mts-credentials-verbs-'));
  dir = join(root, 'c');
  printed = '';
});
afterEach(async () => {
  for (const name of await readdir(root, { recursive: true })) {
    const path = join(root, name);
    if (/key\.pem$/.test(name)) secrets.push(await readFile(path, 'utf8'));
  }
  for (const secret of secrets.splice(0)) expect(printed).not.toContain(secret.split('\n')[1]);
  await rm(root, { recursive: true });
});

async function mts(...words: string[]): Promise<Ran> {
  const ran = await runVerb(words, { now: () => NOW.getTime() });
  printed += ran.out + ran.err;
  return ran;
}

const credentials = (action: string, ...words: string[]): Promise<Ran> => {
  return mts('credentials', action, ...(action === 'init' ? ['--out', dir] : ['--credentials', dir]), ...words);
};
const show = (...words: string[]): Promise<Ran> => mts('credentials', 'show', ...words);

async function file(name: string, text: string, mode = 0o600): Promise<string> {
  const path = join(root, name);
  await writeFile(path, text, { mode });
  return path;
}

async function stranger(kind: Kind = 'P-256', name = 'dom/board-1'): Promise<BoardCredentials> {
  const issuer = await authority();
  const { cert, key } = await certificate({ name, issuer, kind });
  secrets.push(key);
  return { domain: 'dom', endpoint: 'board-1', serverCert: issuer.cert, cert, key };
}

describe('init and issue', () => {
  test('make what is to be made, say so, and say again that it is there', async () => {
    const first = await credentials('init', '--json');
    expect(first).toMatchObject({ status: 0, err: '' });
    expect(JSON.parse(first.out)).toMatchObject({ result: 'made', domain: 'mts', folder: dir });
    expect(JSON.parse((await credentials('init', '--json')).out)).toMatchObject({ result: 'unchanged' });
    expect((await credentials('init')).out).toContain('is there already, and was left alone');

    const issued = await credentials('issue', '--endpoint', 'b 1');
    expect(issued.out).toContain('mts firmware generate --credentials');
    expect(issued.out).toContain("--endpoint 'b 1'");
    const again = await credentials('issue', '--endpoint', 'b 1', '--json');
    expect(JSON.parse(again.out)).toMatchObject({ result: 'unchanged', endpoint: 'b 1', domain: 'mts' });
  });

  test('a wish that differs is refused with exit 2, and obeyed with --force, which says what follows', async () => {
    await credentials('init');
    await credentials('issue', '--endpoint', 'b');
    expect(await credentials('init', '--domain', 'other')).toMatchObject({ status: 2, out: '' });
    const refused = await credentials('issue', '--endpoint', 'b', '--domain', 'other');
    expect(refused).toMatchObject({ status: 2, out: '' });
    expect(refused.err).toContain('--force');
    expect((await credentials('issue', '--endpoint', 'b', '--domain', 'other', '--force')).out).toContain('is revoked');
    const forced = await credentials('init', '--force');
    expect(forced.status).toBe(0);
    expect(forced.err).toMatch(/refuses every board .*flashed anew/s);
    expect((await credentials('list')).out).toMatch(
      /b +other +2046-03-01 +another authority: the connector takes it only by/,
    );
  });

  test('without a folder of credentials it is said how to make one, with exit 3', async () => {
    const { status, err } = await credentials('issue', '--endpoint', 'b');
    expect(status).toBe(3);
    expect(err).toContain(`mts credentials init --out ${dir}`);
  });
});

describe('list and revoke', () => {
  test('show how it stands with each board', async () => {
    await credentials('init');
    expect((await credentials('list')).out).toContain('No boards yet');
    for (const name of ['b', 'a']) await credentials('issue', '--endpoint', name);
    expect((await credentials('revoke', '--endpoint', 'b')).out).toContain(
      'b is revoked. A connector that serves with this folder sees it within seconds.',
    );
    expect(JSON.parse((await credentials('revoke', '--endpoint', 'b', '--json')).out)).toEqual({
      result: 'unchanged',
      endpoint: 'b',
    });
    const rows = [
      { endpoint: 'a', domain: 'mts', until: '2046-03-01', state: 'good' },
      { endpoint: 'b', domain: 'mts', until: '2046-03-01', state: 'revoked' },
    ];
    expect(JSON.parse((await credentials('list', '--json')).out)).toEqual({ boards: rows, broken: [] });
    await rm(join(dir, 'boards', 'a', 'certificate.pem'));
    const broken = await credentials('list', '--json');
    expect(broken).toMatchObject({ status: 1, err: expect.stringContaining('certificate.pem is missing') });
    expect(JSON.parse(broken.out).broken).toHaveLength(1);
    expect(await credentials('revoke', '--endpoint', 'c')).toMatchObject({ status: 2 });
  });
});

describe('export and import', () => {
  test('take a board from one folder to another', async () => {
    await credentials('init');
    await credentials('issue', '--endpoint', 'b');
    const out = join(root, 'out', 'b.json');
    expect((await credentials('export', '--endpoint', 'b', '--out', out)).out).toContain('The private key is in it');
    expect((await stat(out)).mode & 0o777).toBe(0o600);
    expect(JSON.parse((await credentials('export', '--endpoint', 'b', '--out', out, '--json')).out)).toMatchObject({
      result: 'unchanged',
    });
    secrets.push(JSON.parse(await readFile(out, 'utf8')).key);

    const other = join(root, 'd');
    await mts('credentials', 'init', '--out', other);
    const taken = await mts('credentials', 'import', '--credentials', other, '--bundle', out, '--json');
    expect(JSON.parse(taken.out)).toEqual({ result: 'made', endpoint: 'b', domain: 'mts', own: false, findings: [] });
    const board = await (await openCredentials(other)).board('b');
    expect(board.cert).toBe((await (await openCredentials(dir)).board('b')).cert);
    expect(board.serverCert).not.toBe((await openCredentials(dir)).authority);
  });

  test('import takes a security.h, and says what of it is of the old service', async () => {
    await credentials('init');
    const old = await authority({ name: 'mbed-connector-2018' });
    const { cert, key } = await certificate({
      name: 'dom/board-1',
      issuer: old,
      notAfter: new Date('2018-12-31T06:00:00Z'),
      notBefore: new Date('2017-01-01T00:00:00Z'),
    });
    secrets.push(key);
    const path = await file(
      'security.h',
      securityH({ domain: 'dom', endpoint: 'board-1', serverCert: old.cert, cert, key }),
    );
    const ran = await credentials('import', '--security-h', path);
    expect(ran.status).toBe(0);
    expect(ran.out).toContain('the connector takes it only by its certificate');
    expect(ran.err).toContain('closed in 2018');
    expect(ran.err).toContain('expired on 2018-12-31');
    // The board is to trust this folder's authority: that of the old service is out of the way.
    expect(ran.err).not.toContain('refuses any other server');
    expect((await credentials('import', '--security-h', path)).out).toContain('was left alone');
  });

  test('import without a file, and export to no file, are refused', async () => {
    await credentials('init');
    expect(await credentials('import')).toMatchObject({ status: 2, err: expect.stringContaining('nothing to import') });
    await credentials('issue', '--endpoint', 'b');
    expect(await credentials('export', '--endpoint', 'b', '--out', '..')).toMatchObject({ status: 2 });
  });
});

describe('show', () => {
  test('prints certificates and that nothing is wrong, of a folder and of a board', async () => {
    await credentials('init');
    await credentials('issue', '--endpoint', 'b');
    const folder = await credentials('show');
    expect(folder).toMatchObject({ status: 0, err: '' });
    expect(folder.out).toMatch(/authority\n {2}subject +CN=.*server\n {2}subject.*Nothing is wrong with them\.\n$/s);
    const board = JSON.parse((await credentials('show', '--endpoint', 'b', '--json')).out);
    expect(board.findings).toEqual([]);
    expect(board.certificates[1]).toMatchObject({
      role: 'CERT',
      subject: 'CN=mts/b',
      key: 'P-256',
      ca: false,
      extendedKeyUsage: ['clientAuth'],
    });
    await credentials('revoke', '--endpoint', 'b');
    expect(await credentials('show', '--endpoint', 'b')).toMatchObject({
      status: 1,
      out: expect.stringContaining('was revoked'),
    });
    await writeFile(join(dir, 'server-key.pem'), (await certificate()).key);
    expect(await credentials('show')).toMatchObject({ status: 1, out: expect.stringContaining('does not belong to') });
  });

  test('of files with errors exits with 1 and lists them, and as JSON too', async () => {
    const board = await stranger('RSA', 'dom/other');
    const path = await file('b.json', bundleText(board));
    const ran = await show('--bundle', path);
    expect(ran.status).toBe(1);
    expect(ran.out).toContain('RSA of 2048 bits');
    expect(ran.out).toContain('error: CERT is for "dom/other"');
    const codes = JSON.parse((await show('--bundle', path, '--json')).out).findings.map(
      ({ code }: { code: string }) => code,
    );
    expect(codes).toEqual(['NAME_OF_ANOTHER', 'KEY_KIND']);
  });

  test('text of strangers cannot move the cursor', async () => {
    const board = await stranger('P-256', '\u001b[2Jdom/\u202eboard-1');
    const ran = await show('--bundle', await file('b.json', bundleText(board)));
    expect(ran.status).toBe(1);
    printed += findingText({ code: 'X', level: 'error', message: 'a\u001b', fix: 'b\u202e' });
    for (const character of '\u001b\u202e') expect(printed).not.toContain(character);
  });
});

describe('the words that name credentials', () => {
  test.each<[string, () => Promise<readonly string[]>]>([
    ['a security.h', async () => ['--security-h', await file('security.h', securityH(await stranger()))]],
    [
      'a security.h with its name',
      async () => [
        '--security-h',
        await file('security.h', securityH(await stranger())),
        '--endpoint',
        'board-1',
        '--domain',
        'dom',
      ],
    ],
    ['a bundle', async () => ['--bundle', await file('b.json', bundleText(await stranger()))]],
    [
      'PEM files',
      async () => {
        const { serverCert, cert, key } = await stranger();
        return [
          '--ca',
          await file('ca.pem', serverCert),
          '--cert',
          await file('cert.pem', cert),
          '--key',
          await file('k.pem', key),
        ];
      },
    ],
    [
      'PEM files with a name',
      async () => {
        const { serverCert, cert, key } = await stranger();
        return [
          '--ca',
          await file('ca.pem', serverCert),
          '--cert',
          await file('cert.pem', cert),
          '--key',
          await file('k.pem', key),
          '--endpoint',
          'board-1',
          '--domain',
          'dom',
        ];
      },
    ],
  ])('%s', async (_what, words) => {
    expect(await show(...(await words()))).toMatchObject({ status: 0, err: '' });
  });

  test('a folder beside a file gives the authority that the board is to trust', async () => {
    await credentials('init');
    const board = await stranger();
    const found = await boardCredentialsOf(
      { credentials: dir, 'security-h': await file('security.h', securityH(board)) },
      NOW,
    );
    expect(found).toEqual({
      credentials: { ...board, serverCert: (await openCredentials(dir)).authority },
      findings: [],
    });
    const pem = { cert: await file('cert.pem', board.cert), key: await file('k.pem', board.key) };
    expect((await boardCredentialsOf({ credentials: dir, ...pem }, NOW)).credentials).toEqual(found.credentials);
  });

  test.each<[string, string, () => Promise<readonly string[]>]>([
    ['nothing', 'no credentials are given', async () => []],
    ['two files', '--security-h and --bundle are given', async () => ['--security-h', 'a', '--bundle', 'b']],
    ['a file and a key', '--bundle and --ca, --cert and --key', async () => ['--key', 'a', '--bundle', 'b']],
    ['a certificate alone', '--ca and --key missing', async () => ['--cert', 'a']],
    [
      'another endpoint',
      '--endpoint is b2, and the credentials are of board-1',
      async () => ['--bundle', await file('b.json', bundleText(await stranger())), '--endpoint', 'b2'],
    ],
    [
      'another domain',
      '--domain is d2',
      async () => ['--bundle', await file('b.json', bundleText(await stranger())), '--domain', 'd2'],
    ],
    ['the text of a key', 'takes a file, not what is in it', async () => [`--bundle=${(await stranger()).key}`]],
    [
      'DER',
      'is binary (DER)',
      async () => {
        const der = Buffer.from((await stranger()).cert.split('\n').slice(1, -2).join(''), 'base64');
        const path = join(root, 'cert.der');
        await writeFile(path, der);
        return ['--ca', path, '--cert', path, '--key', path];
      },
    ],
    ['a large file', 'more than 65536 bytes', async () => ['--bundle', await file('b.json', 'x'.repeat(70_000))]],
    [
      'a truncated PEM',
      'damaged or cut off',
      async () => {
        const { serverCert, cert, key } = await stranger();
        return [
          '--ca',
          await file('ca.pem', serverCert),
          '--cert',
          await file('cert.pem', cert.slice(0, -60)),
          '--key',
          await file('k.pem', key),
        ];
      },
    ],
    [
      'a certificate without a name',
      'does not say whose it is',
      async () => {
        const { serverCert, cert, key } = await stranger('P-256', 'nobody');
        return [
          '--ca',
          await file('ca.pem', serverCert),
          '--cert',
          await file('cert.pem', cert),
          '--key',
          await file('k.pem', key),
        ];
      },
    ],
  ])('%s is refused with exit 2', async (_what, why, words) => {
    const { status, err, out } = await show(...(await words()));
    expect({ status, out }).toEqual({ status: 2, out: '' });
    expect(err).toContain(why);
  });

  test('a file that is not there is something outside: exit 3', async () => {
    expect(await show('--bundle', join(root, 'none'))).toMatchObject({
      status: 3,
      err: expect.stringContaining('ENOENT'),
    });
    expect(await show('--bundle', root)).toMatchObject({ status: 3, err: expect.stringContaining('EISDIR') });
  });

  test('for flashing, every error is told at once, and warnings are handed back', async () => {
    const broken = { ...(await stranger('P-521', 'dom/other')), key: (await stranger()).key };
    const path = await file('b.json', bundleText(broken));
    const refused = boardCredentialsOf({ bundle: path }, NOW);
    await expect(refused).rejects.toThrow(/3 things are wrong.*P-521.*does not belong/s);
    const open = await file('open.json', bundleText(await stranger()));
    await chmod(open, 0o644);
    const { findings } = await boardCredentialsOf({ bundle: open }, new Date('2035-12-31T00:00:00Z'));
    expect(findings.map(({ level, code }) => `${level} ${code}`)).toEqual([
      'warning KEY_READABLE',
      'warning EXPIRES_SOON',
      'warning EXPIRES_SOON',
    ]);
    expect(findings[0]!.fix).toContain(`chmod 600 ${open}`);
  });

  test('a named pipe is read to its end, and no warning comes of it', async () => {
    const pipe = join(root, 'pipe');
    await promisify(execFile)('mkfifo', ['-m', '644', pipe]);
    const writing = writeFile(pipe, bundleText(await stranger()));
    expect((await boardCredentialsOf({ bundle: pipe }, NOW)).findings).toEqual([]);
    await writing;
  });
});

describe('a bundle', () => {
  const names = { domain: 'dom', endpoint: 'board-1' };

  test('is read as it was written, with CRLF and a byte order mark too', async () => {
    const board = await stranger();
    expect(readBundle(bundleText(board), 'b')).toEqual(board);
    expect(readBundle(`\uFEFF${bundleText(board).replaceAll('\n', '\r\n')}`, 'b')).toEqual(board);
  });

  test.each([
    ['', 'b is no JSON'],
    ['[]', 'no JSON object'],
    ['null', 'no JSON object'],
    ['{}', 'no bundle of version 1'],
    ['{"version":2}', 'no bundle of version 1'],
    ['{"version":1,"\\u202ex":1}', 'a key that is not known: "\\u202ex"'],
    ['{"version":1,"domain":"d"}', 'no text for "endpoint"'],
    ['{"version":1,"domain":1,"endpoint":"e"}', 'no text for "domain"'],
    [
      JSON.stringify({ version: 1, ...names, endpoint: 'a"b', serverCert: '', cert: '', key: '' }),
      'b: the endpoint name',
    ],
    [JSON.stringify({ version: 1, ...names, serverCert: '', cert: '', key: '' }), 'serverCert in b is empty'],
  ])('%s is refused', (text, why) => {
    expect(() => readBundle(text, 'b')).toThrow(why);
  });

  test('that is no JSON is not quoted: a key may be in it', async () => {
    const text = bundleText(await stranger()).slice(0, -3);
    let thrown: unknown;
    try {
      readBundle(text, 'b');
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ message: 'b is no JSON' });
    expect(thrown).not.toHaveProperty('cause');
  });
});

test('names that could break out of a C string stay inside it, should one ever get that far', () => {
  for (const name of ['a"b', 'a\\b', 'a\nb', 'a*/b', 'a&b', 'bücher'])
    expect(cString(name)).toMatch(/^"(?:[^"\\\n]|\\.)*"$/);
});
