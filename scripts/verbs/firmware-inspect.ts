/** `mts firmware inspect`: what is in an image, and whether it may be flashed. Nothing of a board is touched. */
import type { ArgumentsCamelCase, InferredOptionTypes } from 'yargs';
import { UsageError } from '../../cloud/protocol/errors.ts';
import type { ExpectedFirmware } from '../../firmware-template/image/inspect.ts';
import type { Verb } from '../cli.ts';

const options = {
  firmware: {
    type: 'string',
    describe: 'The folder that `mts firmware generate` wrote: the image must hold its server, name and credentials',
  },
  server: { type: 'string', describe: 'The image must hold this server, HOST or HOST:PORT (5684 if it is left out)' },
  endpoint: { type: 'string', describe: "The image must hold this board's name" },
  domain: { type: 'string', describe: 'And this domain' },
  json: { type: 'boolean', default: false, describe: 'Print one JSON document' },
} as const;

type Args = InferredOptionTypes<typeof options> & { readonly file: string };

export const inspectVerb: Verb<Args> = (io, end) => ({
  examples: [
    ['firmware inspect mbed-os-example-client.bin', 'What is in it, and whether it would run'],
    ['firmware inspect mbed-os-example-client.bin --firmware firmware', 'Also, whether it is what was generated'],
    ['firmware inspect image.hex --server 192.168.1.10 --endpoint board-1 --json', 'The same for a program'],
  ],
  builder: (yargs) =>
    yargs
      .positional('file', { type: 'string', demandOption: true, describe: 'The image, .bin or .hex' })
      .options(options)
      .epilogue('Exit: 0 if it may be flashed, 1 if not, 3 if it cannot be read.'),
  handler: async (args) => {
    const [{ readImageFile }, { inspectImage }, { imageJson, imageText }] = await Promise.all([
      import('../firmware/image-file.ts'),
      import('../../firmware-template/image/inspect.ts'),
      import('../firmware/image-text.ts'),
    ]);
    const expected = await expectedOf(args);
    const report = inspectImage(await readImageFile(args.file), expected, args.file);
    await io.out(args.json ? `${JSON.stringify(imageJson(args.file, report))}\n` : imageText(args.file, report));
    if (report.verdict !== 'flash') end(1);
  },
});

async function expectedOf(args: ArgumentsCamelCase<Args>): Promise<Partial<ExpectedFirmware>> {
  const { firmware, server, endpoint, domain } = args;
  if (firmware === undefined) {
    const names = await import('../../firmware-template/names.ts');
    return {
      ...(server === undefined ? {} : { serverUri: await uriOf(server) }),
      ...(endpoint === undefined ? {} : { endpoint: names.endpointName(endpoint) }),
      ...(domain === undefined ? {} : { domain: names.domainName(domain) }),
    };
  }
  const alone = Object.entries({ server, endpoint, domain }).find(([, value]) => value !== undefined);
  if (alone !== undefined) {
    throw new UsageError(`--firmware and --${alone[0]} are both given`, 'Give one: the folder has its own.');
  }
  const { readFirmwareFolder } = await import('../../firmware-template/generate/read.ts');
  const { serverUri, credentials } = await readFirmwareFolder(firmware);
  const { key, ...shown } = credentials;
  return { serverUri, ...shown };
}

async function uriOf(server: string): Promise<string> {
  const { readServerAddress, serverUri } = await import('../../firmware-template/generate/server-address.ts');
  return serverUri(readServerAddress(server, 'tls'));
}
