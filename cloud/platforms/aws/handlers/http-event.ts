/**
 * An HTTP request as Lambda is handed it, in any of three shapes, to one. Pure; undefined for whatever is none of them.
 *
 *   API Gateway REST     httpMethod, headers, multiValueHeaders, body, isBase64Encoded
 *   API Gateway HTTP v2  version 2.0, requestContext.http.method, headers (lower case, joined by commas), body
 *   function URL         the same as HTTP v2
 *
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 * https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
 */
export interface HttpRequest {
  readonly method: string;
  /** By lower-case name; one sent more than once is joined by commas. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body's bytes as they were sent. */
  readonly body: Uint8Array;
}

export function requestOf(event: unknown): HttpRequest | undefined {
  const { httpMethod, requestContext, headers, multiValueHeaders, body, isBase64Encoded } = fieldsOf(event);
  const method = fieldsOf(fieldsOf(requestContext).http).method ?? httpMethod;
  const bytes = bytesOf(body, isBase64Encoded);
  if (typeof method !== 'string' || bytes === undefined) return undefined;
  return { method: method.toUpperCase(), headers: headersOf(headers, multiValueHeaders), body: bytes };
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

const NOTHING = new Uint8Array();

function bytesOf(body: unknown, isBase64Encoded: unknown): Uint8Array | undefined {
  if (body === undefined || body === null) return NOTHING;
  if (typeof body !== 'string') return undefined;
  if (isBase64Encoded !== true) return Buffer.from(body, 'utf8');
  return fromBase64(body);
}

/** The bytes of canonical base64, undefined if the text is none: Buffer would pass over what it does not know. */
export function fromBase64(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}

/** `multiValueHeaders` has all of what `headers` has only the last of. */
function headersOf(single: unknown, multiple: unknown): Record<string, string> {
  const values = new Map<string, string[]>();
  const add = (into: Map<string, string[]>, name: string, value: string): void => {
    const key = name.toLowerCase();
    into.set(key, [...(into.get(key) ?? []), value]);
  };
  for (const [name, list] of Object.entries(fieldsOf(multiple))) {
    if (!Array.isArray(list)) continue;
    for (const value of list) if (typeof value === 'string') add(values, name, value);
  }
  const others = new Map<string, string[]>();
  for (const [name, value] of Object.entries(fieldsOf(single))) {
    if (typeof value === 'string' && !values.has(name.toLowerCase())) add(others, name, value);
  }
  const joined = [...values, ...others].map(([name, list]) => [name, list.join(', ')] as const);
  return Object.fromEntries(joined);
}
