/** The Java that DynamoDB Local runs on: which it is, and how to get one. */
import { OutsideError } from '../../../../protocol/errors.ts';
import { run } from './command.ts';

/** Of the class files in its jars. */
const LEAST_VERSION = 8;

export const HOW_TO_GET_JAVA =
  'install a Java runtime: Debian and Ubuntu `apt-get install default-jre-headless`, macOS `brew install openjdk`, others https://adoptium.net';

const FIX = `${HOW_TO_GET_JAVA[0]!.toUpperCase()}${HOW_TO_GET_JAVA.slice(1)}`;

/** First line of `java -version`. OutsideError TOOL if it is missing, does not work, or is too old. */
export async function javaVersion(java: string): Promise<string> {
  const { status, out, err } = await run(java, ['-version']).catch((error: unknown) => {
    throw new OutsideError('TOOL', `DynamoDB Local needs Java, and there is no ${java}`, `${FIX}.`, { cause: error });
  });
  const first = `${err}${out}`.trim().split('\n')[0] ?? '';
  // macOS has a `java` that only says where to get one.
  if (status !== 0) throw new OutsideError('TOOL', `DynamoDB Local needs Java, and ${java} says: ${first}`, `${FIX}.`);
  if (majorOf(first) < LEAST_VERSION) {
    throw new OutsideError('TOOL', `DynamoDB Local needs Java ${LEAST_VERSION}, and this is ${first}`, `${FIX}.`);
  }
  return first;
}

/** 17 of `openjdk version "17.0.15" 2025-04-15`, 8 of `java version "1.8.0_422"`; a text without a version passes. */
function majorOf(line: string): number {
  const [, first, second] = /"(\d+)(?:\.(\d+))?/.exec(line) ?? [];
  if (first === undefined) return Number.POSITIVE_INFINITY;
  return Number(first === '1' ? second : first);
}
