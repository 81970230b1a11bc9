/** `mts credentials issue`: the key and certificate of a board. */
import type { InferredOptionTypes } from 'yargs';
import { shellWord } from '../../firmware-template/shell-word.ts';
import type { Verb } from '../cli.ts';
import { day } from '../firmware/certificate-text.ts';
import { printable } from '../printable.ts';

const options = {
  credentials: { type: 'string', demandOption: true, describe: 'Folder that `mts credentials init` made' },
  endpoint: { type: 'string', demandOption: true, describe: "The board's endpoint name" },
  domain: { type: 'string', describe: "The board's domain [default: that of the folder]" },
  force: {
    type: 'boolean',
    default: false,
    describe: 'Replace what the board has, and revoke it; the board must be flashed anew then',
  },
  json: { type: 'boolean', default: false, describe: 'One JSON document' },
} as const;

type Args = InferredOptionTypes<typeof options>;

export const issueVerb: Verb<Args> = (io) => ({
  examples: [
    ['credentials issue --credentials credentials --endpoint board-1', 'Run again, it changes nothing'],
    [
      'credentials issue --credentials credentials --endpoint board-1 --force',
      'A new key, after the one before was lost or seen by others',
    ],
  ],
  builder: (yargs) => yargs.options(options),
  handler: async ({ credentials: dir, endpoint, domain, force, json }) => {
    const { openCredentials } = await import('../../firmware-template/credentials/folder.ts');
    const credentials = await openCredentials(dir);
    const wish = { endpoint, ...(domain === undefined ? {} : { domain }) };
    const result = await credentials.issue(wish, { now: new Date(io.now()), force });
    const board = (await credentials.find(endpoint))!;
    const { serial, fingerprint, notAfter } = board.certificate;
    if (json) {
      const { folder } = board;
      const about = { endpoint, domain: board.domain, folder, serial, fingerprint, notAfter: notAfter.toISOString() };
      await io.out(`${JSON.stringify({ result, ...about })}\n`);
      return;
    }
    const told = {
      unchanged: 'is there already, and was left alone',
      made: 'is made',
      replaced: 'is replaced, and the one before is revoked',
    }[result];
    await io.out(`The certificate of ${printable(endpoint)} ${told}.\n`);
    await io.out(`  domain      ${board.domain}\n  folder      ${printable(board.folder)}\n`);
    await io.out(`  good until  ${day(notAfter)}\n  SHA-256     ${fingerprint}\n`);
    const words = `--credentials ${shellWord(printable(dir))} --endpoint ${shellWord(endpoint)}`;
    if (result !== 'unchanged') await io.out(`Next: mts firmware generate ${words} --server auto --out DIR\n`);
  },
});
