/** Private keys of boards and servers: read with Node's own parser. Nothing of them is ever put into a message. */
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { UsageError } from '../../cloud/protocol/errors.ts';
import { keyText } from './board-pem.ts';
import { type Certificate, kindOf } from './certificate.ts';

export interface PrivateKey {
  readonly key: KeyObject;
  /** `P-256`, or what it is instead. */
  readonly kind: string;
}

/** The one private key in PEM text. UsageError for anything else, without its text. */
export function readPrivateKey(text: string, source: string): PrivateKey {
  const pem = keyText(text, source);
  try {
    const key = createPrivateKey(pem);
    return { key, kind: kindOf(key) };
  } catch {
    // No cause: OpenSSL's errors may hold pieces of what they read.
    throw new UsageError(`${source} holds a private key that cannot be read`, 'Give a key in PKCS#8 or SEC1 form.');
  }
}

/** Whether the certificate is for this key. */
export function belongsTo({ key }: PrivateKey, certificate: Certificate): boolean {
  try {
    return createPublicKey(key).equals(certificate.node.publicKey);
  } catch {
    return false;
  }
}
