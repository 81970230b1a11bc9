/** The text files on a DAPLink drive, as its builds write them and as anything at all. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { idInMbedHtm, readAssert, readDetails, readFail } from '../../../firmware-template/drive/details.ts';
import { detailsText, K64F } from './machines.ts';

describe('DETAILS.TXT', () => {
  test('of a K64F with DAPLink 0246', () => {
    const { all, ...details } = readDetails(detailsText(K64F, { 'Auto Reset': '1', 'Remount count': '12' }));
    expect(details).toEqual({
      uniqueId: K64F,
      mode: 'interface',
      interfaceVersion: '0246',
      bootloaderVersion: '0244',
      autoReset: true,
      automationAllowed: false,
      remountCount: 12,
    });
    expect(all.get('usb interfaces')).toBe('MSD, CDC, HID');
    expect(all.get('url')).toBe('https://mbed.org/device/?code=0240');
  });

  test('of the bootloader, which does not know its board', () => {
    const text =
      '# DAPLink Firmware - see https://mbed.com/daplink\r\nUnique ID: 00000000066800363237423143123250a5a5a5a597969908\r\n' +
      'HIC ID: 97969908\r\nAuto Reset: 0\r\nAutomation allowed: 1\r\nDaplink Mode: Bootloader\r\nBootloader Version: 0254\r\n';
    expect(readDetails(text)).toMatchObject({
      mode: 'bootloader',
      interfaceVersion: undefined,
      bootloaderVersion: '0254',
      autoReset: false,
      automationAllowed: true,
      remountCount: undefined,
    });
  });

  test('of the first builds, which had a version and little else', () => {
    expect(
      readDetails(
        'DAPLink Firmware - see https://mbed.com/daplink\r\nVersion: 0226\r\nBuild:   Jun 11 2015 17:55:00\r\n',
      ),
    ).toMatchObject({
      uniqueId: undefined,
      mode: 'interface',
      interfaceVersion: '0226',
      autoReset: undefined,
      remountCount: undefined,
    });
  });

  test('what DAPLink writes is read as it was meant', () => {
    const hex = fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 48, maxLength: 48 });
    const bit = fc.boolean();
    fc.assert(
      fc.property(
        hex,
        bit,
        bit,
        bit,
        fc.nat(0xffff_ffff),
        fc.constantFrom('\r\n', '\n', '\r'),
        (id, boot, auto, allowed, count, end) => {
          const text = detailsText(id.toUpperCase(), {
            'Daplink Mode': boot ? 'Bootloader' : 'Interface',
            'Auto Reset': auto ? '1' : '0',
            'Automation allowed': allowed ? '1' : '0',
            'Remount count': String(count),
          });
          expect(readDetails(text.replaceAll('\r\n', end))).toMatchObject({
            uniqueId: id,
            mode: boot ? 'bootloader' : 'interface',
            autoReset: auto,
            automationAllowed: allowed,
            remountCount: count,
          });
        },
      ),
      { numRuns: 500 },
    );
  });

  test.each([
    ['Unique ID: 0240\r\n', 'uniqueId'],
    [`Unique ID: ${K64F}${K64F}\r\n`, 'uniqueId'],
    ['Unique ID: 0240zz0032044e45\r\n', 'uniqueId'],
    ['Remount count: -1\r\n', 'remountCount'],
    ['Remount count: 1e9\r\n', 'remountCount'],
    ['Remount count: 99999999999999999999\r\n', 'remountCount'],
    ['Auto Reset: yes\r\n', 'autoReset'],
    ['Interface Version: \u001b[2J\r\n', 'interfaceVersion'],
  ] as const)('%j is not guessed at', (text, name) => {
    expect(readDetails(text)[name]).toBeUndefined();
  });

  test('a line that comes twice counts once', () => {
    expect(readDetails('Remount count: 1\nRemount count: 2\n').remountCount).toBe(1);
  });

  test('nothing throws, and little is looked at', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 6000 }),
      fc.stringMatching(/^([ -~]{0,9}: ?[ -~]{0,9}[\r\n]{1,2}){0,40}$/),
    );
    fc.assert(
      fc.property(text, (anything) => {
        expect(readDetails(anything).all.size).toBeLessThanOrEqual(4096 / 2);
        readFail(anything);
        readAssert(anything);
        idInMbedHtm(anything);
      }),
      { numRuns: 800 },
    );
    expect(readDetails(`${'x'.repeat(5_000)}\nUnique ID: ${K64F}`).uniqueId).toBeUndefined();
  });
});

describe('FAIL.TXT', () => {
  test('has every set of types that DAPLink can write', () => {
    const types = ['internal', 'transient', 'user', 'target', 'interface'] as const;
    fc.assert(
      fc.property(fc.subarray([...types]), fc.stringMatching(/^[!-~]([ -~]{0,98}[!-~])?$/), (some, error) => {
        expect(readFail(`error: ${error}\r\ntype: ${some.join(', ')}\r\n`)).toEqual({ error, types: some });
      }),
      { numRuns: 300 },
    );
  });

  test('keeps a colon of its text', () => {
    expect(readFail('error: see: this\r\ntype: user\r\n').error).toBe('see: this');
  });

  test('of builds before the types is its text alone', () => {
    expect(readFail('SWD ERROR\r\n')).toEqual({ error: 'SWD ERROR', types: [] });
    expect(readFail('')).toEqual({ error: '', types: [] });
    expect(readFail('type: user\r\n')).toEqual({ error: '', types: ['user'] });
  });

  test('names no type that there is not', () => {
    expect(readFail('error: x\r\ntype: constructor, usertarget, USER\r\n').types).toEqual(['user']);
  });
});

test('ASSERT.TXT says where', () => {
  const text =
    'Assert\r\nFile: ..\\..\\source\\daplink\\settings.c\r\nLine: 54\r\nSource: Application\r\nHexdumps\r\n00000001\r\n';
  expect(readAssert(text)).toEqual({ file: '..\\..\\source\\daplink\\settings.c', line: 54, source: 'Application' });
  expect(readAssert('Assert\r\n')).toEqual({ file: undefined, line: undefined, source: undefined });
});

test.each([
  [
    '<meta http-equiv="refresh" content="0; url=http://mbed.org/device/?code=02400203C3423E60EBEC3893"/>',
    '02400203c3423e60ebec3893',
  ],
  [
    'window.location.replace("https://mbed.org/start?auth=101000000000000000000002F7F35E602eeb0bb9b632205c51f6c357aeee7bc9&loader=11972");',
    '101000000000000000000002f7f35e602eeb0bb9b632205c51f6c357aeee7bc9',
  ],
  ['window.location.replace("https://os.mbed.com/platforms/FRDM-K64F");', undefined],
])('MBED.HTM: %s', (text, id) => {
  expect(idInMbedHtm(text)).toBe(id);
});
