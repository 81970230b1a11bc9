/** The copy: in order, a block on the drive before the next, every way that it can break, and where breaking says nothing. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { copyImage, type DriveFile } from '../../../firmware-template/flash/copy.ts';
import { FlashFailure } from '../../../firmware-template/flash/failure.ts';

interface Call {
  readonly what: 'open' | 'write' | 'datasync' | 'close';
  /** Bytes that the drive has when it is called. */
  readonly at: number;
}

/** A drive that notes what is asked of it; `fail` tells the code of the error that a call ends with. */
class Drive {
  readonly calls: Call[] = [];
  readonly #taken: Uint8Array[] = [];
  readonly #fail: (call: Call) => string | undefined;
  /** Most bytes that a write takes. */
  most = Number.POSITIVE_INFINITY;

  constructor(fail: (call: Call) => string | undefined = () => undefined) {
    this.#fail = fail;
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#taken);
  }

  readonly open = async (): Promise<DriveFile> => {
    this.#called('open');
    return {
      write: async (bytes) => {
        this.#called('write');
        const taken = bytes.slice(0, this.most);
        this.#taken.push(taken);
        return taken.length;
      },
      datasync: async () => this.#called('datasync'),
      close: async () => this.#called('close'),
    };
  };

  #called(what: Call['what']): void {
    const call = { what, at: this.bytes.length };
    this.calls.push(call);
    const code = this.#fail(call);
    if (code !== undefined) throw Object.assign(new Error(`a message of the system: ${code}`), { code });
  }
}

const IMAGE = Uint8Array.from({ length: 10_000 }, (_, index) => index % 251);
const NEVER = new AbortController().signal;

function copy(drive: Drive, more: { stop?: AbortSignal; onProgress?: (written: number) => void } = {}): Promise<void> {
  return copyImage({ open: drive.open, bytes: IMAGE, onProgress: () => undefined, stop: NEVER, ...more });
}

async function failure(copying: Promise<void>): Promise<FlashFailure> {
  const error: unknown = await copying.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(error instanceof FlashFailure)) throw error ?? new Error('it was copied');
  return error;
}

test('blocks of 4 KiB in order, each on the drive before the next', async () => {
  const drive = new Drive();
  const progress: number[] = [];
  await copy(drive, { onProgress: (written) => progress.push(written) });
  expect(drive.bytes.equals(IMAGE)).toBe(true);
  expect(drive.calls.map(({ what }) => what)).toEqual([
    'open',
    ...Array.from({ length: 3 }, () => ['write', 'datasync']).flat(),
    'close',
  ]);
  expect(progress).toEqual([4096, 8192, 10_000]);
});

test('a drive that takes a part of a block is given the rest of it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 5000 }), async (most) => {
      const drive = new Drive();
      drive.most = most;
      await copy(drive);
      expect(drive.bytes.equals(IMAGE)).toBe(true);
    }),
    { numRuns: 20 },
  );
});

const CODES: [string, string][] = [
  ['EROFS', 'not-writable'],
  ['EACCES', 'not-writable'],
  ['EPERM', 'not-writable'],
  ['ENOSPC', 'drive-full'],
  ['EDQUOT', 'drive-full'],
  ['EFBIG', 'drive-full'],
  ['EIO', 'drive-gone'],
  ['ENODEV', 'drive-gone'],
  ['ENXIO', 'drive-gone'],
  ['ENOENT', 'drive-gone'],
  ['ENOTCONN', 'drive-gone'],
  ['EWHATEVER', 'drive-gone'],
];

describe.each(CODES)('%s', (code, cause) => {
  test.each(['open', 'write', 'datasync'] as const)(`is ${cause} when it comes from %s`, async (what) => {
    const drive = new Drive((call) => (call.what === what && (what === 'open' || call.at >= 4096) ? code : undefined));
    const { flashCause, message, fix } = await failure(copy(drive));
    expect(flashCause).toBe(cause);
    // A block counts when it is on the drive.
    const written = { open: 0, write: 4096, datasync: 0 }[what];
    expect(message).toMatch(new RegExp(`: ${code} after ${written} of 10000 bytes$`));
    expect(fix).toMatch(/\.$/);
    expect(drive.calls.filter((call) => call.what === 'close')).toHaveLength(what === 'open' ? 0 : 1);
  });
});

test('a drive that takes nothing more is full', async () => {
  const drive = new Drive();
  drive.most = 0;
  expect((await failure(copy(drive))).flashCause).toBe('drive-full');
});

describe('after the last byte', () => {
  test.each(['datasync', 'close'] as const)(
    'an error of %s is no failure: the board may be going already',
    async (what) => {
      const drive = new Drive((call) => (call.what === what && call.at === IMAGE.length ? 'EIO' : undefined));
      await copy(drive);
      expect(drive.bytes.equals(IMAGE)).toBe(true);
    },
  );
});

test.each(['EINVAL', 'ENOTSUP', 'ENOSYS'])(
  'a file system that cannot sync (%s) is written to all the same',
  async (code) => {
    const drive = new Drive(({ what }) => (what === 'datasync' ? code : undefined));
    await copy(drive);
    expect(drive.bytes.equals(IMAGE)).toBe(true);
  },
);

describe('Ctrl-C', () => {
  test('before it began: nothing is opened', async () => {
    const drive = new Drive();
    const { flashCause, message } = await failure(copy(drive, { stop: AbortSignal.abort() }));
    expect([flashCause, drive.calls]).toEqual(['stopped', []]);
    expect(message).toBe('stopped before anything was copied');
  });

  test('in the middle: after the block, the file is closed, and what it means is said', async () => {
    const drive = new Drive();
    const stop = new AbortController();
    const { flashCause, message, fix } = await failure(
      copy(drive, { stop: stop.signal, onProgress: () => stop.abort() }),
    );
    expect([flashCause, drive.bytes.length, drive.calls.at(-1)?.what]).toEqual(['stopped', 4096, 'close']);
    expect(message).toContain('no complete program');
    expect(fix).toContain('flash again');
  });

  test('at the last block: it was copied', async () => {
    const drive = new Drive();
    const stop = new AbortController();
    const onProgress = (written: number): void => {
      if (written === IMAGE.length) stop.abort();
    };
    await copy(drive, { stop: stop.signal, onProgress });
    expect(drive.bytes.equals(IMAGE)).toBe(true);
  });
});
