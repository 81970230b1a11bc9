/** An image that a compiler made of what was generated: it may be flashed, as .bin and as .hex, and is found to be that. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { firmwareFiles } from '../../../firmware-template/generate/files.ts';
import { inspectImage } from '../../../firmware-template/image/inspect.ts';
import { armCompilerWanted, type CompiledImage, compileImage } from './compiled-image.ts';
import { expectedOf, type SampleFirmware, sampleFirmware } from './k64f-image.ts';

(armCompilerWanted ? describe : describe.skip)('a compiled image', () => {
  let sample: SampleFirmware;
  let securityH: string;
  let image: CompiledImage;

  beforeAll(async () => {
    sample = await sampleFirmware({ domain: 'a domain', endpoint: 'board+1' }, 'coap://connector.example.com:5684');
    const files = await firmwareFiles({
      credentials: sample.credentials,
      server: { host: 'connector.example.com', port: 5684 },
      transport: 'tls',
      target: 'K64F',
      network: { kind: 'ethernet' },
    });
    securityH = files.find(({ name }) => name === 'security.h')!.text;
    image = await compileImage(securityH);
  });

  test.each(['bin', 'hex'] as const)('may be flashed as .%s', (format) => {
    const report = inspectImage(image[format], expectedOf(sample), `program.${format}`);
    expect(report).toMatchObject({
      format,
      size: image.bin.length,
      vectors: { stackPointer: 0x20030000 },
      flashConfig: { fsec: 0xfe },
      serverUris: ['coap://connector.example.com:5684'],
      endpoints: ['board+1'],
      verdict: 'flash',
    });
    expect(report.findings).toEqual([]);
  });

  test('as an ELF file is no image, whatever is in it', () => {
    const { verdict, findings } = inspectImage(image.elf, expectedOf(sample));
    expect({ verdict, codes: findings.map(({ code }) => code) }).toEqual({ verdict: 'broken', codes: ['NO_IMAGE'] });
  });

  test.each([0xff, 0xfc, 0xee])('whose byte at 0x40C is %i is never flashed', async (fsec) => {
    const { bin, hex } = await compileImage(securityH, fsec);
    expect([bin, hex].map((file) => inspectImage(file, expectedOf(sample)).verdict)).toEqual(['never', 'never']);
  });
});
