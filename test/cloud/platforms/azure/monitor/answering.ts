/** An Azure Monitor that answers as a test says, over HTTP. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { azureMonitorSink, type MonitorOptions } from '../../../../../cloud/platforms/azure/monitor/sink.ts';
import { MemoryTold } from './memory-told.ts';
import { RESOURCE_ID } from './stand-in.ts';

export interface Answering {
  readonly told: MemoryTold;
  readonly sink: ReturnType<typeof azureMonitorSink>;
  /** Bodies that it was sent. */
  readonly bodies: string[];
  close(): Promise<void>;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export async function answering(
  answer: (body: string) => Answer,
  options: Pick<MonitorOptions, 'now'>,
): Promise<Answering> {
  const bodies: string[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const sent = Buffer.concat(chunks).toString();
    bodies.push(sent);
    const { status, headers = {}, body } = answer(sent);
    response.writeHead(status, headers).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const told = new MemoryTold();
  const getToken = async (): Promise<string> => 'token';
  const sink = azureMonitorSink({ ...options, tellUrl: url, readUrl: url, resourceId: RESOURCE_ID, told, getToken });
  return {
    ...{ told, sink, bodies },
    close: async () => {
      await sink.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
