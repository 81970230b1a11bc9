/**
 * The boards' messages over plain TCP: each behind its length, as mbed-client-classic sends them without security.
 *
 *   socket ─► its first whole message ─► onConnection, onMessage
 *
 * A socket that says nothing is no connection, as an address is none over UDP: it is half-open, and ended in time. Nothing
 * is known of who sends. This is not RFC 8323's CoAP over TCP.
 */
import { guarded, ignore, type Transport, type TransportOptions } from './connection.ts';
import { LENGTH_BYTES, LengthFraming } from './framing.ts';
import { LastHeard } from './last-heard.ts';
import { limitsOf } from './limits.ts';
import { type Arrival, listenForStreams, STREAM_LIMITS, type StreamLimits } from './listener.ts';
import { StreamConnection } from './stream-connection.ts';
import { Tally } from './tally.ts';

export interface TcpOptions extends TransportOptions {
  readonly limits?: Partial<StreamLimits>;
}

/** Resolves when it listens. OutsideError PORT if it cannot. */
export async function listenTcp(options: TcpOptions): Promise<Transport> {
  const limits = limitsOf(STREAM_LIMITS, options.limits, 'keepAliveMs');
  const { world, onProblem } = options;
  const tally = new Tally(options);
  const connections = new Set<StreamConnection>();
  const lastHeard = new LastHeard<StreamConnection>(world, limits.idleMs, (connection) => {
    connection.refuse('idle', `nothing came for ${limits.idleMs / 1000} s`);
  });
  let next = 1;

  const begin = (arrival: Arrival, connection: StreamConnection, first: Uint8Array): void => {
    if (!arrival.begin()) return;
    connections.add(connection);
    tally.open++;
    tally.opened++;
    connection.onMessage = ignore;
    guarded(onProblem, () => options.onConnection(connection));
    connection.onMessage(first);
  };
  const ended = (connection: StreamConnection): void => {
    lastHeard.forget(connection);
    if (connections.delete(connection)) tally.open--;
  };
  const listener = await listenForStreams(options, limits, tally, (arrival) => {
    const connection = new StreamConnection({
      ...limits,
      id: `tcp-${next++}`,
      peer: arrival.peer,
      transport: 'tcp',
      socket: arrival.socket,
      framing: new LengthFraming(limits.mostMessageBytes),
      // A board reads the length into the same buffer.
      mostBytes: limits.mostMessageBytes - LENGTH_BYTES,
      world,
      tally,
      onProblem,
      settle: (reason, detail) => arrival.settle(reason, detail),
      heard: (heard) => lastHeard.heard(heard),
      ended,
    });
    connection.onMessage = (first) => begin(arrival, connection, first);
  });
  return {
    address: listener.address,
    get counts() {
      return tally.counts(listener.halfOpen);
    },
    close: async () => {
      lastHeard.close();
      const closed = listener.close();
      for (const connection of [...connections]) connection.close();
      await closed;
    },
  };
}
