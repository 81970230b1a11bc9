/** The stack, bundled and synthesized into a folder that is there as long as it is needed. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StackSettings } from '../../cloud/platforms/aws/stack/settings.ts';
import { OutsideError } from '../../cloud/protocol/errors.ts';
import { optional } from './optional.ts';

export interface Assembly {
  readonly dir: string;
  /** The stack's. */
  readonly name: string;
  readonly template: object;
}

/** Makes the assembly, gives it to `work`, and removes it. */
export function withAssembly<T>(settings: StackSettings, work: (assembly: Assembly) => Promise<T>): Promise<T> {
  return inFolder(async (dir) => {
    const { bundleHandlers } = await optional(() => import('../../cloud/platforms/aws/stack/bundle.ts'));
    const { synthesize } = await optional(() => import('../../cloud/platforms/aws/stack/stack.ts'));
    const bundles = await bundleHandlers(join(dir, 'functions'));
    const out = join(dir, 'assembly');
    return await work({ dir: out, ...synthesize(out, settings, bundles) });
  });
}

/** An assembly that only names the stack: enough to delete it. */
export function withNamedStack<T>(settings: StackSettings, work: (assembly: Assembly) => Promise<T>): Promise<T> {
  return inFolder(async (dir) => {
    const { synthesize } = await optional(() => import('../../cloud/platforms/aws/stack/stack.ts'));
    return await work({ dir, ...synthesize(dir, settings, undefined) });
  });
}

/** Takes seconds, and would find each time what the tests found. */
const VALIDATION = 'CDK_VALIDATION';

async function inFolder<T>(work: (dir: string) => Promise<T>): Promise<T> {
  const dir = await temporaryFolder();
  process.env[VALIDATION] ??= 'false';
  try {
    return await work(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function temporaryFolder(): Promise<string> {
  try {
    return await mkdtemp(join(tmpdir(), 'mts-aws-'));
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new OutsideError('FILE', `no folder can be made in ${tmpdir()}: ${why}`, 'Make TMPDIR a writable folder.', {
      cause: error,
    });
  }
}
