/** A folder that was generated is read back as what it was made from; a folder that no board could work by is refused. */
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MtsError, OutsideError, UsageError } from '../../../cloud/protocol/errors.ts';
import { firmwareFiles } from '../../../firmware-template/generate/files.ts';
import { readFirmware, readFirmwareFolder } from '../../../firmware-template/generate/read.ts';
import { serverUri } from '../../../firmware-template/generate/server-address.ts';
import { type FirmwareSettings, wifiNetwork } from '../../../firmware-template/generate/settings.ts';
import { fileText, inGenerated, names, settings } from './boards.ts';

const WISHES: [string, Partial<FirmwareSettings>][] = [
  ['TLS over Ethernet', {}],
  ['without security', { transport: 'plain', server: { host: 'connector.example.com', port: 5683 } }],
  ['by Wi-Fi', { network: wifiNetwork('a "b" \\ *//* ü', '"\\%`$?/ pass') }],
];

test.each(WISHES)('%s', (_name, wish) =>
  inGenerated(wish, async (dir, generated) => {
    expect(await readFirmwareFolder(dir)).toEqual({ ...generated, serverUri: serverUri(generated.server) });
  }),
);

test('whatever the settings', async () => {
  const server = fc.record({
    host: fc.oneof(
      fc.ipV4().filter((ip) => /^(1\d|19\d|8)\./.test(ip)),
      fc.constantFrom('a', 'a-b.example'),
    ),
    port: fc.integer({ min: 1, max: 65_535 }),
  });
  await fc.assert(
    fc.asyncProperty(
      names,
      server,
      fc.constantFrom('tls' as const, 'plain' as const),
      async (odd, server, transport) => {
        const made = await settings({ server, transport, credentials: { ...(await settings()).credentials, ...odd } });
        const text = new Map(
          (await firmwareFiles(made)).map((file) => [file.name, { text: file.text, permissions: 0o600 }]),
        );
        const [securityH, appJson] = [text.get('security.h')!, text.get('mbed_app.json')!];
        const { serverUri: uri, ...read } = readFirmware({ securityH, appJson, buildMd: undefined }, 'there');
        expect(read).toEqual(made);
        expect(uri).toBe(`coap://${server.host}:${server.port}`);
      },
    ),
    { numRuns: 100 },
  );
});

test('any damage is refused with a reason, or changes nothing that a board would notice', async () => {
  const [securityH, appJson] = [await fileText('security.h'), await fileText('mbed_app.json')];
  const damage = (text: string) =>
    fc
      .tuple(
        fc.nat(text.length),
        fc.nat(20),
        fc.oneof(fc.constantFrom('', '#', '"', '/*', '\n', '\\', '}'), fc.string()),
      )
      .map(([at, cut, put]) => text.slice(0, at) + put + text.slice(at + cut));
  const pair = fc.oneof(
    damage(securityH).map((text) => [text, appJson]),
    damage(appJson).map((text) => [securityH, text]),
  );
  fc.assert(
    fc.property(pair, ([securityH = '', appJson = '']) => {
      try {
        const file = (text: string) => ({ text, permissions: 0o600 });
        readFirmware({ securityH: file(securityH), appJson: file(appJson), buildMd: undefined }, 'there');
      } catch (error) {
        expect(error).toBeInstanceOf(UsageError);
      }
    }),
    { numRuns: 500 },
  );
});

test('a folder that is none, and what is no file in it, are said', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'mts-none-'));
  const why = async (): Promise<string> => {
    const error: unknown = await readFirmwareFolder(dir).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(MtsError);
    return `${(error as MtsError).code}: ${(error as MtsError).message}`;
  };
  try {
    expect(await why()).toMatch(/^FILE: there is no security.h in/);
    await writeFile(join(dir, 'security.h'), await fileText('security.h'));
    expect(await why()).toMatch(/^USAGE: there is no mbed_app.json in/);
    await mkdir(join(dir, 'mbed_app.json'));
    expect(await why()).toMatch(/^(USAGE: .* is no file|FILE: .*EISDIR)/);
    await rm(join(dir, 'mbed_app.json'), { recursive: true });
    await symlink('/dev/zero', join(dir, 'mbed_app.json'));
    expect(await why()).toMatch(/^USAGE: .* is no file/);
    await rm(join(dir, 'mbed_app.json'));
    await writeFile(join(dir, 'mbed_app.json'), ' '.repeat(70_000));
    expect(await why()).toMatch(/^USAGE: .* has more than 65536 bytes/);
  } finally {
    await rm(dir, { recursive: true });
  }
  await expect(readFirmwareFolder(dir)).rejects.toBeInstanceOf(OutsideError);
});
