/** What the queue and its channels need of the world: the exchange layer's clock and chance, and the time of day. */
import type { World } from '../../protocol/coap/world.ts';

export interface EventWorld extends World {
  /** Milliseconds since 1970, as the machine's clock has it: it may be set forth and back. */
  wall(): number;
}
