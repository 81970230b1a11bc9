/** The key in `Authorization: Bearer <key>` (RFC 6750 §2.1); undefined: there is none. */
export function bearerOf(header: string | undefined): string | undefined {
  return /^Bearer ([\x21-\x7e]{1,256})$/i.exec(header?.trim() ?? '')?.[1];
}
