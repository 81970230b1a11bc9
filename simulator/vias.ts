/** How what boards say leaves the simulator: ways by name. */

export const VIAS = ['webhook', 'mqtt', 'lwm2m+udp', 'lwm2m+tls', 'lwm2m+tcp'] as const;
export type Via = (typeof VIAS)[number];

/** Boards that speak LwM2M themselves; the others leave that to a service that the simulator plays. */
export function isLwm2m(via: Via): via is Extract<Via, `lwm2m+${string}`> {
  return via.startsWith('lwm2m+');
}
