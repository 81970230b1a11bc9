/** All that the template speaks of is in it: parameters, variables, resources, and what comes before what. */
import { describe, expect, test } from '@jest/globals';
import { idOf } from './evaluate.ts';
import { type Expression, parse, within } from './expression.ts';
import { byId, evaluate, ids, made, resources, texts } from './made.ts';

describe('what it speaks of', () => {
  test('every expression can be read, and names parameters and variables that are there, and is used', () => {
    const used = new Set<string>();
    for (const [at, text] of texts(made)) {
      if (at.startsWith('/parameters/') && at.includes('/metadata/')) continue;
      expect(() => evaluate(text)).not.toThrow();
      const expression = parse(text);
      for (const part of expression === undefined ? [] : within(expression)) {
        if (typeof part === 'object' && /^(parameters|variables)$/.test(part.call))
          used.add(`${part.call} ${part.args[0]}`);
      }
    }
    const all = [
      ...Object.keys(made.parameters).map((name) => `parameters ${name}`),
      ...Object.keys(made.variables).map((name) => `variables ${name}`),
    ];
    expect([...used].sort()).toEqual(all.sort());
  });

  test('every id is that of a resource in it, or of one of Azure', () => {
    const wrong: string[] = [];
    for (const [at, text] of texts(made)) {
      const expression = at.includes('/metadata/') ? undefined : parse(text);
      for (const part of expression === undefined ? [] : within(expression)) {
        if (typeof part === 'object' && part.call === 'resourceId' && !ids.includes(String(resolved(part)))) {
          wrong.push(`${at}: ${text}`);
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  test.each(byId)('%s comes after what it needs', (own, resource) => {
    const after = (resource.dependsOn ?? []).map((text) => String(evaluate(text)));
    expect(after.filter((one) => !ids.includes(one))).toEqual([]);
    expect(after).not.toContain(own);
    // Whatever it refers to, at the latest through what it waits for.
    const reached = new Set(after);
    for (const one of reached) for (const next of dependenciesOf(one)) reached.add(next);
    expect(reached.has(own)).toBe(false);
    for (const [at, text] of texts(resource)) {
      const expression = at.startsWith('/dependsOn') ? undefined : parse(text);
      for (const part of expression === undefined ? [] : within(expression)) {
        // What is asked of with reference() is named by its id, so this is true of both.
        if (typeof part !== 'object' || part.call !== 'resourceId' || resolved(part) === own) continue;
        expect([...reached]).toContain(String(resolved(part)));
      }
    }
    // A part comes after the whole.
    const [provider, ...types] = resource.type.split('/');
    const names = String(evaluate(resource.name)).split('/');
    for (let depth = 1; depth < types.length; depth += 1) {
      expect([...reached]).toContain(idOf([provider, ...types.slice(0, depth)].join('/'), names.slice(0, depth)));
    }
  });
});

function resolved(expression: Expression): unknown {
  return evaluate(`[${textOf(expression)}]`);
}

function textOf(expression: Expression): string {
  if (typeof expression === 'string') return `'${expression.replaceAll("'", "''")}'`;
  if (typeof expression === 'number') return String(expression);
  const path = expression.path.map((key) => `.${key}`).join('');
  return `${expression.call}(${expression.args.map(textOf).join(', ')})${path}`;
}

function dependenciesOf(one: string): string[] {
  const resource = resources[ids.indexOf(one)];
  return (resource?.dependsOn ?? []).map((text) => String(evaluate(text)));
}
