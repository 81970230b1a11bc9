/** `mts doctor`: what is on this machine of all that the verbs need, and how to get the rest. */
import type { InferredOptionTypes } from 'yargs';
import type { Verb } from '../cli.ts';

const options = {
  json: { type: 'boolean', default: false, describe: 'One JSON document' },
} as const;

type Args = InferredOptionTypes<typeof options>;

export const doctorVerb: Verb<Args> = (io, end) => ({
  examples: [['doctor', 'What is here, what is missing, and how to get it']],
  builder: (yargs) => yargs.options(options),
  handler: async ({ json }) => {
    const { examineMachine } = await import('../machine.ts');
    const checks = await examineMachine();
    const healthy = checks.every(({ ok, optional }) => ok || optional);
    if (json) await io.out(`${JSON.stringify({ ok: healthy, checks })}\n`);
    else {
      for (const { name, ok, optional, found, needed, fix } of checks) {
        const mark = ok ? 'ok     ' : optional ? 'absent ' : 'MISSING';
        await io.out(`${mark}  ${name.padEnd(20)} ${found}\n`);
        if (!ok) await io.out(`         needed for ${needed}: ${fix}\n`);
      }
      const absent = checks.some(({ ok }) => !ok);
      const good = absent
        ? 'The rest can run; what is absent is needed for what it says alone.\n'
        : 'Every verb can run.\n';
      await io.out(healthy ? good : 'Something that is needed is missing.\n');
    }
    if (!healthy) end(1);
  },
});
