/**
 * A request as an API Gateway REST API hands it to a function (Lambda proxy integration), with `*` + `/*` as binary media
 * types: every body is in base64. Pure.
 *
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
 */

export interface GatewayRequest {
  readonly method: string;
  /** Path and query as they were sent. */
  readonly url: string;
  /** Names and values in turns, as they were sent. */
  readonly rawHeaders: readonly string[];
  readonly body: Uint8Array;
  readonly sourceIp: string;
  readonly port: number;
  /** Milliseconds since 1970. */
  readonly receivedAt: number;
  readonly requestId: string;
  readonly extendedRequestId: string;
  readonly traceId: string;
  /** The key's name: who asked. Its value is not handed on. */
  readonly apiKeyId: string | undefined;
}

export interface Route {
  readonly stage: string;
  /** Of the resource, like `/webhook`. */
  readonly resource: string;
  /** Between host and resource: the stage, or nothing where a domain of one's own is mapped to it. */
  readonly base: string;
}

const API_ID = 'local00000';
const ACCOUNT = '000000000000';
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

export function proxyEvent(request: GatewayRequest, route: Route): object {
  const headers = headersOf(request);
  const query = new URL(request.url, 'http://localhost').searchParams;
  const queryLists = listsOf([...query]);
  const hasBody = request.body.length > 0;
  return {
    resource: route.resource,
    path: route.resource,
    httpMethod: request.method,
    headers: lastOf(headers),
    multiValueHeaders: headers,
    queryStringParameters: query.size === 0 ? null : lastOf(queryLists),
    multiValueQueryStringParameters: query.size === 0 ? null : queryLists,
    pathParameters: null,
    stageVariables: null,
    requestContext: contextOf(request, route, lastOf(headers)),
    body: hasBody ? Buffer.from(request.body).toString('base64') : null,
    isBase64Encoded: hasBody,
  };
}

function contextOf(request: GatewayRequest, { stage, resource, base }: Route, headers: Record<string, string>): object {
  const { method, sourceIp, receivedAt, requestId, extendedRequestId, apiKeyId } = request;
  return {
    accountId: ACCOUNT,
    apiId: API_ID,
    domainName: headerValue(headers, 'host')?.replace(/:\d+$/, '') ?? 'localhost',
    domainPrefix: API_ID,
    extendedRequestId,
    httpMethod: method,
    identity: {
      accessKey: null,
      accountId: null,
      apiKey: null,
      apiKeyId: apiKeyId ?? null,
      caller: null,
      cognitoAuthenticationProvider: null,
      cognitoAuthenticationType: null,
      cognitoIdentityId: null,
      cognitoIdentityPoolId: null,
      principalOrgId: null,
      sourceIp,
      user: null,
      userAgent: headerValue(headers, 'user-agent') ?? null,
      userArn: null,
    },
    path: `${base}${resource}`,
    protocol: 'HTTP/1.1',
    requestId,
    requestTime: clfTime(receivedAt),
    requestTimeEpoch: receivedAt,
    resourceId: 'webhk0',
    resourcePath: resource,
    stage,
  };
}

/** Names as they were sent; one that came in two ways of writing stays two. What concerns one connection is not handed on. */
function headersOf({ rawHeaders, sourceIp, port, traceId }: GatewayRequest): Record<string, string[]> {
  const pairs: [string, string][] = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const [name, value] = [rawHeaders[at]!, rawHeaders[at + 1]!];
    if (!DROPPED.has(name.toLowerCase())) pairs.push([name, value]);
  }
  const forwarded = { 'X-Amzn-Trace-Id': traceId, 'X-Forwarded-For': sourceIp };
  pairs.push(...Object.entries({ ...forwarded, 'X-Forwarded-Port': String(port), 'X-Forwarded-Proto': 'http' }));
  return listsOf(pairs);
}

const DROPPED = new Set(['connection', 'content-length', 'expect', 'keep-alive', 'te', 'transfer-encoding', 'upgrade']);

function listsOf(pairs: readonly (readonly [string, string])[]): Record<string, string[]> {
  const lists = new Map<string, string[]>();
  for (const [name, value] of pairs) lists.set(name, [...(lists.get(name) ?? []), value]);
  return Object.fromEntries(lists);
}

function lastOf(lists: Readonly<Record<string, string[]>>): Record<string, string> {
  return Object.fromEntries(Object.entries(lists).map(([name, values]) => [name, values.at(-1) ?? '']));
}

function headerValue(headers: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
}

/** `09/Apr/2026:12:34:56 +0000`. */
function clfTime(ms: number): string {
  const at = new Date(ms);
  const day = `${String(at.getUTCDate()).padStart(2, '0')}/${MONTHS[at.getUTCMonth()]}/${at.getUTCFullYear()}`;
  return `${day}:${at.toISOString().slice(11, 19)} +0000`;
}
