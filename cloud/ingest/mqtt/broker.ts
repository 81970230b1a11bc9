/** A broker, as far as a receiver has to know it. Files, certificates and addresses are read elsewhere. */
import type { Socket } from 'node:net';

export interface Broker {
  /** For people, like `mqtt://127.0.0.1:1883`; holds no secret. */
  readonly text: string;
  /** Opens a connection; what goes wrong afterwards is an event of the socket. */
  readonly socket: () => Socket;
  /** Sent with every CONNECT; never logged. */
  readonly login?: { readonly user: string; readonly password: string };
}
