/** Opening Cloud Monitoring as a sink: what refuses us is known at once, what is merely down is opened. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { serveMonitoring } from '../../../cloud/platforms/google/local/monitoring/serve.ts';
import { monitoringClient } from '../../../cloud/platforms/google/monitoring/client.ts';
import { defaultToken } from '../../../cloud/platforms/google/monitoring/token.ts';
import { namesWith } from '../../../cloud/platforms/google/names.ts';
import { OutsideError } from '../../../cloud/protocol/errors.ts';
import { hourOf } from '../../../cloud/protocol/hour.ts';
import { openGoogleSink } from '../../../scripts/google/sink.ts';
import { MemoryTold } from '../../cloud/platforms/google/monitoring/told-memory.ts';
import { collect } from '../../conformance/store.ts';

const PLACE = { project: 'p', metricType: 'custom.googleapis.com/mbed/button_presses' };

let server: Server;
let url: string;
let status = 200;
let body = '{}';
beforeEach(async () => {
  server = createServer((_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const deps = () => ({ now: Date.now, sleep: async () => undefined, told: new MemoryTold() });
const error = (message: string): string => JSON.stringify({ error: { message } });

test.each([
  [200, '{}', 'opened'],
  [404, error('Cannot find metric(s) that match type = "custom.googleapis.com/mbed/button_presses".'), 'opened'],
  [429, error('Quota exceeded'), 'opened'],
  [503, '', 'opened'],
  [401, error('Request had invalid authentication credentials.'), 'refused'],
  [403, error('Permission monitoring.timeSeries.list denied'), 'refused'],
  [404, error('Requested entity was not found.'), 'refused'],
])('%i %s: %s', async (answered, text, expected) => {
  [status, body] = [answered, text];
  const opened = openGoogleSink({ ...PLACE, monitoringEndpoint: url }, deps());
  if (expected === 'opened') await (await opened).close();
  else
    await expect(opened).rejects.toMatchObject({ code: 'SERVER', message: expect.stringContaining(String(answered)) });
});

test('one that is not there at all is opened, and what it is told fails', async () => {
  server.close();
  const sink = await openGoogleSink({ ...PLACE, monitoringEndpoint: url }, deps());
  const count = { endpoint: 'a', hour: hourOf(Date.now()), count: 1 };
  expect(await sink.put([count])).toEqual({ refused: [], failed: [count] });
  expect(sink.trouble?.()).toMatch(/ECONNREFUSED|closed/);
  await sink.close();
});

test('against the stand-in: told, and read back', async () => {
  const served = await serveMonitoring({ now: Date.now });
  try {
    const sink = await openGoogleSink({ ...PLACE, monitoringEndpoint: served.url }, { ...deps(), stepMs: 5_000 });
    const count = { endpoint: 'a', hour: hourOf(Date.now()), count: 3 };
    expect(await sink.put([count])).toEqual({ refused: [], failed: [] });
    const seen = [];
    const query = { endpoints: ['a'], from: new Date(Date.now() - 1_000), to: new Date(Date.now() + 1_000) };
    for await (const one of sink.readBack(query)) seen.push(one);
    expect(seen).toEqual([count]);
    await sink.close();
  } finally {
    await served.close();
  }
});

test('deployments with another prefix in one project neither add to each other nor see each other', async () => {
  const served = await serveMonitoring({ now: Date.now });
  try {
    const counts = ['', 'test-'].map((prefix, index) => ({
      prefix,
      endpoint: 'a',
      hour: hourOf(Date.now()),
      count: 3 + index,
    }));
    for (const { prefix, ...count } of counts) {
      const place = { project: 'p', metricType: namesWith(prefix).metricType, monitoringEndpoint: served.url };
      const sink = await openGoogleSink(place, deps());
      expect(await sink.put([count])).toEqual({ refused: [], failed: [] });
      const query = { endpoints: ['a'], from: new Date(Date.now() - 1_000), to: new Date(Date.now() + 1_000) };
      expect(await collect(sink.readBack(query))).toEqual([count]);
      await sink.close();
    }
  } finally {
    await served.close();
  }
});

test('without credentials, or with a file that is none, it is said how to get them', async () => {
  const before = process.env.GOOGLE_APPLICATION_CREDENTIALS;
  process.env.GOOGLE_APPLICATION_CREDENTIALS = '/nowhere/key.json';
  try {
    const client = monitoringClient({ ...PLACE, endpoint: url, token: defaultToken() });
    const thrown = await client.checkAccess(Date.now()).catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(OutsideError);
    expect(thrown).toMatchObject({
      code: 'SERVER',
      fix: expect.stringContaining('gcloud auth application-default login'),
    });
  } finally {
    if (before === undefined) delete process.env.GOOGLE_APPLICATION_CREDENTIALS;
    else process.env.GOOGLE_APPLICATION_CREDENTIALS = before;
  }
});
