/** `mts credentials show`: certificates in words, and whatever is wrong with them. Keys are checked, and never printed. */
import type { ArgumentsCamelCase, InferredOptionTypes } from 'yargs';
import type { BoardCredentials, Finding } from '../../firmware-template/credentials/credentials.ts';
import type { Io, Status, Verb } from '../cli.ts';
import { certificateJson, certificateText, type Shown } from '../firmware/certificate-text.ts';
import { credentialOptions, readBoardOf } from '../firmware/credentials-words.ts';
import { findingText } from '../firmware/findings-text.ts';

const options = {
  ...credentialOptions,
  json: { type: 'boolean', default: false, describe: 'One JSON document' },
} as const;

type Args = InferredOptionTypes<typeof options>;

interface Looked {
  readonly shown: readonly Shown[];
  readonly findings: readonly Finding[];
}

export const showVerb: Verb<Args> = (io, end) => ({
  examples: [
    ['credentials show --credentials credentials', 'The authority and its server; exit 1 if they cannot work'],
    ['credentials show --credentials credentials --endpoint board-1', 'A board'],
    ['credentials show --security-h security.h', 'What is in a file of the old service'],
  ],
  builder: (yargs) => yargs.options(options),
  handler: async (args) => {
    const { shown, findings } = await look(args, new Date(io.now()));
    await print(shown, findings, args.json, io, end);
  },
});

async function look(args: ArgumentsCamelCase<Args>, now: Date): Promise<Looked> {
  const files = [args.securityH, args.bundle, args.ca, args.cert, args.key].some((path) => path !== undefined);
  if (args.credentials !== undefined && !files) {
    return args.endpoint === undefined ? lookAtFolder(args.credentials, now) : lookAtKept(args, args.credentials, now);
  }
  const { credentials, findings } = await readBoardOf(args);
  return lookAtBoard(credentials, findings, now);
}

async function lookAtFolder(dir: string, now: Date): Promise<Looked> {
  const { openCredentials } = await import('../../firmware-template/credentials/folder.ts');
  const { checkServer } = await import('../../firmware-template/credentials/check.ts');
  const server = await (await openCredentials(dir)).server();
  const shown = [...(await named('authority', server.authority)), ...(await named('server', server.cert))];
  return { shown, findings: await checkServer(server, now) };
}

async function lookAtKept(args: ArgumentsCamelCase<Args>, dir: string, now: Date): Promise<Looked> {
  const { openCredentials } = await import('../../firmware-template/credentials/folder.ts');
  const board = args.endpoint === undefined ? undefined : await (await openCredentials(dir)).find(args.endpoint);
  if (board?.revoked !== true) {
    const { credentials, findings } = await readBoardOf(args);
    return lookAtBoard(credentials, findings, now);
  }
  const revoked: Finding = {
    code: 'REVOKED',
    level: 'error',
    message: `the certificate of ${board.endpoint} was revoked: the server refuses the board`,
    fix: 'Issue a new one: `mts credentials issue --force`.',
  };
  return { shown: await named('CERT', board.cert), findings: [revoked] };
}

async function lookAtBoard(board: BoardCredentials, findings: readonly Finding[], now: Date): Promise<Looked> {
  const { checkBoard } = await import('../../firmware-template/credentials/check.ts');
  const shown = [...(await named('SERVER_CERT', board.serverCert)), ...(await named('CERT', board.cert))];
  return { shown, findings: [...findings, ...(await checkBoard(board, now))] };
}

async function named(role: string, pem: string): Promise<readonly Shown[]> {
  const { readCertificates } = await import('../../firmware-template/credentials/certificate.ts');
  return (await readCertificates(pem, role)).map((certificate) => ({ role, certificate }));
}

async function print(
  shown: readonly Shown[],
  findings: readonly Finding[],
  json: boolean,
  io: Io,
  end: (status: Status) => void,
): Promise<void> {
  if (findings.some(({ level }) => level === 'error')) end(1);
  if (json) {
    await io.out(`${JSON.stringify({ certificates: shown.map(certificateJson), findings })}\n`);
    return;
  }
  await io.out(shown.map(certificateText).join('\n'));
  await io.out(findings.length === 0 ? '\nNothing is wrong with them.\n' : `\n${findings.map(findingText).join('')}`);
}
