/** What people do to generated files, and that it is found, with an error only where no board could work by them. */
import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { OutsideError } from '../../../cloud/protocol/errors.ts';
import { type CheckedFirmware, checkFirmwareFolder } from '../../../firmware-template/generate/check.ts';
import { type FirmwareSettings, wifiNetwork } from '../../../firmware-template/generate/settings.ts';
import { credentialsOf, inGenerated, NOW, settings } from './boards.ts';

const world = { now: NOW, platform: 'linux' } as const;

/** What is found after `change` was made to the text of a file. */
async function checkChanged(name: string, change: (text: string) => string, wish: Partial<FirmwareSettings> = {}) {
  return inGenerated(wish, async (dir) => {
    const text = await readFile(join(dir, name), 'utf8');
    const changed = change(text);
    expect(changed).not.toBe(text);
    await writeFile(join(dir, name), changed);
    return checkFirmwareFolder(dir, world);
  });
}

function codes({ findings }: CheckedFirmware, level: 'error' | 'warning'): string[] {
  return findings.filter((finding) => finding.level === level).map(({ code }) => code);
}

test.each<[string, Partial<FirmwareSettings>]>([
  ['TLS over Ethernet', {}],
  ['without security', { transport: 'plain', server: { host: 'a.example', port: 5683 } }],
  ['by Wi-Fi', { network: wifiNetwork('home', 'passphrase') }],
])('nothing is wrong with what was generated: %s', (_name, wish) =>
  inGenerated(wish, async (dir, generated) => {
    const { firmware, findings } = await checkFirmwareFolder(dir, world);
    expect(findings).toEqual([]);
    expect(firmware).toMatchObject({ server: generated.server, transport: generated.transport });
  }),
);

