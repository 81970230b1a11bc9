/**
 * The generated security.h through real compilers, included as the client includes it: what they make of it is what the
 * board will do. The headers around it are our own stand-ins (client/), in the order of mbed-os-example-client.
 */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { includeTwice } from '../../../firmware-template/generate/inclusions.ts';
import type { FirmwareSettings } from '../../../firmware-template/generate/settings.ts';
import { fileText, names, settings } from '../generate/boards.ts';
import { buildForBoard, buildHere } from './client.ts';
import { BOARD, HOST } from './compilers.ts';

const here = HOST.wanted ? describe : describe.skip;
const forBoard = BOARD.wanted ? describe : describe.skip;

const OLD = 'coap://api.connector.mbed.com:5684';
const STRICT = ['-Wall', '-Wextra', '-Werror'];
/** GCC 6, which the board's firmware is built with, speaks gnu++98 for Mbed OS 5.9; newer ones speak newer dialects. */
const DIALECTS = [['-std=gnu++98'], ['-std=c++98', '-Wno-trigraphs'], ['-O2']];
const PLAIN: Partial<FirmwareSettings> = { transport: 'plain', server: { host: 'connector.example.com', port: 5683 } };

here('built with g++ and run', () => {
  test.each(DIALECTS)(
    'the client has the names, certificates, key and server that were given (%s)',
    async (...flags) => {
      const { credentials } = await settings();
      const { says, warnings } = await buildHere(await fileText('security.h'), ...STRICT, ...flags);
      expect(warnings).toBe('');
      const crlf = (pem: string): string => pem.replaceAll('\n', '\r\n');
      expect(Object.fromEntries(says)).toEqual({
        domain: 'mts',
        endpoint: 'board-1',
        server: 'coap://192.168.1.20:5684',
        serverCert: crlf(credentials.serverCert),
        cert: crlf(credentials.cert),
        key: crlf(credentials.key),
        button: 'button',
        pin: 'BUTTON1',
        modes: 'modes=92',
      });
    },
  );

  test('plain is UDP without security, and nothing else of it is different', async () => {
    const { says, warnings } = await buildHere(await fileText('security.h', PLAIN), ...STRICT);
    expect(warnings).toBe('');
    expect(says.get('modes')).toBe('modes=13');
    expect(says.get('server')).toBe('coap://connector.example.com:5683');
  });

  test('a button that mbed_app.json defines is the one that is used, else it is SW2', async () => {
    const text = await fileText('security.h');
    const { says, warnings } = await buildHere(text, ...STRICT, '-DMBED_CONF_APP_BUTTON1=SW3');
    expect({ warnings, pin: says.get('pin') }).toEqual({ warnings: '', pin: 'SW3' });
    expect((await buildHere(text, ...STRICT)).says.get('pin')).toBe('BUTTON1');
  });

  test('names come through as they are, whatever a name may be', async () => {
    await fc.assert(
      fc.asyncProperty(names, async (odd) => {
        const { credentials } = await settings();
        const text = await fileText('security.h', { credentials: { ...credentials, ...odd } });
        const { says, warnings } = await buildHere(text, ...STRICT);
        expect(warnings).toBe('');
        expect(says.get('domain')).toBe(odd.domain);
        expect(says.get('endpoint')).toBe(odd.endpoint);
        expect(says.get('server')).toBe('coap://192.168.1.20:5684');
      }),
      { numRuns: 12 },
    );
  });

  /** What people try, and whether the client then connects to the server that they gave. */
  const TRIES: [string, (text: string) => string, { server: string; redefined: boolean }][] = [
    ['as generated', (text) => text, { server: 'coap://192.168.1.20:5684', redefined: false }],
    [
      'only the guarded part',
      (text) => text.replace(/#endif \/\/ __SEC[\s\S]*$/, '#endif\n'),
      { server: OLD, redefined: false },
    ],
    ['#pragma once on top', (text) => `#pragma once\n${text}`, { server: OLD, redefined: false }],
    [
      'the address inside the guard',
      (text) => moved(text, '#define MBED_SERVER_ADDRESS "coap://192.168.1.20:5684"\n'),
      { server: OLD, redefined: true },
    ],
    [
      'the generated lines inside the guard',
      (text) => moved(text, text.slice(text.indexOf('#ifdef MBED_SERVER_ADDRESS'))),
      { server: OLD, redefined: false },
    ],
    [
      'changed without asking',
      (text) =>
        text
          .replace(/#ifdef (MBED_SERVER_ADDRESS\n#undef[\s\S]*?)#endif\n/, '#define $1')
          .replace('#define MBED_SERVER_ADDRESS\n', ''),
      { server: 'coap://192.168.1.20:5684', redefined: true },
    ],
    [
      'with Windows line ends',
      (text) => text.replaceAll('\n', '\r\n'),
      { server: 'coap://192.168.1.20:5684', redefined: false },
    ],
  ];
  test.each(TRIES)('%s: the compiler and our reading of it agree', async (_name, change, expected) => {
    const text = change(await fileText('security.h'));
    const { says, warnings } = await buildHere(text);
    expect({ server: says.get('server'), redefined: /redefined/.test(warnings) }).toEqual(expected);
    const { macros, redefined } = includeTwice(text);
    expect({
      server: JSON.parse(macros.get('MBED_SERVER_ADDRESS')!),
      redefined: redefined.has('MBED_SERVER_ADDRESS'),
    }).toEqual(expected);
  });
});

forBoard('built with arm-none-eabi-g++', () => {
  test.each(DIALECTS)(
    'the object has our server and the button, and nothing of the old service (%s)',
    async (...flags) => {
      const { object, warnings } = await buildForBoard(await fileText('security.h'), ...STRICT, ...flags);
      expect(warnings).toBe('');
      expect(object.includes('coap://192.168.1.20:5684\0')).toBe(true);
      expect(object.includes('modes=92\0')).toBe(true);
      expect(object.includes('no button')).toBe(false);
      expect(object.includes('api.connector.mbed.com')).toBe(false);
      expect(object.includes('-----BEGIN PRIVATE KEY-----\r\n')).toBe(true);
    },
  );

  test('plain is UDP without security', async () => {
    const { object, warnings } = await buildForBoard(await fileText('security.h', PLAIN), ...STRICT);
    expect(warnings).toBe('');
    expect(object.includes('modes=13\0')).toBe(true);
    expect(object.includes('coap://connector.example.com:5683\0')).toBe(true);
  });

  test('without the part after the guard the object has the old service, and no button', async () => {
    const text = (await fileText('security.h')).replace(/#endif \/\/ __SEC[\s\S]*$/, '#endif\n');
    const { object } = await buildForBoard(text, ...STRICT);
    expect(object.includes(OLD)).toBe(true);
    expect(object.includes('no button')).toBe(true);
  });
});

/** Cuts off what follows the guard, and puts lines into it. */
function moved(text: string, lines: string): string {
  const guarded = text.slice(0, text.indexOf('#endif // __SEC'));
  return `${guarded}${lines}#endif\n`;
}
