/** What a fleet that speaks LwM2M counts of itself. */

export interface Lwm2mCounts {
  registrations: number;
  connections: number;
  retransmissions: number;
  droppedValues: number;
  ignored: number;
  sent: number;
  disconnect: number;
  silence: number;
  reboot: number;
  /** Presses that boards took, those before the run included. */
  pressed: number;
  /** Of these, those that no acknowledgement told of yet, and that did not die. */
  untold: number;
  /** Connections that failed or ended, by what boards call it. */
  readonly errors: Record<string, number>;
}

export function nothingCounted(): Lwm2mCounts {
  return {
    ...{ registrations: 0, connections: 0, retransmissions: 0, droppedValues: 0, ignored: 0, sent: 0 },
    ...{ disconnect: 0, silence: 0, reboot: 0, pressed: 0, untold: 0, errors: {} },
  };
}
