/** A certificate authority of a test's own, and what it signs; made by OpenSSL's command. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Pair {
  /** Files, and the PEM that they hold. */
  readonly certFile: string;
  readonly keyFile: string;
  readonly cert: string;
  readonly key: string;
}

export interface Authority extends AsyncDisposable {
  readonly dir: string;
  readonly own: Pair;
  /** A certificate for this common name; a server's is for these hosts. */
  sign(name: string, purpose: 'server' | 'client', hosts?: string): Promise<Pair>;
}

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

export async function makeAuthority(name: string): Promise<Authority> {
  const dir = await mkdtemp(join(tmpdir(), 'authority-'));
  const files = (of: string) => ({ certFile: join(dir, `${of}.crt`), keyFile: join(dir, `${of}.key`) });
  const pairOf = async (of: string): Promise<Pair> => {
    const { certFile, keyFile } = files(of);
    return { certFile, keyFile, cert: await readFile(certFile, 'utf8'), key: await readFile(keyFile, 'utf8') };
  };
  const ca = files('authority');
  let serial = 1;
  const subject = ['-subj', `/CN=${name}`];
  await run('openssl', ['req', '-x509', ...KEY, ...subject, '-days', '2', '-keyout', ca.keyFile, '-out', ca.certFile]);
  return {
    dir,
    own: await pairOf('authority'),
    async sign(of, purpose, hosts = 'IP:127.0.0.1,DNS:localhost') {
      const { certFile, keyFile } = files(of);
      const [request, extensions] = [join(dir, `${of}.csr`), join(dir, `${of}.ext`)];
      const names = purpose === 'server' ? `subjectAltName=${hosts}\n` : '';
      await writeFile(extensions, `extendedKeyUsage=${purpose}Auth\n${names}`);
      await run('openssl', ['req', ...KEY, '-subj', `/CN=${of}`, '-keyout', keyFile, '-out', request]);
      const signer = ['-CA', ca.certFile, '-CAkey', ca.keyFile, '-set_serial', String(++serial)];
      await run('openssl', [
        'x509',
        '-req',
        '-in',
        request,
        ...signer,
        '-days',
        '2',
        '-extfile',
        extensions,
        '-out',
        certFile,
      ]);
      return await pairOf(of);
    },
    [Symbol.asyncDispose]: () => rm(dir, { recursive: true }),
  };
}
