/**
 * The boards' messages over plain TCP: each behind its length, as mbed-client-classic sends them without security.
 *
 *   socket ─┬─ its first whole message ─► onConnection, onMessage
 *           └─ not a byte for silenceMs ─► onSilent: a board that is locked up, or nobody
 *
 * A socket that says nothing is no connection, as an address is none over UDP: it is half-open, and ended in time. Nothing
 * is known of who sends. This is not RFC 8323's CoAP over TCP.
 */
import { type Connection, guarded, ignore, type Transport, type TransportOptions } from './connection.ts';
import { LENGTH_BYTES, LengthFraming } from './framing.ts';
import { LastHeard } from './last-heard.ts';
import { limitsOf } from './limits.ts';
import { type Arrival, listenForStreams, STREAM_LIMITS, type StreamLimits } from './listener.ts';
import { StreamConnection } from './stream-connection.ts';
import { Tally } from './tally.ts';

export interface TcpLimits extends StreamLimits {
  /** From a socket's arrival to onSilent: less than `handshakeMs`. */
  readonly silenceMs: number;
}

export const TCP_LIMITS: TcpLimits = { ...STREAM_LIMITS, silenceMs: 20_000 };

export interface TcpOptions extends TransportOptions {
  readonly limits?: Partial<TcpLimits>;
  /**
   * Somebody came at `sinceMs`, of the clock that never goes back, and said nothing: returns whether the caller takes the
   * connection, to send over it and close it. Nobody does, unless given; it is refused then, in time.
   */
  readonly onSilent?: (connection: Connection, sinceMs: number) => boolean;
}

/** Resolves when it listens. OutsideError PORT if it cannot. */
export async function listenTcp(options: TcpOptions): Promise<Transport> {
  const limits = limitsOf(TCP_LIMITS, options.limits, 'keepAliveMs');
  const { world, onProblem, onSilent } = options;
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
  const expectWord = (arrival: Arrival, connection: StreamConnection): void => {
    if (onSilent === undefined) return;
    const sinceMs = world.now();
    const timer = world.after(limits.silenceMs, () => {
      if (arrival.settled || arrival.socket.bytesRead > 0) return;
      guarded(onProblem, () => {
        if (!onSilent(connection, sinceMs)) return;
        // What becomes of it is the caller's business, until the time that a socket has is over.
        arrival.settled = true;
        connection.onMessage = ignore;
      });
    });
    arrival.socket.once('close', () => timer.cancel());
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
    expectWord(arrival, connection);
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
