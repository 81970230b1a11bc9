/**
 * Fetches the API key's value from API Gateway: one signed request, for which a whole client would be much.
 * https://docs.aws.amazon.com/apigateway/latest/api/API_GetApiKey.html
 */
import { SignatureV4 } from '@smithy/signature-v4';
import { OutsideError } from '../../cloud/protocol/errors.ts';
import type { Account } from './account.ts';
import { explained } from './explain.ts';
import { optional } from './optional.ts';

export interface ApiKeyOptions {
  readonly account: Account;
  readonly id: string;
  /** In place of AWS's own address; as the SDK's variable AWS_ENDPOINT_URL has it. */
  readonly endpoint: string | undefined;
  readonly fetch: typeof fetch;
}

/** Milliseconds. */
const PATIENCE = 20_000;
/** Characters of what AWS says that are repeated. */
const SHOWN = 300;

/** The key itself. It is in no message and no log. */
export async function fetchApiKey({ account, id, endpoint, fetch }: ApiKeyOptions): Promise<string> {
  const { region } = account;
  const url = new URL(endpoint ?? `https://apigateway.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`);
  url.pathname = `/apikeys/${encodeURIComponent(id)}`;
  let status: number;
  let text: string;
  try {
    const headers = await signed(account, url);
    const asked = `${url.href}?includeValue=true`;
    const answer = await fetch(asked, { headers, redirect: 'manual', signal: AbortSignal.timeout(PATIENCE) });
    status = answer.status;
    text = await answer.text();
  } catch (error) {
    throw explained(error);
  }
  const value = status === 200 ? valueIn(text) : undefined;
  if (value !== undefined) return value;
  // An answer of 200 may hold the key in a form that we do not know.
  const said = status === 200 ? '' : `: ${text.replace(/\s+/g, ' ').slice(0, SHOWN)}`;
  throw new OutsideError(
    'SERVER',
    `API Gateway did not give the key (status ${status})${said}`,
    'Use a profile that is allowed apigateway:GET on /apikeys/*.',
  );
}

async function signed({ region, credentials }: Account, url: URL): Promise<Record<string, string>> {
  const { CloudFormationClient } = await optional(() => import('@aws-sdk/client-cloudformation'));
  // Any client brings the digest that the signature needs.
  const { sha256 } = new CloudFormationClient({ region, credentials }).config;
  const signer = new SignatureV4({ service: 'apigateway', region, credentials, sha256 });
  const { headers } = await signer.sign({
    method: 'GET',
    protocol: url.protocol,
    hostname: url.hostname,
    path: url.pathname,
    query: { includeValue: 'true' },
    headers: { host: url.host, accept: 'application/json' },
  });
  // fetch says itself which host it asks.
  const { host: _, ...rest } = headers;
  return rest;
}

/** Letters, digits and a few signs, 20 to 128 of them: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-key-source.html */
function valueIn(text: string): string | undefined {
  try {
    const { value } = JSON.parse(text) as { value?: unknown };
    return typeof value === 'string' && /^[\x21-\x7e]{20,128}$/.test(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
