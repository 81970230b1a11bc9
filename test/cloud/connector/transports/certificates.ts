/** Authorities of a test's own, and what they sign: made by OpenSSL's command, as a user would. */
import { execFile } from 'node:child_process';
import { randomBytes, X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Pair {
  readonly cert: string;
  readonly key: string;
}

export type KeyKind = 'P-256' | 'P-384' | 'P-521' | 'RSA';

export interface IssueOptions {
  readonly key?: KeyKind;
  /** A line each, as in OpenSSL's configuration. */
  readonly extensions?: readonly string[];
}

const NEW_KEY: Readonly<Record<KeyKind, readonly string[]>> = {
  'P-256': ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256'],
  'P-384': ['ec', '-pkeyopt', 'ec_paramgen_curve:P-384'],
  'P-521': ['ec', '-pkeyopt', 'ec_paramgen_curve:P-521'],
  RSA: ['rsa:2048'],
};
const BARE = '[req]\ndistinguished_name = dn\nstring_mask = utf8only\n[dn]\n';

/** A slash in a name, as OpenSSL's command takes it in a subject. */
export const SLASH = '\\/';

export class Authority implements AsyncDisposable {
  readonly dir: string;
  readonly own: Pair;
  #files = 0;

  private constructor(dir: string, own: Pair) {
    this.dir = dir;
    this.own = own;
  }

  static async named(name: string, key: KeyKind = 'P-256'): Promise<Authority> {
    const dir = await mkdtemp(join(tmpdir(), 'authority-'));
    const config = join(dir, 'authority.cnf');
    await writeFile(config, `${BARE}[ext]\nbasicConstraints = critical, CA:TRUE\nsubjectKeyIdentifier = hash\n`);
    const [certFile, keyFile] = [join(dir, 'authority.crt'), join(dir, 'authority.key')];
    await run('openssl', [
      ...['req', '-x509', '-config', config, '-extensions', 'ext', '-subj', `/CN=${name}`, '-days', '2'],
      ...['-newkey', ...NEW_KEY[key], '-nodes', '-keyout', keyFile, '-out', certFile],
    ]);
    return new Authority(dir, await read(certFile, keyFile));
  }

  /** A certificate for a subject like `/CN=domain\/endpoint`, with a key of its own. */
  async issue(subject: string, options: IssueOptions = {}): Promise<Pair> {
    const { key = 'P-256', extensions = [] } = options;
    const file = join(this.dir, `issued-${++this.#files}`);
    const config = `${file}.cnf`;
    await writeFile(config, `${BARE}[ext]\n${extensions.map((line) => `${line}\n`).join('')}`);
    await run('openssl', [
      ...['req', '-x509', '-CA', join(this.dir, 'authority.crt'), '-CAkey', join(this.dir, 'authority.key')],
      ...['-config', config, ...(extensions.length > 0 ? ['-extensions', 'ext'] : []), '-subj', subject],
      ...['-set_serial', `0x00${randomBytes(8).toString('hex')}`, '-days', '2'],
      ...['-newkey', ...NEW_KEY[key], '-nodes', '-keyout', `${file}.key`, '-out', `${file}.crt`],
    ]);
    return await read(`${file}.crt`, `${file}.key`);
  }

  /** A board's. */
  board(domain: string, endpoint: string): Promise<Pair> {
    return this.issue(`/CN=${domain}${SLASH}${endpoint}`);
  }

  /** A list of these as revoked. */
  async revoking(revoked: readonly Pair[], expired = false): Promise<string> {
    const file = join(this.dir, `list-${++this.#files}`);
    const lines = revoked.map(({ cert }) => {
      const { serialNumber } = new X509Certificate(cert);
      return `R\t491231235959Z\t250101000000Z\t${serialNumber}\tunknown\t/CN=any\n`;
    });
    await writeFile(`${file}.txt`, lines.join(''));
    await writeFile(`${file}.cnf`, `[ca]\ndefault_ca = d\n[d]\ndatabase = ${file}.txt\ndefault_md = sha256\n`);
    await run('openssl', [
      ...['ca', '-gencrl', '-config', `${file}.cnf`, '-out', `${file}.crl`],
      ...['-crl_lastupdate', '250101000000Z', '-crl_nextupdate', expired ? '250201000000Z' : '491231235959Z'],
      ...['-cert', join(this.dir, 'authority.crt'), '-keyfile', join(this.dir, 'authority.key')],
    ]);
    return await readFile(`${file}.crl`, 'utf8');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.dir, { recursive: true });
  }
}

async function read(certFile: string, keyFile: string): Promise<Pair> {
  return { cert: await readFile(certFile, 'utf8'), key: await readFile(keyFile, 'utf8') };
}
