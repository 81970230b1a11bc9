/** `mts firmware generate`: credentials and a server's address in, the files of a board's firmware out. */
import type { ArgumentsCamelCase, InferredOptionTypes } from 'yargs';
import type { Finding } from '../../firmware-template/credentials/credentials.ts';
import type { FirmwareSettings } from '../../firmware-template/generate/settings.ts';
import type { WrittenFiles } from '../../firmware-template/write-files.ts';
import type { Io, Verb } from '../cli.ts';
import { boardCredentialsOf, credentialOptions } from '../firmware/credentials-words.ts';
import { findingText } from '../firmware/findings-text.ts';
import { boardOptions, boardWords } from '../firmware/generate-words.ts';
import { printable } from '../printable.ts';

const options = {
  ...credentialOptions,
  ...boardOptions,
  out: { type: 'string', demandOption: true, describe: 'Folder for the files; security.h in it is a secret' },
  force: { type: 'boolean', default: false, describe: 'Replace files that are there' },
  json: { type: 'boolean', default: false, describe: 'One JSON document' },
} as const;

type Args = InferredOptionTypes<typeof options>;

const REACH_MS = 2000;

export const generateVerb: Verb<Args> = (io) => ({
  examples: [
    [
      'firmware generate --credentials credentials --endpoint board-1 --server auto --out firmware',
      'A board that connects to this machine, over Ethernet',
    ],
    [
      'firmware generate --security-h security.h --credentials credentials --server connector.example.com --out firmware',
      'A board that keeps its name and key of the old service, and trusts your own server',
    ],
    [
      'firmware generate --bundle board-1.json --server 192.168.1.20:5684 --network wifi-esp8266 --wifi-ssid home --wifi-password-file wifi.txt --out firmware',
      'By Wi-Fi, with an ESP8266 on the Arduino header',
    ],
  ],
  builder: (yargs) => yargs.options(options),
  handler: (args) => generate(args, io),
});

async function generate(args: ArgumentsCamelCase<Args>, io: Io): Promise<void> {
  const { firmwareFiles } = await import('../../firmware-template/generate/files.ts');
  const { writeFiles } = await import('../../firmware-template/write-files.ts');
  const { server, taken, transport, network, findings } = await boardWords(args);
  const found = await boardCredentialsOf(args, new Date(io.now()));
  const settings: FirmwareSettings = { credentials: found.credentials, server, transport, target: 'K64F', network };
  const files = await writeFiles(args.out, await firmwareFiles(settings), { force: args.force });
  const warnings = [...found.findings, ...findings, ...plainFinding(settings), ...(await reachFinding(settings))];
  for (const finding of warnings) io.err(findingText(finding));
  if (args.json) await io.out(`${JSON.stringify(document(args.out, settings, files, warnings))}\n`);
  else await io.out(textOf(args.out, settings, files, taken));
}

function plainFinding({ transport }: FirmwareSettings): Finding[] {
  if (transport !== 'plain') return [];
  const message =
    'NO SECURITY: whoever is between board and server can read and forge all that is sent, and be either of them';
  return [
    { code: 'PLAIN', level: 'warning', message, fix: 'Leave --transport out, unless the network is yours alone.' },
  ];
}

async function reachFinding({ server, transport }: FirmwareSettings): Promise<Finding[]> {
  const { reachProblem } = await import('../firmware/reach.ts');
  const message = await reachProblem(server, transport, { timeoutMs: REACH_MS });
  if (message === undefined) return [];
  return [{ code: 'NO_ANSWER', level: 'warning', message, fix: 'The files are the same whether it answers or not.' }];
}

function document(
  out: string,
  { credentials, server, transport, target, network }: FirmwareSettings,
  { written, unchanged }: WrittenFiles,
  findings: readonly Finding[],
) {
  const { endpoint, domain } = credentials;
  return { out, endpoint, domain, server, transport, target, network: network.kind, written, unchanged, findings };
}

function textOf(
  out: string,
  { credentials, server, transport }: FirmwareSettings,
  { written, unchanged }: WrittenFiles,
  taken: string | undefined,
): string {
  const dir = printable(out);
  const over = transport === 'tls' ? 'TLS' : 'UDP, without security';
  const from = taken === undefined ? '' : `, the address of this machine on ${printable(taken)}`;
  return [
    `${printable(credentials.endpoint)} is to connect to ${server.host}, port ${server.port}${from}, over ${over}.`,
    written.length === 0 ? undefined : `Wrote ${written.join(', ')} into ${dir}.`,
    unchanged.length === 0 ? undefined : `Left alone, as they were the same already: ${unchanged.join(', ')}.`,
    `security.h, and what is built with it, holds the board's private key. Next: ${dir}/BUILD.md`,
    '',
  ]
    .filter((line) => line !== undefined)
    .join('\n');
}
