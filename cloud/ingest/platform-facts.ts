/** What `mts platforms` says of a platform: each in a sentence or two, without figures that nobody measured or published. */
export interface PlatformFacts {
  readonly name: string;
  /** Where counts are kept, and where people look. */
  readonly store: string;
  readonly sink: string;
  readonly needs: string;
  /** How exact counts and graph are, and what the graph cannot promise. */
  readonly exact: string;
  /** What drives the bill, with the vendor's price page. */
  readonly cost: string;
  readonly limits: readonly string[];
  /** Command lines, without `mts`. */
  readonly start: readonly string[];
}
