/** Text of a stranger for a terminal: what would move the cursor, ring the bell or turn the line round becomes a dot. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\u2028\u2029]/gu, '·');
}
