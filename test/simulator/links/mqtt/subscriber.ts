/** Whoever receives behind a broker: a client that subscribes to the boards' topics and keeps what arrives. */
import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt';

export interface Arrived {
  readonly endpoint: string;
  readonly body: string;
}

export interface Subscriber extends AsyncDisposable {
  readonly arrived: readonly Arrived[];
  /** Resolves when everything that the broker has acknowledged is here. */
  all(): Promise<void>;
  /** Resolves when this is so; looked at after each arrival. */
  until(condition: (arrived: readonly Arrived[]) => boolean): Promise<void>;
}

const END = 'subscriber/end';
/** A test that waits for what never comes fails in time to end what it started. */
const PATIENCE_MS = 60_000;

/** `qos`: the one that is published with, so that the broker keeps the order of what it passes on. */
export async function subscribe(url: string, qos: 0 | 1 | 2, options: IClientOptions = {}): Promise<Subscriber> {
  const client: MqttClient = await connectAsync(url, { clientId: 'subscriber', reconnectPeriod: 0, ...options });
  const arrived: Arrived[] = [];
  const waiting = new Set<() => void>();
  let ends = 0;
  client.on('message', (topic, payload) => {
    const [, endpoint] = /^mbed\/([^/]+)\/notifications$/.exec(topic) ?? [];
    if (endpoint === undefined) ends += 1;
    else arrived.push({ endpoint, body: payload.toString() });
    for (const look of waiting) look();
  });
  await client.subscribeAsync(['mbed/+/notifications', END], { qos: 2 });
  const when = (condition: () => boolean): Promise<void> => {
    return new Promise((resolve, reject) => {
      const tooLate = setTimeout(() => reject(new Error(`waited in vain, with ${arrived.length} here`)), PATIENCE_MS);
      const look = (): void => {
        if (!condition()) return;
        waiting.delete(look);
        clearTimeout(tooLate);
        resolve();
      };
      waiting.add(look);
      look();
    });
  };
  return {
    arrived,
    until: (condition) => when(() => condition(arrived)),
    async all() {
      const before = ends;
      await client.publishAsync(END, '', { qos });
      await when(() => ends > before);
    },
    [Symbol.asyncDispose]: () => client.endAsync(true),
  };
}
