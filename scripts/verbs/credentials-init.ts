/** `mts credentials init`: an own authority and the certificate of its server, in a new folder. */
import type { InferredOptionTypes } from 'yargs';
import { shellWord } from '../../firmware-template/shell-word.ts';
import type { Verb } from '../cli.ts';
import { day } from '../firmware/certificate-text.ts';
import { printable } from '../printable.ts';

const options = {
  out: { type: 'string', demandOption: true, describe: 'Folder to make, with room for boards; keep it to yourself' },
  domain: { type: 'string', describe: 'Domain of the boards that are issued without one [default: mts]' },
  force: {
    type: 'boolean',
    default: false,
    describe: 'Replace the authority that is there: every board has to be flashed anew then',
  },
  json: { type: 'boolean', default: false, describe: 'One JSON document' },
} as const;

type Args = InferredOptionTypes<typeof options>;

export const initVerb: Verb<Args> = (io) => ({
  examples: [
    ['credentials init --out credentials', 'Once; run again, it changes nothing'],
    ['credentials init --out credentials --domain garden', 'With a domain of its own for the boards'],
  ],
  builder: (yargs) => yargs.options(options),
  handler: async ({ out, domain, force, json }) => {
    const { initCredentials } = await import('../../firmware-template/credentials/init.ts');
    const { openCredentials } = await import('../../firmware-template/credentials/folder.ts');
    const { readCertificates } = await import('../../firmware-template/credentials/certificate.ts');
    const result = await initCredentials(out, { domain, force, now: new Date(io.now()) });
    const credentials = await openCredentials(out);
    const authority = (await readCertificates(credentials.authority, out))[0]!;
    if (result === 'replaced') {
      io.err('mts: the authority is a new one: the server refuses every board that was issued before, until it is\n');
      io.err('issued again (`mts credentials issue --force`), generated and flashed anew.\n');
    }
    if (json) {
      const { subject, fingerprint, notAfter } = authority;
      const about = { subject, fingerprint, notAfter: notAfter.toISOString() };
      await io.out(`${JSON.stringify({ result, folder: out, domain: credentials.domain, authority: about })}\n`);
      return;
    }
    const told = { unchanged: 'is there already, and was left alone', made: 'is made', replaced: 'is replaced' }[
      result
    ];
    await io.out(`The authority in ${printable(out)} ${told}.\n`);
    await io.out(`  domain of its boards  ${credentials.domain}\n  good until            ${day(authority.notAfter)}\n`);
    await io.out(`  SHA-256               ${authority.fingerprint}\n`);
    if (result === 'unchanged') return;
    await io.out('Whoever has its files can pass for any board: back the folder up, and keep it to yourself.\n');
    await io.out(`Next: mts credentials issue --credentials ${shellWord(printable(out))} --endpoint NAME\n`);
  },
});
