/** Virtual time with a time of day, which can be set. */
import { VirtualWorld } from '../../protocol/coap/virtual-world.ts';

/** 14 July 2025, 12:00 UTC. */
export const NOON = Date.UTC(2025, 6, 14, 12);

export class VirtualTime extends VirtualWorld {
  #wallOffset = NOON;

  wall(): number {
    return this.#wallOffset + this.now();
  }

  /** Sets the machine's clock forth (or back), which does not make anything happen. */
  setClock(byMs: number): void {
    this.#wallOffset += byMs;
  }
}
