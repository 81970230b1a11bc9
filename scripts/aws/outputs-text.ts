/** What a deployed stack tells about itself, for people. */

/** A line each. */
export function outputsText(outputs: Readonly<Record<string, string>>): string {
  const width = Math.max(...Object.keys(outputs).map((name) => name.length), 0);
  return Object.entries(outputs)
    .map(([name, value]) => `${name.padEnd(width)}  ${value}\n`)
    .join('');
}
