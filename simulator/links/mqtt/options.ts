/** How boards speak to an MQTT broker. Files are read elsewhere: here are only values. */

export const QOS = [0, 1, 2] as const;
export type Qos = (typeof QOS)[number];

/** A certificate and its private key, PEM. Never logged. */
export interface Credentials {
  readonly cert: string;
  readonly key: string;
}

export interface MqttOptions {
  /** 1 if it is left out. */
  readonly qos?: Qos;
  /** Certificates, PEM, of who may vouch for the broker; the ones Node.js knows if it is left out. */
  readonly ca?: string;
  /** What boards show of themselves: the same for all, or each its own by its endpoint name. */
  readonly credentials?: Credentials | ((endpoint: string) => Promise<Credentials>);
  /** Sent with every CONNECT; never logged. */
  readonly login?: { readonly user: string; readonly password: string };
}
