/** Stands in for what `mts aws` asks of AWS, over HTTP, as the SDK's clients speak with it: one address for all services. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach } from '@jest/globals';
import { type Account, API_KEY, newAccount } from './account.ts';
import { answerQuery } from './query-service.ts';

const servers: ReturnType<typeof createServer>[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

export interface FakeAws {
  readonly url: string;
  readonly account: Account;
  /** Resolves when this was asked. */
  asked(action: string): Promise<void>;
}

export async function startFakeAws(chosen: Partial<Account> = {}): Promise<FakeAws> {
  const account = { ...newAccount(), ...chosen };
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      answer(account, request, body, response);
      server.emit('asked');
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const asked = (action: string): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (account.asked.includes(action)) resolve();
      };
      server.on('asked', look);
      look();
    });
  return { asked, account, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function answer(account: Account, request: IncomingMessage, body: Buffer, response: ServerResponse): void {
  const target = request.headers['x-amz-target'];
  const isForm = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') ?? false;
  const form = new URLSearchParams(isForm ? body.toString('utf8') : '');
  const action = form.get('Action');
  account.asked.push(typeof target === 'string' ? target : (action ?? `${request.method} ${request.url}`));
  if (typeof target === 'string') json(response, ...answerJson(account, target, JSON.parse(body.toString('utf8'))));
  else if (action !== null) xml(response, ...answerQuery(account, action, form));
  else if (request.url?.startsWith('/apikeys/')) json(response, ...answerKey(request));
  else xml(response, ...answerBucket(account, request, body));
}

function json(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(value));
}

function xml(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'application/xml' }).end(text);
}

function answerJson(account: Account, target: string, asked: Record<string, unknown>): [number, unknown] {
  switch (target) {
    case 'AmazonSSM.GetParameter':
      if (!account.bootstrapped) return [400, { __type: 'ParameterNotFound', message: 'no such parameter' }];
      return [200, { Parameter: { Name: asked.Name, Type: 'String', Value: '30', Version: 1 } }];
    case 'AmazonSQS.GetQueueAttributes':
      return [200, { Attributes: { ApproximateNumberOfMessages: `${account.queued}` } }];
    case 'DynamoDB_20120810.DeleteTable':
      account.deletedTables.push(String(asked.TableName));
      return [200, { TableDescription: { TableName: asked.TableName, TableStatus: 'DELETING' } }];
    default:
      return [400, { __type: 'UnknownOperationException', message: target }];
  }
}

/** https://docs.aws.amazon.com/apigateway/latest/api/API_GetApiKey.html: the value comes to whoever signs, and asks for it. */
function answerKey({ url, headers }: IncomingMessage): [number, unknown] {
  const signed = /^AWS4-HMAC-SHA256 Credential=[^/]+\/\d{8}\/eu-west-1\/apigateway\/aws4_request, /;
  if (!signed.test(headers.authorization ?? '')) return [403, { message: 'Missing Authentication Token' }];
  return [200, { id: 'abc', ...(url?.endsWith('?includeValue=true') ? { value: API_KEY } : {}) }];
}

function answerBucket(account: Account, { method, url }: IncomingMessage, body: Buffer): [number, string] {
  const { pathname, searchParams } = new URL(url ?? '/', 'http://s3');
  const [, bucket = '', key = ''] = /^\/([^/]+)\/?(.*)$/.exec(pathname) ?? [];
  if (!account.bootstrapped && bucket.startsWith('cdk-')) return [404, '<Error><Code>NoSuchBucket</Code></Error>'];
  if (method === 'PUT') {
    account.objects.set(`${bucket}/${key}`, body);
    return [200, ''];
  }
  if (method === 'POST' && searchParams.has('delete')) {
    for (const [, gone] of body.toString('utf8').matchAll(/<Key>([^<]*)<\/Key>/g)) {
      account.objects.delete(`${bucket}/${gone}`);
    }
    return [200, '<DeleteResult></DeleteResult>'];
  }
  if (method === 'DELETE') {
    if ([...account.objects.keys()].some((path) => path.startsWith(`${bucket}/`))) {
      return [409, '<Error><Code>BucketNotEmpty</Code></Error>'];
    }
    account.deletedBuckets.push(bucket);
    return [204, ''];
  }
  if (searchParams.has('location')) return [200, '<LocationConstraint>eu-west-1</LocationConstraint>'];
  if (searchParams.has('encryption'))
    return [404, '<Error><Code>ServerSideEncryptionConfigurationNotFoundError</Code></Error>'];
  const found = [...account.objects.keys()].filter((path) =>
    path.startsWith(`${bucket}/${searchParams.get('prefix') ?? ''}`),
  );
  const contents = found.map(
    (path) => `<Contents><Key>${path.slice(bucket.length + 1)}</Key><Size>1</Size></Contents>`,
  );
  return [200, `<ListBucketResult><IsTruncated>false</IsTruncated>${contents.join('')}</ListBucketResult>`];
}
