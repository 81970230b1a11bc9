/** `mts azure bundle`: what is deployed into the function app, as a folder to be zipped. Needs no account and no network. */
import { resolve } from 'node:path';
import type { InferredOptionTypes } from 'yargs';
import { OutsideError, UsageError } from '../../cloud/protocol/errors.ts';
import type { Verb } from '../cli.ts';
import { optional } from './optional.ts';

const options = {
  out: { type: 'string', describe: 'Folder for it; made if it is missing' },
  json: { type: 'boolean', default: false, describe: 'Print the folder as JSON' },
} as const;

type Args = InferredOptionTypes<typeof options>;

export const bundleAction: Verb<Args> = (io) => ({
  examples: [
    ['azure bundle --out ./functions', 'Then zip what is in it, and `az functionapp deployment source config-zip`'],
  ],
  builder: (yargs) => yargs.options(options),
  handler: async ({ out, json }) => {
    if (out === undefined || out === '') {
      throw new UsageError('--out is missing', 'Give a folder, like --out ./functions.');
    }
    const folder = resolve(out);
    await bundle(folder);
    await io.out(json ? `${JSON.stringify({ folder })}\n` : `Functions ${folder}\n`);
  },
});

async function bundle(folder: string): Promise<void> {
  const { bundleFunctions } = await optional(() => import('../../cloud/platforms/azure/template/bundle.ts'));
  try {
    await bundleFunctions(folder);
  } catch (cause) {
    const { code, syscall } = cause as NodeJS.ErrnoException;
    if (code === undefined || syscall === undefined) throw cause;
    const fix = 'Give another folder to --out.';
    throw new OutsideError('FILE', `${folder} cannot be written: ${code}`, fix, { cause });
  }
}
