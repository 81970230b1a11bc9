/** What is generated for the boards of these tests. */
import type { BoardCredentials } from '../../../firmware-template/credentials/credentials.ts';
import { firmwareFiles } from '../../../firmware-template/generate/files.ts';

export const NAMES = { domain: 'mts', endpoint: 'board-1' };
export const SERVER_URI = 'coap://192.168.1.10:5684';

/** The security.h that is generated for a board which trusts `serverCert`. */
export async function securityH(credentials: Omit<BoardCredentials, 'domain' | 'endpoint'>): Promise<string> {
  const files = await firmwareFiles({
    credentials: { ...NAMES, ...credentials },
    server: { host: '192.168.1.10', port: 5684 },
    transport: 'tls',
    target: 'K64F',
    network: { kind: 'ethernet' },
  });
  return files.find(({ name }) => name === 'security.h')!.text;
}
