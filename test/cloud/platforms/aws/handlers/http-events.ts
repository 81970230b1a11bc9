/** Events as API Gateway and function URLs make them, cut to what says something. */

export interface Sent {
  readonly method: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | null;
  readonly base64?: boolean;
}

/** API Gateway REST API, Lambda proxy integration. */
export function restEvent({ method, headers = {}, body = null, base64 }: Sent): object {
  const lists = Object.entries(headers).map(([name, value]) => [name, [value]]);
  return {
    resource: '/webhook',
    path: '/webhook',
    httpMethod: method,
    headers: Object.keys(headers).length === 0 ? null : headers,
    multiValueHeaders: lists.length === 0 ? null : Object.fromEntries(lists),
    queryStringParameters: null,
    requestContext: {
      resourcePath: '/webhook',
      httpMethod: method,
      stage: 'prod',
      identity: { sourceIp: '192.0.2.1' },
    },
    ...encoded(body, base64),
  };
}

/** API Gateway HTTP API, payload format 2.0. */
export function httpApiEvent({ method, headers = {}, body, base64 }: Sent): object {
  const lower = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: '/webhook',
    rawQueryString: '',
    headers: Object.fromEntries(lower),
    requestContext: {
      http: { method, path: '/webhook', protocol: 'HTTP/1.1', sourceIp: '192.0.2.1' },
      stage: '$default',
    },
    ...encoded(body ?? undefined, base64),
  };
}

/** Lambda function URL: payload format 2.0 too, where the body always comes in base64 but for known texts. */
export function functionUrlEvent(sent: Sent): object {
  return { ...httpApiEvent({ base64: true, ...sent }), rawPath: '/' };
}

function encoded(body: string | Uint8Array | null | undefined, base64: boolean | undefined): object {
  if (body === null || body === undefined) return { body, isBase64Encoded: false };
  if (base64 === true || typeof body !== 'string') {
    return { body: Buffer.from(body).toString('base64'), isBase64Encoded: true };
  }
  return { body, isBase64Encoded: false };
}
