/** What a board and its server prove themselves with, as PEM text, and what checking it finds. */
import type { BoardNames } from '../names.ts';

/** What goes into a board's security.h. */
export interface BoardCredentials extends BoardNames {
  /** SERVER_CERT: what the board trusts, an authority's certificate or the server's own self-signed one; several may follow each other. */
  readonly serverCert: string;
  /** CERT: the board's certificate; its issuers may follow. */
  readonly cert: string;
  /** KEY: the board's private key, PKCS#8 (`PRIVATE KEY`) or SEC1 (`EC PRIVATE KEY`), not encrypted. */
  readonly key: string;
}

/** What the connector needs to speak TLS with boards. */
export interface ServerCredentials {
  readonly cert: string;
  readonly key: string;
  /** Whose certificates of boards it takes. */
  readonly authority: string;
  /** Certificates that were revoked, as an X.509 CRL: Node's `tls` takes it as `crl`. */
  readonly crl: string;
}

/** Something about a file that its user should know. */
export interface Finding {
  /** Stable, for programs: `KEY_OF_ANOTHER`, `EXPIRED`. */
  readonly code: string;
  /** An error keeps the board from working; a warning is for its user to weigh. */
  readonly level: 'error' | 'warning';
  /** What, and why it matters. */
  readonly message: string;
  /** What to do, in one imperative sentence. */
  readonly fix: string;
}
