/** What peers say that is not taken, by kind, for a log: nobody else is told of it. */

export type Refused =
  /** A registration or update that cannot be read, or one more than there is room for. */
  | 'registration'
  /** The name is somebody else's. */
  | 'forbidden'
  /** A request with an option that must be known and is not, or a body that does not come together. */
  | 'request'
  /** Its token is nobody's, or another board's, or its board is not registered. */
  | 'notification'
  /** A value of which no more than a part could be had. */
  | 'value'
  /** A connection on which nothing is said, and which nothing is gained by keeping. */
  | 'silence';

/** `peer` is for people; a stranger can cause as many as he likes, so a log must limit its own rate. */
export type OnRefused = (what: Refused, peer: string, detail: string) => void;
