/** `mts credentials export`: all that a board has, in one file for another machine. */
import { basename, dirname } from 'node:path';
import type { InferredOptionTypes } from 'yargs';
import { UsageError } from '../../cloud/protocol/errors.ts';
import type { Verb } from '../cli.ts';
import { boardCredentialsOf } from '../firmware/credentials-words.ts';
import { findingText } from '../firmware/findings-text.ts';
import { printable } from '../printable.ts';

const options = {
  credentials: { type: 'string', demandOption: true, describe: 'Folder that `mts credentials init` made' },
  endpoint: { type: 'string', demandOption: true, describe: "The board's endpoint name" },
  out: { type: 'string', demandOption: true, describe: 'File to write, JSON; the private key is in it' },
  force: { type: 'boolean', default: false, describe: 'Replace a file that is there' },
  json: { type: 'boolean', default: false, describe: 'One JSON document' },
} as const;

type Args = InferredOptionTypes<typeof options>;

export const exportVerb: Verb<Args> = (io) => ({
  examples: [
    ['credentials export --credentials credentials --endpoint board-1 --out board-1.json', 'To be taken elsewhere'],
    ['firmware generate --bundle board-1.json --server 192.0.2.7 --out board-1', 'There'],
  ],
  builder: (yargs) => yargs.options(options),
  handler: async ({ credentials: dir, endpoint, out, force, json }) => {
    const { bundleText } = await import('../../firmware-template/credentials/bundle.ts');
    const { writeFiles } = await import('../../firmware-template/write-files.ts');
    const name = basename(out);
    if (name === '' || name === '..' || name === '.')
      throw new UsageError('--out names no file', 'Write it like board-1.json.');
    const { credentials, findings } = await boardCredentialsOf({ credentials: dir, endpoint }, new Date(io.now()));
    for (const finding of findings) io.err(findingText(finding));
    const file = { name, text: bundleText(credentials), mode: 0o600 };
    const { written } = await writeFiles(dirname(out), [file], { force });
    const result = written.length > 0 ? 'written' : 'unchanged';
    if (json) await io.out(`${JSON.stringify({ result, file: out, endpoint })}\n`);
    else if (result === 'unchanged') await io.out(`${printable(out)} is there already, and was left alone.\n`);
    else
      await io.out(`${printable(out)} is written. The private key is in it: whoever has it can pass for the board.\n`);
  },
});
