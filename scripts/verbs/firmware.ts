/** `mts firmware`: from credentials to a board that is flashed and seen to register. Its actions are files beside this. */
import type { Actions } from '../cli.ts';

export const firmwareVerb: Actions = {
  examples: [
    [
      'firmware generate --credentials credentials --endpoint board-1 --server auto --out firmware',
      "Write the board's configuration, and how to build it",
    ],
    ['firmware flash mbed-os-example-client.bin --firmware firmware', 'Check the image, and copy it to the board'],
    ['firmware monitor', 'Read what the board prints'],
  ],
  actions: [
    {
      command: 'generate',
      describe: 'Write security.h, mbed_app.json and BUILD.md for a board',
      load: async () => (await import('./firmware-generate.ts')).generateVerb,
    },
    {
      command: 'check <dir>',
      describe: 'Read again what was generated, and say what does not fit together',
      load: async () => (await import('./firmware-check.ts')).checkVerb,
    },
    {
      command: 'inspect <file>',
      describe: 'Look into an image, .bin or .hex, and say whether it may be flashed',
      load: async () => (await import('./firmware-inspect.ts')).inspectVerb,
    },
    {
      command: 'boards',
      describe: 'List the boards on USB, and what is wrong with each',
      load: async () => (await import('./firmware-boards.ts')).boardsVerb,
    },
    {
      command: 'flash <file>',
      describe: 'Check an image, copy it to a board, and see what became of it',
      load: async () => (await import('./firmware-flash.ts')).flashVerb,
    },
    {
      command: 'monitor',
      describe: 'Print what a board says on its serial port, and what to do about it',
      load: async () => (await import('./firmware-monitor.ts')).monitorVerb,
    },
  ],
};
