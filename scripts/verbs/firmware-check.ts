/** `mts firmware check`: reads again what was generated, and says what does not fit together. */
import type { InferredOptionTypes } from 'yargs';
import type { CheckedFirmware } from '../../firmware-template/generate/check.ts';
import type { Verb } from '../cli.ts';
import { findingText } from '../firmware/findings-text.ts';
import { printable } from '../printable.ts';

const options = {
  json: { type: 'boolean', default: false, describe: 'One JSON document' },
} as const;

type Args = InferredOptionTypes<typeof options> & { readonly dir: string };

export const checkVerb: Verb<Args> = (io, end) => ({
  examples: [['firmware check firmware', 'Exit 1 if no board could work with it; warnings are for you to weigh']],
  builder: (yargs) =>
    yargs
      .positional('dir', { type: 'string', demandOption: true, describe: 'Folder that `mts firmware generate` wrote' })
      .options(options),
  handler: async ({ dir, json }) => {
    const { checkFirmwareFolder } = await import('../../firmware-template/generate/check.ts');
    const checked = await checkFirmwareFolder(dir, { now: new Date(io.now()), platform: process.platform });
    if (checked.firmware === undefined) end(1);
    await io.out(json ? `${JSON.stringify(document(checked))}\n` : textOf(dir, checked));
  },
});

function document({ firmware, findings }: CheckedFirmware) {
  if (firmware === undefined) return { firmware: null, findings };
  const { credentials, server, transport, target, network } = firmware;
  const { endpoint, domain } = credentials;
  return { firmware: { endpoint, domain, server, transport, target, network: network.kind }, findings };
}

function textOf(dir: string, { firmware, findings }: CheckedFirmware): string {
  const told = findings.map(findingText).join('');
  if (firmware === undefined) return `${told}${printable(dir)} makes no firmware that works.\n`;
  const { credentials, serverUri, transport } = firmware;
  const over = transport === 'tls' ? 'TLS' : 'UDP, without security';
  const nothing = findings.length === 0 ? ' Nothing is wrong with it.' : '';
  return `${told}${printable(dir)}: ${printable(credentials.endpoint)} connects to ${serverUri} over ${over}.${nothing}\n`;
}
