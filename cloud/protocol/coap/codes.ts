/** CoAP codes as on the wire, class and detail in one byte (RFC 7252 §12.1, RFC 7959 §2.9, RFC 8132 §6). */

const code = (codeClass: number, detail: number): number => (codeClass << 5) | detail;

export const EMPTY = 0;

export const METHODS = { GET: 1, POST: 2, PUT: 3, DELETE: 4 } as const;
export type Method = keyof typeof METHODS;

export const RESPONSES = {
  Created: code(2, 1),
  Deleted: code(2, 2),
  Valid: code(2, 3),
  Changed: code(2, 4),
  Content: code(2, 5),
  Continue: code(2, 31),
  BadRequest: code(4, 0),
  Unauthorized: code(4, 1),
  BadOption: code(4, 2),
  Forbidden: code(4, 3),
  NotFound: code(4, 4),
  MethodNotAllowed: code(4, 5),
  NotAcceptable: code(4, 6),
  RequestEntityIncomplete: code(4, 8),
  Conflict: code(4, 9),
  PreconditionFailed: code(4, 12),
  RequestEntityTooLarge: code(4, 13),
  UnsupportedContentFormat: code(4, 15),
  InternalServerError: code(5, 0),
  NotImplemented: code(5, 1),
  BadGateway: code(5, 2),
  ServiceUnavailable: code(5, 3),
  GatewayTimeout: code(5, 4),
  ProxyingNotSupported: code(5, 5),
} as const;
export type Response = keyof typeof RESPONSES;

/** Class 0 but Empty: a request, of a method known here or not. */
export function isRequest(code: number): boolean {
  return code > 0 && code < 0x20;
}

/** Classes 2, 4 and 5. */
export function isResponse(code: number): boolean {
  return code >= 0x40;
}

/** 2.xx. */
export function isSuccess(code: number): boolean {
  return code >> 5 === 2;
}

const METHOD_NAMES = new Map<number, Method>(Object.entries(METHODS).map(([name, value]) => [value, name as Method]));
const RESPONSE_NAMES = new Map<number, string>(Object.entries(RESPONSES).map(([name, value]) => [value, spaced(name)]));

/** The method of a request; undefined for one that RFC 7252 does not have. */
export function methodOf(code: number): Method | undefined {
  return METHOD_NAMES.get(code);
}

/** For people, as in RFC 7252: `2.05 Content`, `GET`, `Empty`, `2.30`. */
export function codeText(code: number): string {
  if (code === EMPTY) return 'Empty';
  const method = METHOD_NAMES.get(code);
  if (method !== undefined) return method;
  const dotted = `${code >> 5}.${String(code & 0x1f).padStart(2, '0')}`;
  const name = RESPONSE_NAMES.get(code);
  return name === undefined ? dotted : `${dotted} ${name}`;
}

function spaced(name: string): string {
  return name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ');
}
