/** `mts firmware generate` and `mts firmware check` through the real parser: from credentials to files, and to files read again. */
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { readFirmwareFolder } from '../../../firmware-template/generate/read.ts';
import { fileText, NOW, settings } from '../../firmware-template/generate/boards.ts';
import { type Ran, runVerb } from '../run-verb.ts';

/** An address of this machine, so that a connection to it is refused at once; else one that there is no route to. */
const HERE =
  Object.values(networkInterfaces())
    .flat()
    .find((one) => one?.family === 'IPv4' && !one.internal)?.address ?? '192.0.2.1';
const PASSWORD = 'do "not" \\ print';

let [dir, bundle, securityH, passwordFile] = ['', '', '', ''];
let out = '';
/** All that any command printed in a test. */
let printed = '';

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'mts-generate-'));
  [bundle, securityH, passwordFile] = [join(dir, 'board-1.json'), join(dir, 'security.h'), join(dir, 'wifi.txt')];
  const { credentials } = await settings();
  await writeFile(bundle, JSON.stringify({ version: 1, ...credentials }), { mode: 0o600 });
  await writeFile(securityH, await fileText('security.h'), { mode: 0o600 });
  await writeFile(passwordFile, `${PASSWORD}\n`, { mode: 0o600 });
});
afterAll(() => rm(dir, { recursive: true }));
beforeEach(async () => {
  out = join(await mkdtemp(join(dir, 'out-')), 'firmware');
  printed = '';
});
afterEach(async () => {
  const { credentials } = await settings();
  for (const line of credentials.key.split('\n').slice(1, -2)) expect(printed).not.toContain(line);
  expect(printed).not.toContain(PASSWORD);
});

async function mts(...words: readonly string[]): Promise<Ran> {
  const ran = await runVerb(['firmware', ...words], { now: () => NOW.getTime() });
  printed += ran.out + ran.err;
  return ran;
}

const generate = (...words: readonly string[]): Promise<Ran> =>
  mts('generate', '--bundle', bundle, '--out', out, ...words);

