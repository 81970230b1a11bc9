/** Certificates of simulated boards, out of a folder of `mts credentials`. */
import { UsageError } from '../cloud/protocol/errors.ts';
import type { BoardPem } from '../simulator/lwm2m/tls.ts';

export interface BoardCertificatesWish {
  readonly folder: string;
  readonly endpoints: Iterable<string>;
  /** Make those that are not there. */
  readonly issue: boolean;
  readonly now: Date;
}

/** By endpoint name. UsageError names the first board that has none, or whose was revoked. */
export async function boardCertificates({
  folder,
  endpoints,
  issue,
  now,
}: BoardCertificatesWish): Promise<ReadonlyMap<string, BoardPem>> {
  const { openCredentials } = await import('../firmware-template/credentials/folder.ts');
  const credentials = await openCredentials(folder);
  const boards = new Map<string, BoardPem>();
  for (const endpoint of endpoints) {
    if ((await credentials.find(endpoint)) === undefined) {
      if (!issue)
        throw new UsageError(
          `the board ${endpoint} has no certificate in ${folder}`,
          'Say --issue too: certificates are made then.',
        );
      await credentials.issue({ endpoint }, { now, force: false });
    }
    const { cert, key } = await credentials.board(endpoint);
    boards.set(endpoint, { cert, key, authority: credentials.authority });
  }
  return boards;
}
