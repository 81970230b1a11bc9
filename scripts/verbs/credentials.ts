/** `mts credentials`: an own authority, and the certificates of boards and of their server. Its actions are files beside this. */
import type { Actions } from '../cli.ts';

export const credentialsVerb: Actions = {
  examples: [
    ['credentials init --out credentials', 'Make an authority, and the certificate of the server'],
    ['credentials issue --credentials credentials --endpoint board-1', 'Make the certificate of a board'],
  ],
  actions: [
    {
      command: 'init',
      describe: 'Make an own authority, and the certificate of the server that boards connect to',
      load: async () => (await import('./credentials-init.ts')).initVerb,
    },
    {
      command: 'issue',
      describe: 'Make the key and certificate of a board',
      load: async () => (await import('./credentials-issue.ts')).issueVerb,
    },
    {
      command: 'import',
      describe: 'Take in a board of another authority: a security.h, PEM files, or a bundle',
      load: async () => (await import('./credentials-import.ts')).importVerb,
    },
    {
      command: 'export',
      describe: 'Write what a board has into one file, to take it elsewhere',
      load: async () => (await import('./credentials-export.ts')).exportVerb,
    },
    {
      command: 'list',
      describe: 'List the boards, and whether each certificate is good',
      load: async () => (await import('./credentials-list.ts')).listVerb,
    },
    {
      command: 'show',
      describe: 'Print what is in certificates, and whatever is wrong with them; keys are never printed',
      load: async () => (await import('./credentials-show.ts')).showVerb,
    },
    {
      command: 'revoke',
      describe: 'Have the server refuse a board from now on',
      load: async () => (await import('./credentials-revoke.ts')).revokeVerb,
    },
  ],
};
