/** Which images may be flashed: one that was generated, and no way of breaking it goes unseen. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { inspectImage } from '../../../firmware-template/image/inspect.ts';
import { verdictOn } from '../flash/verdict.ts';
import { BROKEN, expectedOf, intelHex, k64fImage, record, type SampleFirmware, sampleFirmware } from './k64f-image.ts';

let sample: SampleFirmware;
let image: Buffer;

beforeAll(async () => {
  sample = await sampleFirmware();
  image = k64fImage(sample);
});

const codesOf = (file: Uint8Array) => inspectImage(file).findings.map(({ code }) => code);

test('the generated firmware may be flashed', () => {
  expect(inspectImage(image, expectedOf(sample), 'BUILD/K64F/mbed-os-example-client.bin')).toEqual({
    format: 'bin',
    size: image.length,
    vectors: { stackPointer: 0x20030000, reset: 0x415, nmi: 0x419, hardFault: 0x41d },
    flashConfig: {
      bytes: 'FFFFFFFFFFFFFFFFFFFFFFFFFEFFFFFF',
      fsec: 0xfe,
      words: ['not secured', 'mass erase enabled', 'factory access granted', 'backdoor key disabled'],
    },
    serverUris: ['coap://192.168.1.10:5684'],
    endpoints: ['board-1'],
    findings: [],
    verdict: 'flash',
  });
});

test('the same as Intel HEX is found the same', () => {
  const report = inspectImage(Buffer.from(intelHex(image)), expectedOf(sample), 'image.HEX');
  expect(report).toEqual({ ...inspectImage(image, expectedOf(sample)), format: 'hex' });
});

describe('broken', () => {
  test.each(Object.entries(BROKEN))('%s', (_name, { of, code, verdict }) => {
    const report = inspectImage(of(image));
    expect({ verdict: report.verdict, codes: report.findings.map((finding) => finding.code) }).toEqual({
      verdict,
      codes: expect.arrayContaining([code]),
    });
  });

  test.each(Object.entries(BROKEN))('%s, as Intel HEX', (_name, { of, code, verdict }) => {
    const file = of(image);
    // Bytes that are no image are no records either, and an empty file has none.
    if (code === 'NO_IMAGE' || code === 'EMPTY') return;
    const report = inspectImage(Buffer.from(intelHex(file)));
    const tooLarge = code === 'TOO_LARGE';
    expect({ verdict: report.verdict, codes: report.findings.map((finding) => finding.code) }).toEqual({
      verdict,
      codes: expect.arrayContaining([tooLarge ? 'BAD_HEX' : code]),
    });
  });

  test.each([0, 0xff])('nothing but %i is told for that', (byte) => {
    expect(codesOf(Buffer.alloc(image.length, byte))).toEqual(['WOULD_LOCK', 'BLANK']);
  });

  test('cut off anywhere, it is not flashed as what was generated', () => {
    // Its last three are those after the last line of its last PEM.
    fc.assert(
      fc.property(fc.nat(image.length - 4), (length) => {
        const { verdict } = inspectImage(image.subarray(0, length), expectedOf(sample));
        expect(verdict).not.toBe('flash');
      }),
      { numRuns: 300 },
    );
  });

  test.each(Object.entries(BROKEN))(
    'each finding says what, what would happen, and what to do: %s',
    (_name, { of }) => {
      for (const { message, consequence, fix } of inspectImage(of(image)).findings) {
        expect(message).toMatch(/^it[s ]/);
        expect(consequence).toMatch(/[.")]$/);
        expect(fix).toMatch(/^[A-Z].*\.$/);
      }
    },
  );
});

describe('the security byte', () => {
  const withFsec = (fsec: number): Buffer => {
    const changed = Buffer.from(image);
    changed[0x40c] = fsec;
    return changed;
  };

  // Source of the rule: DAPLink, source/family/freescale/target_reset_Kseries.c.
  test('never may be flashed where DAPLink says that it locks, and well only where it is 0xFE', () => {
    for (let fsec = 0; fsec <= 0xff; fsec += 1) {
      const { verdict, flashConfig } = inspectImage(withFsec(fsec));
      const isLocked = verdictOn(withFsec(fsec)) === 'SECURITY_BITS';
      const better = fsec === 0xfe ? 'flash' : 'broken';
      expect({ fsec: flashConfig?.fsec, verdict }).toEqual({ fsec, verdict: isLocked ? 'never' : better });
    }
  });

  test.each([
    [0xfe, ['not secured', 'mass erase enabled', 'factory access granted', 'backdoor key disabled']],
    [0xff, ['secured', 'mass erase enabled', 'factory access granted', 'backdoor key disabled']],
    [0x64, ['secured', 'mass erase disabled', 'factory access denied', 'backdoor key disabled']],
    [0x80, ['secured', 'mass erase enabled', 'factory access granted', 'backdoor key enabled']],
    [0xaa, ['not secured', 'mass erase disabled', 'factory access denied', 'backdoor key enabled']],
  ])('%i in words', (fsec, words) => {
    expect(inspectImage(withFsec(fsec)).flashConfig?.words).toEqual(words);
  });

  test('says whether the chip could ever be used again', () => {
    const consequence = (fsec: number) => inspectImage(withFsec(fsec)).findings[0]?.consequence;
    expect(consequence(0xee)).toMatch(/Nobody could ever erase or program the chip again/);
    expect(consequence(0xff)).toMatch(/stays locked until all of it is erased/);
  });

  test('that a .hex leaves out would be erased flash, which locks', () => {
    const lines = intelHex(image).split('\r\n');
    const without = lines.filter((line) => !line.startsWith(':10040000'));
    expect(without.length).toBe(lines.length - 1);
    const report = inspectImage(Buffer.from(without.join('\n')));
    expect(report.verdict).toBe('never');
    expect(report.findings.map(({ code }) => code)).toEqual(['WOULD_LOCK', 'GAP']);
  });

  test('that a .hex sets before it is damaged is looked at all the same', () => {
    const bad = Buffer.from([intelHex(withFsec(0xee)).split('\r\n').slice(0, 80).join('\n'), 'damage'].join('\n'));
    const { verdict, findings } = inspectImage(bad);
    expect({ verdict, codes: findings.map(({ code }) => code) }).toEqual({
      verdict: 'never',
      codes: ['WOULD_LOCK', 'BAD_HEX'],
    });
  });
});

describe('odd, but not wrong', () => {
  test('handlers that are left out', () => {
    const changed = Buffer.from(image);
    for (const place of [4, 5, 6, 11, 12, 14, 15]) changed.writeUInt32LE(0, 4 * place);
    expect(inspectImage(changed, expectedOf(sample))).toMatchObject({ verdict: 'flash', findings: [] });
  });

  test.each([
    ['image.hex', 'bin'],
    ['image', 'bin'],
    ['image.elf', 'bin'],
    ['image.bin', 'hex'],
    ['build.hex/image', 'hex'],
  ] as const)('the name %s for a .%s', (path, format) => {
    const file = format === 'bin' ? image : Buffer.from(intelHex(image));
    const { verdict, findings } = inspectImage(file, {}, path);
    expect({ verdict, codes: findings.map(({ code }) => code) }).toEqual({ verdict: 'flash', codes: ['FILE_NAME'] });
  });

  test.each([
    [0x400, 'ODD_CONFIG'],
    [0x40d, 'ODD_CONFIG'],
    [0x40e, 'ODD_CONFIG'],
    [0x40f, 'ODD_CONFIG'],
  ])('0xFD at %i', (at, code) => {
    const changed = Buffer.from(image);
    changed[at] = 0xfd;
    const { verdict, findings } = inspectImage(changed);
    expect({ verdict, codes: findings.map((finding) => finding.code) }).toEqual({ verdict: 'flash', codes: [code] });
  });

  test.each([
    ['a line', 'made by hand\n'],
    ['a byte order mark', '\ufeff'],
    ['blanks', '  '],
  ])('Intel HEX with %s before it is told for what it is', (_name, before) => {
    const { verdict, findings } = inspectImage(Buffer.from(before + intelHex(image)));
    expect({ verdict, message: findings[0]?.message }).toEqual({
      verdict: 'broken',
      message: 'it is no image, but Intel HEX with something before it',
    });
  });
});

describe('any bytes', () => {
  const patch = fc.tuple(fc.nat(0x420), fc.uint8Array({ minLength: 1, maxLength: 8 }));

  test('are judged, and never taken where DAPLink would refuse them', () => {
    fc.assert(
      fc.property(fc.array(patch, { maxLength: 3 }), fc.boolean(), (patches, asHex) => {
        const changed = Buffer.from(image);
        for (const [at, bytes] of patches) changed.set(bytes, at);
        const file = asHex ? Buffer.from(intelHex(changed)) : changed;
        const { verdict } = inspectImage(file);
        const refused = verdictOn(file);
        if (verdict === 'flash') expect(refused).toBeUndefined();
        if (refused === 'SECURITY_BITS') expect(verdict).toBe('never');
      }),
      { numRuns: 500 },
    );
  });

  test('changed among what an image holds, are judged, and nothing of a key is told', () => {
    const lines = sample.credentials.key.split('\n').slice(1, -2);
    fc.assert(
      fc.property(fc.nat(2600), fc.uint8Array({ minLength: 1, maxLength: 40 }), (back, bytes) => {
        const changed = Buffer.from(image);
        changed.set(bytes.subarray(0, back), image.length - back);
        const said = JSON.stringify(inspectImage(changed, expectedOf(sample)));
        for (const line of lines) expect(said).not.toContain(line);
      }),
      { numRuns: 300 },
    );
  });

  test('that are no image at all are not taken', () => {
    const start = fc.constantFrom(
      '',
      ':',
      '\x7fELF',
      'UF2\n',
      'S1',
      'PK\x03\x04',
      '<html>',
      '-----BEGIN CERTIFICATE-----\n',
    );
    fc.assert(
      fc.property(start, fc.uint8Array({ maxLength: 3000 }), (magic, rest) => {
        const report = inspectImage(Buffer.concat([Buffer.from(magic, 'latin1'), rest]), expectedOf(sample));
        expect(report.verdict).not.toBe('flash');
        expect(JSON.parse(JSON.stringify(report))).toBeDefined();
      }),
      { numRuns: 1000 },
    );
  });

  test.each([
    ['8 MiB of beginnings of PEM', () => Buffer.alloc(8 << 20, '-----BEGIN CERTIFICATE-----\nAAAA')],
    ['8 MiB of addresses', () => Buffer.alloc(8 << 20, 'coap://a')],
    ['8 MiB of dashes', () => Buffer.alloc(8 << 20, '-----BEGIN ')],
    ['8 MiB of empty records', () => Buffer.alloc(8 << 20, `${record(0, 0, [])}\n`)],
    ['8 MiB of colons', () => Buffer.alloc(8 << 20, ':')],
  ])('take no long work: %s', (_name, make) => {
    const started = performance.now();
    expect(inspectImage(make()).verdict).not.toBe('flash');
    expect(performance.now() - started).toBeLessThan(20_000);
  });
});

test('what it was built for cannot be told of a program that is another', () => {
  const other = k64fImage({ ...sample, serverUri: '', credentials: { ...sample.credentials, cert: '', key: '' } });
  expect(inspectImage(other).verdict).toBe('flash');
  expect(codesOf(other)).toEqual(['NO_SERVER', 'NO_NAME']);
});
