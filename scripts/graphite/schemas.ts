/** `mts graphite schemas`: the lines that carbon needs, and what is wrong with a configuration or a server that should have them. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { InferredOptionTypes } from 'yargs';
import { judgeCarbonConf } from '../../cloud/platforms/graphite/conf/carbon-conf.ts';
import type { Finding } from '../../cloud/platforms/graphite/conf/finding.ts';
import { parseIni, type Section } from '../../cloud/platforms/graphite/conf/ini.ts';
import { judgeServer } from '../../cloud/platforms/graphite/conf/server.ts';
import { judgeStorage } from '../../cloud/platforms/graphite/conf/storage.ts';
import { aggregationLines, schemaLines } from '../../cloud/platforms/graphite/conf/wanted.ts';
import { FormatError, OutsideError, UsageError } from '../../cloud/protocol/errors.ts';
import type { Verb } from '../cli.ts';
import { printable } from '../printable.ts';
import { renderOf } from './sink.ts';
import { graphiteWebFrom, graphiteWebOptions, prefixFrom } from './words.ts';

const options = {
  'carbon-conf-dir': { type: 'string', describe: "Check the configuration in this folder: Debian's is /etc/carbon" },
  ...graphiteWebOptions,
  json: { type: 'boolean', default: false, describe: 'One JSON document' },
} as const;

type Args = InferredOptionTypes<typeof options>;

export const schemasAction: Verb<Args> = (io, end) => ({
  examples: [
    ['graphite schemas', 'The lines for storage-schemas.conf and storage-aggregation.conf'],
    ['graphite schemas --carbon-conf-dir /etc/carbon', 'What is wrong with the configuration of this machine'],
    ['graphite schemas --graphite-url http://127.0.0.1:8080', 'Whether what a server has is kept by the hour'],
  ],
  builder: (yargs) => yargs.options(options),
  handler: async (args) => {
    const prefix = prefixFrom(args);
    if (args.graphiteLoginFile !== undefined && args.graphiteUrl === undefined) {
      throw new UsageError('--graphite-login-file is for a server', 'Give --graphite-url too, or leave it out.');
    }
    const findings: Finding[] = [];
    if (args.carbonConfDir !== undefined) findings.push(...(await judgeFolder(args.carbonConfDir, prefix)));
    if (args.graphiteUrl !== undefined) {
      const plan = await graphiteWebFrom(args);
      findings.push(...(await judgeServer(renderOf(plan), plan.url, prefix, io.now())));
    }
    const [schemas, aggregation] = [schemaLines(prefix), aggregationLines(prefix)];
    const ok = findings.every(({ level }) => level !== 'wrong');
    const checked = args.carbonConfDir !== undefined || args.graphiteUrl !== undefined;
    if (!ok) end(1);
    if (args.json) {
      await io.out(`${JSON.stringify({ prefix, schemas, aggregation, ...(checked ? { ok, findings } : {}) })}\n`);
    } else {
      const lines = `storage-schemas.conf, at the top:\n\n${schemas}\nstorage-aggregation.conf, at the top:\n\n${aggregation}`;
      await io.out(checked ? findingsText(findings, ok ? '' : `\n${lines}`) : lines);
    }
  },
});

async function judgeFolder(folder: string, prefix: string): Promise<Finding[]> {
  const findings: Finding[] = [];
  const read = async (name: string): Promise<Section[] | undefined> => {
    const text = await readFile(join(folder, name), 'utf8').catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === 'ENOENT' && name !== 'storage-schemas.conf') return undefined;
      throw new OutsideError(
        'FILE',
        `${name} in the --carbon-conf-dir cannot be read: ${cause.code}`,
        'Give the folder with carbon.conf.',
        {
          cause,
        },
      );
    });
    if (text === undefined) return undefined;
    try {
      return parseIni(text);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      findings.push({ level: 'wrong', of: name, text: error.message });
      return undefined;
    }
  };
  const [schemas, aggregation, carbon] = [
    await read('storage-schemas.conf'),
    await read('storage-aggregation.conf'),
    await read('carbon.conf'),
  ];
  if (schemas !== undefined) findings.push(...judgeStorage(schemas, aggregation, prefix));
  if (carbon !== undefined) findings.push(...judgeCarbonConf(carbon));
  return findings;
}

function findingsText(findings: readonly Finding[], after: string): string {
  if (findings.length === 0) return 'Presses are kept by the hour.\n';
  const lines = findings.map(({ level, of, text }) => `${level}  ${printable(`${of}: ${text}`)}\n`);
  return `${lines.join('')}${after}`;
}
