/** What was found in a configuration. */
export interface Finding {
  /** wrong: counts are lost, late or shown wrongly; note: whoever knows the server may judge. */
  readonly level: 'wrong' | 'note';
  /** The file, or the server, that it is about. */
  readonly of: string;
  readonly text: string;
}
