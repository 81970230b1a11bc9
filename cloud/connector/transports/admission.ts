/**
 * Who may come in: how many connections there may be, in all and from one address, and how many that have not begun yet.
 *
 *   arrive ─► half-open ─► open ─► leave
 *
 * Connections that have not begun cost their sender next to nothing, so their number says nothing of who needs the place:
 * when there are too many, the oldest of the address that has the most goes, and the newcomer comes in. Whoever floods
 * drives out himself; a board of another address, or one that is quick, gets through. Pure: closing is the caller's business.
 */
export interface AdmissionLimits {
  /** Open connections, in all. */
  readonly connections: number;
  /** Open connections of one address, behind which many boards may be. */
  readonly perAddress: number;
  /** Connections that have not begun, in all. */
  readonly halfOpen: number;
}

export interface Guest {
  readonly address: string;
}

export class Admission<T extends Guest> {
  readonly #limits: AdmissionLimits;
  readonly #halfOpen = new Map<string, Set<T>>();
  readonly #open = new Map<string, Set<T>>();
  #halfOpenCount = 0;
  #openCount = 0;

  constructor(limits: AdmissionLimits) {
    this.#limits = limits;
  }

  get halfOpen(): number {
    return this.#halfOpenCount;
  }

  get open(): number {
    return this.#openCount;
  }

  /** Whether one more of this address could be open; the reason if not. */
  whyNot({ address }: Guest): 'full' | 'address-full' | undefined {
    if (this.#openCount >= this.#limits.connections) return 'full';
    if ((this.#open.get(address)?.size ?? 0) >= this.#limits.perAddress) return 'address-full';
    return undefined;
  }

  /** Takes a newcomer in as half-open; gives back the one that has to go for it. */
  arrive(guest: T): T | undefined {
    const out = this.#halfOpenCount >= this.#limits.halfOpen ? this.#oldestOfBusiest() : undefined;
    if (out !== undefined) this.leave(out);
    put(this.#halfOpen, guest);
    this.#halfOpenCount++;
    return out;
  }

  /** A half-open one has begun; or the reason why it may not, and it stays as it is. */
  begin(guest: T): 'full' | 'address-full' | undefined {
    const why = this.whyNot(guest);
    if (why !== undefined) return why;
    if (take(this.#halfOpen, guest)) this.#halfOpenCount--;
    put(this.#open, guest);
    this.#openCount++;
    return undefined;
  }

  /** Gone, whatever it was; nothing if it was gone before. */
  leave(guest: T): void {
    if (take(this.#halfOpen, guest)) this.#halfOpenCount--;
    else if (take(this.#open, guest)) this.#openCount--;
  }

  #oldestOfBusiest(): T | undefined {
    let busiest = new Set<T>();
    for (const guests of this.#halfOpen.values()) if (guests.size > busiest.size) busiest = guests;
    return busiest.values().next().value;
  }
}

function put<T extends Guest>(byAddress: Map<string, Set<T>>, guest: T): void {
  const guests = byAddress.get(guest.address);
  if (guests === undefined) byAddress.set(guest.address, new Set([guest]));
  else guests.add(guest);
}

/** Whether it was there. */
function take<T extends Guest>(byAddress: Map<string, Set<T>>, guest: T): boolean {
  const guests = byAddress.get(guest.address);
  if (guests?.delete(guest) !== true) return false;
  if (guests.size === 0) byAddress.delete(guest.address);
  return true;
}
