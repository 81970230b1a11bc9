/**
 * What an API Gateway REST API makes of a function's result, and what it answers by itself. Pure.
 *
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html#api-gateway-simple-proxy-for-lambda-output-format
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
 */
import type { Invoked } from '../functions/invocation.ts';

export interface GatewayAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: Uint8Array;
}

/** Answers that never reach the function, by what API Gateway calls them. */
export const OWN_ANSWERS = {
  missingToken: own(403, 'MissingAuthenticationTokenException', 'Missing Authentication Token'),
  forbidden: own(403, 'ForbiddenException', 'Forbidden'),
  throttled: own(429, 'TooManyRequestsException', 'Too Many Requests'),
  tooLarge: own(413, 'RequestTooLargeException', 'Request Too Long'),
  broken: own(502, 'InternalServerErrorException', 'Internal server error'),
  late: own(504, 'InternalServerErrorException', 'Endpoint request timed out'),
} as const;

function own(status: number, type: string, message: string): GatewayAnswer {
  const headers = { 'content-type': 'application/json', 'x-amzn-errortype': type };
  return { status, headers, body: Buffer.from(JSON.stringify({ message })) };
}

/** 502 for an error of the function, and for a result that is no HTTP answer. */
export function answerOf({ failed, payload }: Invoked): GatewayAnswer {
  if (failed) return OWN_ANSWERS.broken;
  const result = objectOf(JSON.parse(payload));
  const { statusCode, headers, multiValueHeaders, body, isBase64Encoded } = result;
  const status = typeof statusCode === 'string' ? Number(statusCode) : statusCode;
  if (typeof status !== 'number' || !Number.isInteger(status) || status < 200 || status > 599)
    return OWN_ANSWERS.broken;
  if (body !== undefined && body !== null && typeof body !== 'string') return OWN_ANSWERS.broken;
  const merged = { ...namesOf(objectOf(headers)), ...namesOf(objectOf(multiValueHeaders)) };
  return {
    status,
    headers: { 'content-type': 'application/json', ...merged },
    body: Buffer.from(body ?? '', isBase64Encoded === true ? 'base64' : 'utf8'),
  };
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

/** What would break the connection's own framing goes out under another name, as API Gateway does it. */
const REMAPPED = new Set(['connection', 'content-length', 'date', 'server', 'te', 'transfer-encoding', 'upgrade']);

function namesOf(headers: Readonly<Record<string, unknown>>): Record<string, string | string[]> {
  const named = Object.entries(headers).flatMap(([name, value]): [string, string | string[]][] => {
    if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name) || value === null || value === undefined) return [];
    const lower = name.toLowerCase();
    const values = (Array.isArray(value) ? value : [value]).map((one) =>
      (typeof one === 'string' ? one : JSON.stringify(one)).replace(/[^\t\x20-\x7e\x80-\xff]/g, ' '),
    );
    return [[REMAPPED.has(lower) ? `x-amzn-remapped-${lower}` : lower, values.length === 1 ? values[0]! : values]];
  });
  return Object.fromEntries(named);
}
