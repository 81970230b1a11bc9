/** The generated files: whatever the values, they say just these, and the same settings make the same bytes. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { UsageError } from '../../../cloud/protocol/errors.ts';
import { readSecurityH } from '../../../firmware-template/credentials/security-h.ts';
import { networkOf, readAppConfig } from '../../../firmware-template/generate/app-config.ts';
import { firmwareFiles } from '../../../firmware-template/generate/files.ts';
import { type WifiNetwork, wifiNetwork } from '../../../firmware-template/generate/settings.ts';
import { compile, HOST, run } from '../board/compilers.ts';
import { fileText, names, settings } from './boards.ts';

const wifi: fc.Arbitrary<WifiNetwork> = fc
  .tuple(
    fc.string({
      unit: fc.oneof(fc.constantFrom(...'"\\?/*{}%$`\''), fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 })),
      minLength: 1,
      maxLength: 32,
    }),
    fc.oneof(
      fc.constant(''),
      fc.string({ unit: fc.constantFrom(...'"\\?/*{}%$`\' aB1'), minLength: 8, maxLength: 63 }),
    ),
  )
  .filter(([ssid]) => Buffer.byteLength(ssid) <= 32 && !/\p{Cc}/u.test(ssid))
  .map(([ssid, password]) => wifiNetwork(ssid, password));

test('the same settings make the same bytes, whoever wrote the PEM', async () => {
  const one = await settings();
  const { credentials } = one;
  const other = {
    ...credentials,
    cert: `subject=x\r\n${credentials.cert.replaceAll('\n', '\r\n')}`,
    key: `\n${credentials.key}\n`,
  };
  expect(await firmwareFiles({ ...one, credentials: other })).toEqual(await firmwareFiles(one));
});

test('files with secrets are for their owner alone', async () => {
  const modes = async (network: Parameters<typeof settings>[0]) =>
    Object.fromEntries((await firmwareFiles(await settings(network))).map(({ name, mode }) => [name, mode]));
  expect(await modes({})).toEqual({ 'security.h': 0o600, 'mbed_app.json': 0o644, 'BUILD.md': 0o644 });
  const secret = await modes({ network: wifiNetwork('home', 'passphrase') });
  expect(secret).toEqual({ 'security.h': 0o600, 'mbed_app.json': 0o600, 'BUILD.md': 0o644 });
});

test('no secret is in the guide', async () => {
  const { credentials } = await settings();
  const text = await fileText('BUILD.md', { network: wifiNetwork('home', 'pass-phrase!') });
  expect(text).not.toContain('pass-phrase!');
  expect(text).not.toContain(credentials.key.split('\n')[1]);
});

test('security.h says what was given, whatever a name may be; a name is no template', async () => {
  await fc.assert(
    fc.asyncProperty(names, async (odd) => {
      const { credentials } = await settings();
      const given = { ...credentials, ...odd };
      expect(readSecurityH(await fileText('security.h', { credentials: given }), 'it')).toEqual(given);
    }),
    { numRuns: 200 },
  );
  const { credentials } = await settings();
  const given = { ...credentials, endpoint: '{{key}}{{{key}}}{{else}}' };
  expect(readSecurityH(await fileText('security.h', { credentials: given }), 'it').endpoint).toBe(given.endpoint);
});

test('names and PEM that no security.h can hold are refused', async () => {
  const { credentials } = await settings();
  for (const wrong of [
    { endpoint: 'a"b' },
    { domain: 'a/b' },
    { cert: 'no PEM' },
    { key: credentials.cert },
    { serverCert: '' },
  ]) {
    const made = firmwareFiles(await settings({ credentials: { ...credentials, ...wrong } }));
    await expect(made).rejects.toBeInstanceOf(UsageError);
  }
});

describe('mbed_app.json', () => {
  test('is what the example has for Ethernet, with the button and room for what waits to be sent', async () => {
    expect(JSON.parse(await fileText('mbed_app.json'))).toEqual({
      config: {
        'network-interface': { help: expect.any(String), value: 'ETHERNET' },
        button1: { help: expect.any(String), value: 'BUTTON1' },
      },
      macros: ['MBEDTLS_USER_CONFIG_FILE="mbedtls_mbed_client_config.h"'],
      target_overrides: {
        '*': {
          'target.features_add': ['LWIP', 'COMMON_PAL'],
          'lwip.ipv4-enabled': true,
          'lwip.ipv6-enabled': false,
          'mbed-client.sn-coap-resending-queue-size-msgs': 6,
          'platform.stdio-baud-rate': 115200,
          'platform.stdio-convert-newlines': true,
          'mbed-trace.enable': 0,
        },
      },
    });
  });

  test('by Wi-Fi it says name and password, whatever they are', async () => {
    await fc.assert(
      fc.asyncProperty(wifi, async (network) => {
        const config = readAppConfig(await fileText('mbed_app.json', { network }), 'K64F', 'it');
        expect(networkOf(config, 'it')).toEqual(network);
        expect(config.button).toBe('BUTTON1');
      }),
      { numRuns: 300 },
    );
    const config = JSON.parse(await fileText('mbed_app.json', { network: wifiNetwork('a', '') })).config;
    expect([config['wifi-tx'].value, config['wifi-rx'].value]).toEqual(['D1', 'D0']);
  });

  (HOST.wanted ? test : test.skip)(
    'a compiler reads name and password as they are, from where Mbed CLI puts them',
    async () => {
      const networks = [wifiNetwork('a??/', '"??/\\1??='), ...fc.sample(wifi, 60)];
      const lines: string[] = [];
      for (const network of networks) {
        const { config } = JSON.parse(await fileText('mbed_app.json', { network }));
        // Mbed CLI writes `#define MBED_CONF_APP_WIFI_SSID <value>` into mbed_config.h.
        lines.push(
          `#define WIFI ${config['wifi-ssid'].value}, ${config['wifi-password'].value}`,
          'say(WIFI);',
          '#undef WIFI',
        );
      }
      const dir = await mkdtemp(join(tmpdir(), 'mts-wifi-'));
      try {
        const source = `#include <stdio.h>\nstatic void say(const char *a, const char *b) { printf("%s\\n%s\\n", a, b); }\nint main() {\n${lines.join('\n')}\n}\n`;
        await writeFile(join(dir, 'wifi.cpp'), source);
        const built = await compile(
          HOST,
          '-std=c++98',
          '-Wall',
          '-Werror',
          '-o',
          join(dir, 'wifi'),
          join(dir, 'wifi.cpp'),
        );
        expect(built.err).toBe('');
        const { out } = await run(join(dir, 'wifi'));
        expect(out.split('\n').slice(0, -1)).toEqual(networks.flatMap(({ ssid, password }) => [ssid, password]));
      } finally {
        await rm(dir, { recursive: true });
      }
    },
  );

  test.each([
    ['', 'password'],
    ['a'.repeat(33), 'password'],
    ['ü'.repeat(17), 'password'],
    ['a\nb', 'password'],
    ['\ud800', 'password'],
    ['home', 'short'],
    ['home', 'p'.repeat(65)],
    ['home', 'g'.repeat(64)],
    ['home', 'pässwörter'],
    ['home', 'pass\nphrase'],
  ])('a Wi-Fi network %j with password %j cannot be, and the password is not repeated', (ssid, password) => {
    expect(() => wifiNetwork(ssid, password)).toThrow(UsageError);
    let message = '';
    try {
      wifiNetwork(ssid, password);
    } catch (error) {
      message = `${(error as UsageError).message} ${(error as UsageError).fix}`;
    }
    if (password !== 'password') expect(message).not.toContain(password);
  });
});
