/** From nothing to a board's firmware configuration, as a user types it: authority, board, files, and the files read again. */
import { readFile, writeFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { inFolder, mts } from './run-mts.ts';

/** An address of this machine, so that a connection to it is refused at once; else one that there is no route to. */
const HERE =
  Object.values(networkInterfaces())
    .flat()
    .find((one) => one?.family === 'IPv4' && !one.internal)?.address ?? '192.0.2.1';

test('credentials, generate, check; and a security.h of elsewhere made to trust this authority', () =>
  inFolder(async (dir) => {
    const [ours, theirs, one, two] = ['ours', 'theirs', 'one', 'two'].map((name) => join(dir, name)) as [
      string,
      string,
      string,
      string,
    ];
    for (const folder of [ours, theirs]) expect((await mts('credentials', 'init', '--out', folder)).status).toBe(0);
    expect((await mts('credentials', 'issue', '--credentials', theirs, '--endpoint', 'board-1')).status).toBe(0);
    const generate = (...words: string[]) => mts('firmware', 'generate', '--server', HERE, '--json', ...words);

    const first = await generate('--credentials', theirs, '--endpoint', 'board-1', '--out', one);
    expect(first).toMatchObject({ status: 0, err: expect.stringMatching(/^warning: nothing answers now/) });
    expect(JSON.parse(first.out)).toMatchObject({ endpoint: 'board-1', server: { host: HERE, port: 5684 } });

    const again = await generate('--security-h', join(one, 'security.h'), '--credentials', ours, '--out', two);
    expect(again.status).toBe(0);
    const certificates = async (path: string) =>
      (await readFile(join(path, 'security.h'), 'utf8')).split(/^const uint8_t /m).map((text) => text.split(';')[0]);
    const [before, after] = [await certificates(one), await certificates(two)];
    expect(after.slice(2)).toEqual(before.slice(2));
    expect(after[1]).not.toBe(before[1]);

    expect(await mts('firmware', 'check', two)).toEqual({
      status: 0,
      out: `${two}: board-1 connects to coap://${HERE}:5684 over TLS. Nothing is wrong with it.\n`,
      err: '',
    });
    await writeFile(
      join(two, 'security.h'),
      (await readFile(join(two, 'security.h'), 'utf8')).replace('#ifdef MBED_SERVER_ADDRESS', '#ifdef NOBODY'),
    );
    expect((await mts('firmware', 'check', two)).status).toBe(1);
  }));
