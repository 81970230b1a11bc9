/** DAPLink goes by a file's name as well as by its first bytes, and gives up where they differ. */
import type { ImageFinding } from './finding.ts';

/** What about the name would be wrong on the drive. `mts firmware flash` copies under a name of its own. */
export function checkFileName(path: string, format: 'bin' | 'hex'): readonly ImageFinding[] {
  const [, ending] = /\.([^.]*)$/.exec(path) ?? [];
  if (ending?.toLowerCase() === format) return [];
  const is = format === 'bin' ? 'no Intel HEX' : 'Intel HEX';
  return [
    {
      code: 'FILE_NAME',
      level: 'warning',
      message: `its name does not end in .${format}, and it is ${is}`,
      consequence:
        'Copied by hand, DAPLink would pass over it, or end with "An error occurred during the transfer" (vfs_manager.c).',
      fix: `Call it .${format}, or copy it with \`mts firmware flash\`, to which names are nothing.`,
    },
  ];
}
