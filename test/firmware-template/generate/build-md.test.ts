/** BUILD.md: its commands are what a shell takes, its checks find what they are for, its values are those of the board. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { codeSpan } from '../../../firmware-template/generate/markdown.ts';
import { wifiNetwork } from '../../../firmware-template/generate/settings.ts';
import { buildForBoard } from '../board/client.ts';
import { BOARD, run } from '../board/compilers.ts';
import { fileText, names, settings } from './boards.ts';

/** The commands, a text for each block. */
function commands(guide: string): string[] {
  return [...guide.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, text = '']) => text);
}

test.each([
  ['TLS over Ethernet', {}],
  ['without security, by Wi-Fi', { transport: 'plain' as const, network: wifiNetwork('home', 'passphrase') }],
])('a shell takes every command, and nothing was left to fill in: %s', async (_name, wish) => {
  const guide = await fileText('BUILD.md', wish);
  expect(guide).not.toMatch(/\{\{|\}\}|undefined|\[object/);
  expect(commands(guide).length).toBeGreaterThan(10);
  for (const text of commands(guide)) {
    expect(await run('bash', '-n', '-c', text)).toEqual({ status: 0, out: '', err: '' });
  }
});

test('it is about this board: its names, its server, how it gets there', async () => {
  const plain = await fileText('BUILD.md', { transport: 'plain', server: { host: 'a.example', port: 5683 } });
  expect(plain).toMatch(/^# Firmware for board `board-1`$/m);
  expect(plain).toMatch(/^- Connects to: `coap:\/\/a\.example:5683`$/m);
  expect(plain).toMatch(/\*\*This build has no security\.\*\*/);
  expect(plain).toMatch(/SOCKET_MODE : UDP\nConnecting to coap:\/\/a\.example:5683\n/);
  expect(plain).toMatch(/DNS does not know a\.example/);
  expect(plain).not.toMatch(/SecureConnectionFailed/);
  const tls = await fileText('BUILD.md', { network: wifiNetwork('my | net', 'passphrase') });
  expect(tls).toMatch(/^- Network: Wi-Fi `my \| net` by an ESP8266/m);
  expect(tls).toMatch(/the Wi-Fi password is in `mbed_app.json`/);
  expect(tls).toMatch(/SecureConnectionFailed/);
  expect(tls).not.toMatch(/no security|UDP|DNS/);
});

test('versions are pinned, and a check follows each step', async () => {
  const guide = await fileText('BUILD.md');
  for (const pin of ['mbed-cli==1.10.5', '6-2017-q1-update', '6.3.1 20170215', 'git checkout 343dda3', 'python:2.7']) {
    expect(guide).toContain(pin);
  }
  const pins = [...guide.matchAll(/^([a-z/-]+) [0-9a-f]{40}$/gm)].map(([, folder]) => folder);
  expect(pins).toEqual([
    'easy-connect',
    'mbed-client',
    'mbed-client/mbed-client-c',
    'mbed-client/mbed-client-classic',
    'mbed-client/mbed-client-mbed-tls',
    'mbed-os',
    'pal',
  ]);
  const steps = guide.split(/^## (?=\d)/m).slice(1);
  expect(steps.map((step) => step[0])).toEqual([...'12345678']);
  for (const step of steps) expect(step).toMatch(/^\*\*Check:\*\* /m);
});

test('the check of the commits says ok for those, and tells of another', async () => {
  const guide = await fileText('BUILD.md');
  const check = commands(guide).find((text) => text.includes('COMMITS'))!;
  const rightButOne =
    'git() { case "$2" in pal) echo 0;; *) awk -v f="$2" \'$1 == f && $2 ~ /^[0-9a-f]+$/ {print $2}\' "$GUIDE";; esac; }\n';
  const dir = await mkdtemp(join(tmpdir(), 'mts-guide-'));
  try {
    await writeFile(join(dir, 'BUILD.md'), guide);
    const { out } = await run('bash', '-c', `GUIDE='${dir}/BUILD.md'\n${rightButOne}${check}`);
    const lines = out.trimEnd().split('\n');
    expect(lines.pop()).toBe('pal is another version');
    expect(lines).toHaveLength(6);
    for (const line of lines) expect(line).toMatch(/ ok$/);
  } finally {
    await rm(dir, { recursive: true });
  }
});

(BOARD.wanted ? test : test.skip)(
  'the check of the image finds our server, and that of an image with the old one',
  async () => {
    const check = commands(await fileText('BUILD.md')).find((text) => text.startsWith('grep'))!;
    const found = async (securityH: string): Promise<string> => {
      const { object } = await buildForBoard(securityH);
      const dir = await mkdtemp(join(tmpdir(), 'mts-grep-'));
      try {
        const path = join(dir, 'image');
        // The client compares with these, in every image.
        await writeFile(path, Buffer.concat([object, Buffer.from('\0coap://\0coaps://\0')]));
        const own = check.replace(/BUILD\/\S+/, path);
        expect(own).not.toBe(check);
        return (await run('bash', '-c', own)).out;
      } finally {
        await rm(dir, { recursive: true });
      }
    };
    const text = await fileText('security.h');
    expect(await found(text)).toBe('coap://192.168.1.20:5684\n');
    expect(await found(text.slice(0, text.indexOf('#ifndef MBED_CONF')))).toBe('coap://api.connector.mbed.com:5684\n');
  },
);

test('a name is shown as it is, whatever is in it', async () => {
  await fc.assert(
    fc.asyncProperty(names, async (odd) => {
      const { credentials } = await settings();
      const guide = await fileText('BUILD.md', { credentials: { ...credentials, ...odd } });
      const [first = ''] = guide.split('\n');
      // CommonMark 0.31 §6.1: from a run of backticks to the next of the same length, one space stripped at both ends.
      const [, fence = ''] = /^# Firmware for board (`+)/.exec(first)!;
      const inner = first.slice('# Firmware for board '.length + fence.length, -fence.length);
      expect(inner).not.toMatch(new RegExp(`(^|[^\`])${fence}([^\`]|$)`));
      expect(/^ .*[^ ].* $/.test(inner) ? inner.slice(1, -1) : inner).toBe(odd.endpoint);
    }),
    { numRuns: 100 },
  );
  expect([codeSpan('a'), codeSpan('`'), codeSpan('a``b')]).toEqual(['`a`', '`` ` ``', '```a``b```']);
});
