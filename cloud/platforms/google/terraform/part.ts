/** One part of a configuration in Terraform's JSON syntax: https://developer.hashicorp.com/terraform/language/syntax/json */

type Named = Readonly<Record<string, Readonly<Record<string, object>>>>;

export interface Part {
  readonly resource?: Named;
  readonly data?: Named;
  readonly ephemeral?: Named;
  readonly variable?: Readonly<Record<string, object>>;
  readonly output?: Readonly<Record<string, object>>;
}

/** What another part of the configuration, or a variable, is when it is applied. */
export function ref(expression: string): string {
  return `\${${expression}}`;
}

const BLOCKS = ['resource', 'data', 'ephemeral'] as const;

/** All of them in one; Error if two declare the same thing. */
export function merged(parts: readonly Part[]): Part {
  const blocks = BLOCKS.map((block) => [block, together(parts.map((part) => part[block] ?? {}))] as const);
  const flat = (['variable', 'output'] as const).map(
    (block) => [block, once(parts.map((part) => part[block] ?? {}))] as const,
  );
  return Object.fromEntries([...blocks, ...flat]);
}

function together(all: readonly Named[]): Named {
  const types = new Set(all.flatMap((named) => Object.keys(named)));
  return Object.fromEntries([...types].map((type) => [type, once(all.map((named) => named[type] ?? {}))]));
}

function once(all: readonly Readonly<Record<string, object>>[]): Readonly<Record<string, object>> {
  const entries = all.flatMap((named) => Object.entries(named));
  const names = entries.map(([name]) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new Error(`${twice} is declared twice`);
  return Object.fromEntries(entries);
}
