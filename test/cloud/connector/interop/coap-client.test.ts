/** libcoap's client as a board of another make: what RFC 7252, 7641 and 7959 and LwM2M promise it, over UDP. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { coap, freeUdpPort, libcoapWanted, type Received } from '../../../libcoap.ts';
import { type Served, serve } from '../api/served.ts';

const describeIf = libcoapWanted ? describe : describe.skip;

describeIf("libcoap's client before the connector", () => {
  let served: Served;
  let origin = '';

  beforeEach(async () => {
    served = await serve('mdc', 0);
    const { address } = await served.connector.listenUdp({ host: '127.0.0.1', port: 0 });
    origin = `coap://127.0.0.1:${address.port}`;
  });
  afterEach(async () => {
    const { problems } = served;
    await served[Symbol.asyncDispose]();
    expect(problems).toEqual([]);
  });

  const registering = (query: string, links: string, ...words: string[]) =>
    coap(...words, '-m', 'post', '-e', links, `${origin}/rd?${query}`);

  async function names(): Promise<string[]> {
    const endpoints = (await (await served.ask('GET', '/v2/endpoints')).json()) as { readonly name: string }[];
    return endpoints.map(({ name }) => name);
  }

  test('registers, and is listed with its resources', async () => {
    const answers = await registering('ep=foreign&lt=100&b=U&et=other', '</3/0/0>;rt="Maker";ct=0,</3303/0/5700>;obs');
    // In the acknowledgement itself: a board knows no other answer.
    expect(answers).toEqual([expect.objectContaining({ type: 'ACK', code: '2.01' })]);
    expect(locationOf(answers)).toMatch(/^\/rd\/[^/]+$/);
    expect(await names()).toEqual(['foreign']);
    expect(served.connector.boards.get('foreign')).toMatchObject({ type: 'other', transport: 'udp', queueMode: false });
    const resources = await (await served.ask('GET', '/v2/endpoints/foreign')).json();
    expect(resources).toEqual([
      { uri: '/3/0/0', rt: 'Maker', obs: false, type: '0' },
      { uri: '/3303/0/5700', obs: true, type: '' },
    ]);
  });

  test('updates from where it registered, with other resources, and is gone when it says so', async () => {
    const port = await freeUdpPort();
    const location = locationOf(await registering('ep=foreign&lt=100&b=U', '</3/0/0>', '-p', port));
    const updated = await coap('-p', port, '-m', 'post', '-e', '</3/0/1>', `${origin}${location}?lt=200`);
    expect(updated.map(({ code }) => code)).toEqual(['2.04']);
    const { resources, registeredMs, expiresMs } = served.connector.boards.get('foreign')!;
    expect(resources.map(({ path }) => path)).toEqual(['/3/0/1']);
    expect(expiresMs - registeredMs).toBeGreaterThan(190_000);
    expect((await coap('-m', 'delete', `${origin}${location}`)).at(-1)?.code).toBe('2.02');
    expect(await names()).toEqual([]);
    expect((await coap('-m', 'delete', `${origin}${location}`)).at(-1)?.code).toBe('4.04');
  });

  test('an update from another address is answered 4.04, so that the board registers there', async () => {
    const location = locationOf(await registering('ep=foreign&lt=100&b=U', '</3/0/0>'));
    const elsewhere = await coap('-m', 'post', `${origin}${location}?lt=100`);
    expect(elsewhere.at(-1)?.code).toBe('4.04');
    expect(await names()).toEqual(['foreign']);
  });

  test('an update of what was never registered: 4.04', async () => {
    expect((await coap('-m', 'post', `${origin}/rd/nowhere?lt=100`)).at(-1)?.code).toBe('4.04');
  });

  test('in blocks of 64 bytes, each acknowledged, and whole at the end', async () => {
    const paths = Array.from({ length: 60 }, (_one, instance) => `/3303/${instance}/5700`);
    const links = paths.map((path) => `<${path}>;obs`).join(',');
    const answers = await registering('ep=long&lt=100&b=U', links, '-b', '64');
    const continued = answers.slice(0, -1);
    expect(continued.length).toBe(Math.ceil(links.length / 64) - 1);
    expect(new Set(continued.map(({ code }) => code))).toEqual(new Set(['2.31']));
    expect(answers.at(-1)?.code).toBe('2.01');
    expect(answers.at(-1)?.options).toContain(`Block1:${continued.length}/_/64`);
    expect(locationOf(answers)).toMatch(/^\/rd\/[^/]+$/);
    expect(served.connector.boards.get('long')?.resources).toEqual(paths.map((path) => ({ path, obs: true })));
  });

  test('two may send theirs in blocks at once', async () => {
    const links = Array.from({ length: 40 }, (_one, instance) => `</3303/${instance}/5700>`).join(',');
    const both = await Promise.all(['a', 'b'].map((ep) => registering(`ep=${ep}&lt=100&b=U`, links, '-b', '32')));
    expect(both.map((answers) => answers.at(-1)?.code)).toEqual(['2.01', '2.01']);
    expect((await names()).sort()).toEqual(['a', 'b']);
    for (const ep of ['a', 'b']) expect(served.connector.boards.get(ep)?.resources).toHaveLength(40);
  });

  test.each([
    ['no name', 'lt=100&b=U', '</3/0/0>', 'ep is missing, or is no name'],
    ['a name of 65 bytes', `ep=${'x'.repeat(65)}&lt=100`, '</3/0/0>', 'ep is missing, or is no name'],
    ['a lifetime that is none', 'ep=foreign&lt=soon', '</3/0/0>', 'lt is no lifetime'],
    ['links that are none', 'ep=foreign&lt=100', '</3/0/0', undefined],
    ['links in blocks that are none', 'ep=foreign&lt=100', `${'</3/0/0>,'.repeat(20)}x`, undefined, '-b', '64'],
  ])('%s: 4.00, and no board', async (_what, query, links, why, ...words) => {
    const answer = (await registering(query, links, ...(words as string[]))).at(-1);
    expect(answer?.code).toBe('4.00');
    if (why !== undefined) expect(answer?.payload).toBe(why);
    expect(await names()).toEqual([]);
  });

  test('.well-known/core says where boards register', async () => {
    const [answer] = await coap(`${origin}/.well-known/core`);
    expect(answer).toMatchObject({ type: 'ACK', code: '2.05', payload: '</rd>;rt="core.rd"' });
    expect(answer?.options).toEqual(['Content-Format:application/link-format']);
  });

  test.each([
    ['what is not there', '4.04', ['-m', 'get'], '/elsewhere'],
    ['another method than a registration has', '4.05', ['-m', 'get'], '/rd'],
    ['a critical option that nobody knows', '4.02', ['-O', '65001,0x00'], '/.well-known/core'],
    ['an elective option that nobody knows', '2.05', ['-O', '65000,0x00'], '/.well-known/core'],
  ])('%s: %s', async (_what, code, words, path) => {
    expect((await coap(...words, `${origin}${path}`)).at(-1)?.code).toBe(code);
  });

  test('one that asks without confirmation is answered likewise', async () => {
    const answers = await registering('ep=foreign&lt=100&b=U', '</3/0/0>', '-N');
    expect(answers).toEqual([expect.objectContaining({ type: 'NON', code: '2.01' })]);
    expect(await names()).toEqual(['foreign']);
  });

  test('one whose datagram is lost sends it again, and is registered', async () => {
    // The first is not sent.
    const answers = await registering('ep=foreign&lt=100&b=U', '</3/0/0>', '-l', '1');
    expect(answers.map(({ code }) => code)).toEqual(['2.01']);
    expect(await names()).toEqual(['foreign']);
  });
});

function locationOf(answers: readonly Received[]): string {
  const segments = answers.at(-1)?.options.filter((option) => option.startsWith('Location-Path:')) ?? [];
  return segments.map((option) => `/${option.slice('Location-Path:'.length)}`).join('');
}
