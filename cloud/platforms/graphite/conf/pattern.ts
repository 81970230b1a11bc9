/** `pattern` of a section, which is Python's: whether it is found in metrics. Pure. */

/** What Python has and JavaScript has not, or means otherwise. */
const PYTHON_ONLY = /\(\?P|\(\?#|\(\?\(|\(\?[aiLmsux-]+[):]|\\[AZ]|[*+?}]\+|\\N\{/;

/** Undefined where only Python can say: what this program does not understand it does not judge. */
export function finds(pattern: string, metrics: readonly string[]): 'all' | 'some' | 'none' | undefined {
  if (PYTHON_ONLY.test(pattern)) return undefined;
  try {
    const expression = new RegExp(pattern);
    const found = metrics.filter((metric) => expression.test(metric)).length;
    if (found === 0) return 'none';
    return found === metrics.length ? 'all' : 'some';
  } catch {
    return undefined;
  }
}