describe('security.h', () => {
  const OWN = '#define MBED_SERVER_ADDRESS "coap://192.168.1.20:5684"\n';
  const GUARD = '#endif // __SECURITY_H__\n';
  const ERRORS: [string, (text: string) => string, string[]][] = [
    ['#pragma once', (text) => `#pragma once\n${text}`, ['PRAGMA_ONCE']],
    ['what follows the guard is gone', (text) => text.slice(0, text.indexOf(GUARD) + GUARD.length), ['TAIL_MISSING']],
    [
      'the address moved into the guard',
      (text) => text.replace(OWN, '').replace(GUARD, `${OWN}${GUARD}`),
      ['TAIL_EDITED'],
    ],
    [
      'the address only in the guard',
      (text) => text.slice(0, text.indexOf('#ifdef MBED_SERVER')).replace(GUARD, `${OWN}${GUARD}`),
      ['DEFINED_INSIDE'],
    ],
    [
      'a condition of another kind',
      (text) => text.replace('#ifdef MBED_SERVER', '#if defined MBED_SERVER'),
      ['TAIL_EDITED'],
    ],
    ['an #endif lost', (text) => text.replace(/#endif\n$/, ''), ['TAIL_EDITED']],
    ['another scheme', (text) => text.replace('coap:', 'http:'), ['SERVER_ADDRESS']],
    ['no port', (text) => text.replace(':5684', ''), ['SERVER_ADDRESS']],
    ['loopback', (text) => text.replace('192.168.1.20', '127.0.0.1'), ['SERVER_ADDRESS']],
    ['no text at all', (text) => text.replace('"coap://192.168.1.20:5684"', '1'), ['SERVER_ADDRESS']],
    ['UDP with security', (text) => text.replace(OWN, `${OWN}#define TCP UDP\n`), ['TRANSPORT']],
    ['TCP without security', (text) => text.replace(OWN, `${OWN}#define Certificate NoSecurity\n`), ['TRANSPORT']],
    ['TCP renamed for all headers', (text) => `${text}#define TCP UDP\n`, ['DEFINED_EARLY']],
    ['the example, never filled in', (text) => `${text}#error "Replace"\n`, ['SECURITY_H', 'TAIL_EDITED']],
    ['a name with a quote', (text) => text.replace('"board-1"', '"board\\"1"'), ['SECURITY_H']],
    ['another name', (text) => text.replace('"board-1"', '"board-2"'), ['NAME_OF_ANOTHER']],
    ['a line of the key lost', (text) => text.replace(/(PRIVATE KEY-----\\r\\n"\n)".*"\n/, '$1'), ['SECURITY_H']],
  ];
  test.each(ERRORS)('%s', async (_name, change, expected) => {
    const checked = await checkChanged('security.h', change);
    expect(codes(checked, 'error')).toEqual(expected);
    expect(checked.firmware).toBeUndefined();
    for (const { message, fix } of checked.findings) {
      expect(message).not.toMatch(/MIG/);
      expect(fix).not.toBe('');
    }
  });

  const WARNINGS: [string, (text: string) => string, string[]][] = [
    [
      'changed without asking',
      (text) => text.replace('#ifdef MBED_SERVER_ADDRESS\n#undef MBED_SERVER_ADDRESS', '#ifndef NO'),
      ['REDEFINED', 'EDITED'],
    ],
    ['a comment', (text) => `/* mine */\n${text}`, ['EDITED']],
    ['the port of CoAP without TLS', (text) => text.replace(':5684', ':5683'), ['PORT', 'EDITED']],
    ['Windows line ends', (text) => text.replaceAll('\n', '\r\n'), ['EDITED']],
  ];
  test.each(WARNINGS)('%s is for its user to weigh', async (_name, change, expected) => {
    const checked = await checkChanged('security.h', change);
    expect([codes(checked, 'error'), codes(checked, 'warning')]).toEqual([[], expected]);
    expect(checked.firmware).toBeDefined();
  });

  test('credentials that cannot work are errors, those that end soon are not', async () => {
    const { credentials } = await settings();
    const other = await credentialsOf({ domain: 'mts', endpoint: 'board-1' });
    const wrong = await inGenerated({ credentials: { ...credentials, key: other.key } }, (dir) =>
      checkFirmwareFolder(dir, world),
    );
    expect(codes(wrong, 'error')).toEqual(['KEY_OF_ANOTHER']);
    const late = { ...world, now: new Date('2200-01-01') };
    const ended = await inGenerated({}, (dir) => checkFirmwareFolder(dir, late));
    expect([codes(ended, 'error'), [...new Set(codes(ended, 'warning'))]]).toEqual([[], ['EXPIRED']]);
  });
});

describe('mbed_app.json', () => {
  const CHANGES: [string, (text: string) => string, string[], string[]][] = [
    ['no JSON', (text) => text.slice(1), ['APP_JSON'], []],
    ['IPv6', (text) => text.replace('ipv6-enabled": false', 'ipv6-enabled": true'), ['IPV6'], []],
    ['no IPv4', (text) => text.replace('ipv4-enabled": true', 'ipv4-enabled": false'), ['IPV6'], []],
    ['another network', (text) => text.replace('"ETHERNET"', '"MESH_THREAD"'), ['NETWORK'], []],
    ['no COMMON_PAL', (text) => text.replace(', "COMMON_PAL"', ''), ['COMMON_PAL'], []],
    ['no button: security.h has it still', (text) => text.replace('"button1"', '"button2"'), [], ['EDITED']],
    [
      'the client as it waits by default',
      (text) => text.replace(/.*resending-queue.*\n/, ''),
      [],
      ['EDITED', 'RESEND_QUEUE'],
    ],
    ['too little room', (text) => text.replace('msgs": 6', 'msgs": 2'), [], ['EDITED', 'RESEND_QUEUE']],
    [
      'other TLS settings',
      (text) => text.replace('mbedtls_mbed_client_config.h', 'other.h'),
      [],
      ['EDITED', 'TLS_CONFIG'],
    ],
    ['another baud rate', (text) => text.replace('115200', '9600'), [], ['BAUD', 'EDITED']],
  ];
  test.each(CHANGES)('%s', async (_name, change, errors, warnings) => {
    const checked = await checkChanged('mbed_app.json', change);
    expect([codes(checked, 'error'), codes(checked, 'warning').sort()]).toEqual([errors, warnings]);
  });

  test('missing is an error; missing, and no button in security.h, is another', () =>
    inGenerated({}, async (dir) => {
      await rm(join(dir, 'mbed_app.json'));
      expect(codes(await checkFirmwareFolder(dir, world), 'error')).toEqual(['APP_JSON']);
      const path = join(dir, 'security.h');
      await writeFile(path, (await readFile(path, 'utf8')).replace(/#define MBED_CONF_APP_BUTTON1.*/, ''));
      expect(codes(await checkFirmwareFolder(dir, world), 'error')).toEqual(['APP_JSON', 'BUTTON']);
    }));
});

describe('the folder', () => {
  test('a secret that others may read is a warning, except on Windows, where modes say nothing', () =>
    inGenerated({ network: wifiNetwork('home', 'passphrase') }, async (dir) => {
      await chmod(join(dir, 'security.h'), 0o644);
      await chmod(join(dir, 'mbed_app.json'), 0o640);
      expect(codes(await checkFirmwareFolder(dir, world), 'warning')).toEqual(['OPEN_FILE', 'OPEN_FILE']);
      expect((await checkFirmwareFolder(dir, { ...world, platform: 'win32' })).findings).toEqual([]);
    }));

  test('a guide of another board, or none, is a warning', async () => {
    const other = await checkChanged('BUILD.md', (text) => text.replaceAll('192.168.1.20', '192.168.1.21'));
    expect(codes(other, 'warning')).toEqual(['EDITED']);
    await inGenerated({}, async (dir) => {
      await rm(join(dir, 'BUILD.md'));
      const { findings } = await checkFirmwareFolder(dir, world);
      expect(findings).toMatchObject([
        { code: 'MISSING', level: 'warning', message: expect.stringContaining('BUILD.md') },
      ]);
    });
  });

  test('none at all is an error of the outside', () =>
    expect(checkFirmwareFolder('/nowhere/at/all', world)).rejects.toBeInstanceOf(OutsideError));
});
