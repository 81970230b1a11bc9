/** How boards are treated, in figures. Those of time are milliseconds. */

export interface BoardSettings {
  /** A fresh connection over TLS on which nothing is said for so long is of a board that is locked up. */
  readonly silenceMs: number;
  /**
   * A board of the example that said nothing for so long, where it speaks every 15 s, has stopped: its next tick would be a
   * hard fault, which a new connection saves it from.
   */
  readonly quietMs: number;
  /** Boards that may be registered at once, and names that are remembered. */
  readonly mostBoards: number;
  readonly mostNames: number;
  /** Requests of users that may wait for one board. Source of the figure: Pelion OpenAPI of 29 April 2020, device-requests. */
  readonly mostWaiting: number;
  /** Largest body that is put together of a board's blocks. */
  readonly mostBodyBytes: number;
  /** How long a board in queue mode listens after it spoke: MAX_TRANSMIT_WAIT (OMA-TS-LightweightM2M-V1_0 §8.3). */
  readonly awakeMs: number;
  /** For an answer that comes by itself after an Empty acknowledgement: a board blinks its whole pattern first. */
  readonly responseMs: number;
  /** For the acknowledgement of what is sent once only, because twice would be done twice. */
  readonly onceMs: number;
  /** How often the last Message IDs of boards go to the disk: a locked-up one is rescued by it after `kill -9`. */
  readonly messageIdMs: number;
}

export const BOARD_SETTINGS: BoardSettings = {
  silenceMs: 20_000,
  quietMs: 22_000,
  mostBoards: 50_000,
  mostNames: 100_000,
  mostWaiting: 20,
  mostBodyBytes: 1024 ** 2,
  awakeMs: 93_000,
  responseMs: 120_000,
  onceMs: 10_000,
  messageIdMs: 1_000,
};
