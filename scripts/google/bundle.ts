/** `mts google bundle`: the functions' source, as Cloud Build takes it. Needs no network. */
import { resolve } from 'node:path';
import type { InferredOptionTypes } from 'yargs';
import { OutsideError, UsageError } from '../../cloud/protocol/errors.ts';
import type { Verb } from '../cli.ts';

const options = {
  out: { type: 'string', describe: 'Folder for it; made if it is missing' },
  json: { type: 'boolean', default: false, describe: 'Print the folders as JSON' },
} as const;

type Args = InferredOptionTypes<typeof options>;

export const bundleAction: Verb<Args> = (io) => ({
  examples: [['google bundle --out ./bundle', 'Where the configuration of `mts google synth` looks for it']],
  builder: (yargs) => yargs.options(options),
  handler: async ({ out, json }) => {
    if (out === undefined || out === '')
      throw new UsageError('--out is missing', 'Give a folder, like --out ./bundle.');
    const folders = await bundle(resolve(out));
    const lines = Object.entries(folders).map(([name, folder]) => `${name.padEnd(8)} ${folder}\n`);
    await io.out(json ? `${JSON.stringify(folders)}\n` : lines.join(''));
  },
});

async function bundle(folder: string): Promise<Readonly<Record<string, string>>> {
  const { bundleFunctions } = await import('../../cloud/platforms/google/terraform/bundle.ts').catch(notInstalled);
  try {
    return await bundleFunctions(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined || !/^E[A-Z]+$/.test(code)) throw error;
    throw new OutsideError('FILE', `${folder} cannot be written: ${code}`, 'Give another folder to --out.', {
      cause: error,
    });
  }
}

function notInstalled(error: unknown): never {
  if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
  throw new OutsideError('TOOL', 'esbuild is not installed', 'Install it with `npm install esbuild`.', {
    cause: error,
  });
}
