/** The brokers that every run is tried with: one in this process, and one that the world uses. */
import { mosquittoWanted, startMosquitto } from '../../../mosquitto.ts';
import { startBroker } from './broker.ts';

interface Listening extends AsyncDisposable {
  readonly port: number;
  /** Ends it at once, its connections with it. */
  stop(): Promise<void>;
}

export interface Kind {
  readonly name: 'aedes' | 'mosquitto';
  /** Its tests are to be run; else they are only named. */
  readonly wanted: boolean;
  /** On a port that it had before, or on any free one. */
  readonly start: (port?: number) => Promise<Listening>;
}

const AEDES: Kind = {
  name: 'aedes',
  wanted: true,
  async start(port) {
    const broker = await startBroker(port === undefined ? {} : { port });
    return { port: broker.port, stop: broker.close, [Symbol.asyncDispose]: broker.close };
  },
};

const MOSQUITTO: Kind = {
  name: 'mosquitto',
  wanted: mosquittoWanted,
  async start(port) {
    const broker = await startMosquitto(port === undefined ? {} : { port });
    return { port: broker.port, stop: broker.kill, [Symbol.asyncDispose]: () => broker[Symbol.asyncDispose]() };
  },
};

export const BROKERS: readonly Kind[] = [AEDES, MOSQUITTO];