describe('generate', () => {
  test('writes the three files, says what is next, and that nothing answers yet', async () => {
    const ran = await generate('--server', HERE);
    expect(ran.status).toBe(0);
    expect(ran.out).toBe(
      [
        `board-1 is to connect to ${HERE}, port 5684, over TLS.`,
        `Wrote security.h, mbed_app.json, BUILD.md into ${out}.`,
        `security.h, and what is built with it, holds the board's private key. Next: ${out}/BUILD.md`,
        '',
      ].join('\n'),
    );
    expect(ran.err).toMatch(/^warning: nothing answers now at/);
    expect((await readdir(out)).sort()).toEqual(['BUILD.md', 'mbed_app.json', 'security.h']);
    expect((await stat(join(out, 'security.h'))).mode & 0o777).toBe(0o600);
    const { credentials } = await settings();
    expect(await readFirmwareFolder(out)).toMatchObject({ credentials, server: { host: HERE, port: 5684 } });
  });

  test('again it changes nothing; other values need --force', async () => {
    await generate('--server', HERE);
    const before = await stat(join(out, 'security.h'), { bigint: true });
    const again = await generate('--server', HERE);
    expect(again.out).toContain('Left alone, as they were the same already: security.h, mbed_app.json, BUILD.md.');
    expect((await stat(join(out, 'security.h'), { bigint: true })).mtimeNs).toBe(before.mtimeNs);
    const other = await generate('--server', `${HERE}:5685`);
    expect(other.status).toBe(2);
    expect(other.err).toMatch(/holds security\.h, BUILD\.md already, with other content\nGive --force/);
    expect((await readFirmwareFolder(out)).server.port).toBe(5684);
    expect((await generate('--server', `${HERE}:5685`, '--force')).out).toContain('Wrote security.h, BUILD.md into');
    expect((await readFirmwareFolder(out)).server.port).toBe(5685);
  });

  test('--json is one document; warnings are in it and on the other stream', async () => {
    const ran = await generate('--server', HERE, '--transport', 'plain', '--json');
    const answered = JSON.parse(ran.out);
    expect(answered).toEqual({
      out,
      endpoint: 'board-1',
      domain: 'mts',
      server: { host: HERE, port: 5683 },
      transport: 'plain',
      target: 'K64F',
      network: 'ethernet',
      written: ['security.h', 'mbed_app.json', 'BUILD.md'],
      unchanged: [],
      findings: [
        { code: 'PLAIN', level: 'warning', message: expect.stringMatching(/^NO SECURITY/), fix: expect.any(String) },
        { code: 'NO_ANSWER', level: 'warning', message: expect.any(String), fix: expect.any(String) },
      ],
    });
    expect(ran.err).toMatch(/^warning: NO SECURITY/);
  });

  test('from a security.h that was given before, the same board comes out', async () => {
    expect((await mts('generate', '--security-h', securityH, '--server', HERE, '--out', out)).status).toBe(0);
    expect((await readFirmwareFolder(out)).credentials).toEqual((await settings()).credentials);
  });

  test('by Wi-Fi the password comes from its file, and the file that has it then is closed to others', async () => {
    const wifi = ['--network', 'wifi-esp8266', '--wifi-ssid', 'my net', '--wifi-password-file', passwordFile];
    const ran = await generate('--server', HERE, ...wifi);
    expect(ran.err).not.toMatch(/password/);
    expect((await readFirmwareFolder(out)).network).toEqual({
      kind: 'wifi-esp8266',
      ssid: 'my net',
      password: PASSWORD,
    });
    expect((await stat(join(out, 'mbed_app.json'))).mode & 0o777).toBe(0o600);
    await chmod(passwordFile, 0o644);
    expect((await generate('--server', HERE, ...wifi)).err).toMatch(/others on this machine may read .*wifi\.txt/);
    await chmod(passwordFile, 0o600);
  });

  const server = ['--server', '192.168.1.20'];
  const REFUSED: [string, () => readonly string[], RegExp][] = [
    ['no server', () => [], /server/],
    ['loopback', () => ['--server', '127.0.0.1'], /the board itself/],
    ['auto with no port', () => ['--server', 'auto:'], /port|auto/],
    ['DTLS', () => [...server, '--transport', 'udp-dtls'], /Node\.js, which has no DTLS/],
    ['another transport', () => [...server, '--transport', 'tcp'], /transport/i],
    ['another target', () => [...server, '--target', 'K66F'], /target/i],
    [
      'Wi-Fi without a name',
      () => [...server, '--network', 'wifi-esp8266'],
      /without --wifi-ssid and --wifi-password-file/,
    ],
    ['a name without Wi-Fi', () => [...server, '--wifi-ssid', 'a'], /--wifi-ssid is given with --network ethernet/],
    [
      'a password that no network has',
      () => [...server, '--network', 'wifi-esp8266', '--wifi-ssid', 'a', '--wifi-password-file', bundle],
      /the Wi-Fi password has \d+ characters/,
    ],
    ['another endpoint', () => [...server, '--endpoint', 'board-2'], /--endpoint is board-2/],
    ['two sources', () => [...server, '--security-h', securityH], /--security-h and --bundle/],
  ];
  test.each(REFUSED)('%s: exit 2, and nothing is written', async (_name, words, reason) => {
    const { status, out: text, err } = await generate(...words());
    expect({ status, text }).toEqual({ status: 2, text: '' });
    expect(err).toMatch(reason);
    await expect(readdir(out)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('a folder that cannot be, and a password file that is not there: exit 3', async () => {
    expect((await mts('generate', '--bundle', bundle, ...server, '--out', join(bundle, 'x'))).status).toBe(3);
    const wifi = ['--network', 'wifi-esp8266', '--wifi-ssid', 'a', '--wifi-password-file', join(dir, 'none')];
    expect((await generate(...server, ...wifi)).status).toBe(3);
  });
});

describe('check', () => {
  test('what was generated is in order', async () => {
    await generate('--server', HERE);
    const { status, out: text } = await mts('check', out);
    expect(status).toBe(0);
    expect(text).toBe(`${out}: board-1 connects to coap://${HERE}:5684 over TLS. Nothing is wrong with it.\n`);
  });

  test('what no board could work by ends with 1, and each reason has a way out', async () => {
    await generate('--server', HERE);
    const path = join(out, 'security.h');
    await writeFile(path, `#pragma once\n${await readFile(path, 'utf8')}`);
    const { status, out: text } = await mts('check', out);
    expect(status).toBe(1);
    expect(text).toMatch(
      /^error: security\.h has #pragma once, .*\n {2}Remove that line, .*\n.* makes no firmware that works\.\n$/,
    );
  });

  test('--json is one document', async () => {
    await generate('--server', HERE);
    const firmware = {
      endpoint: 'board-1',
      domain: 'mts',
      server: { host: HERE, port: 5684 },
      transport: 'tls',
      target: 'K64F',
    };
    expect(JSON.parse((await mts('check', out, '--json')).out)).toEqual({
      firmware: { ...firmware, network: 'ethernet' },
      findings: [],
    });
    await rm(join(out, 'mbed_app.json'));
    const ran = await mts('check', out, '--json');
    expect([ran.status, JSON.parse(ran.out)]).toEqual([
      1,
      { firmware: null, findings: [expect.objectContaining({ code: 'APP_JSON' })] },
    ]);
  });

  test('a folder without a security.h: exit 3', async () => {
    expect((await mts('check', dir.replace(/[^/]+$/, 'nowhere-at-all'))).status).toBe(3);
  });
});
