/** What `mts firmware flash` is done with on this machine: its drives, its serial ports, and where its words go. */
import type { Io } from '../cli.ts';
import { flashProgress } from './flash-progress.ts';
import type { FlashMeans } from './flash-run.ts';
import { flashWorld } from './flash-world.ts';

/** `finish` leaves the terminal clean. With `json` all text for people goes to stderr. */
export async function flashMeans(json: boolean, io: Io): Promise<{ means: FlashMeans; finish: () => void }> {
  const { driveSystem } = await import('./system.ts');
  const progress = flashProgress(io);
  const means: FlashMeans = {
    world: flashWorld(driveSystem(), io, progress.show),
    sendBreak: async (port) => (await import('./serial-port.ts')).sendBreak(port),
    say: async (line) => (json ? io.err(`${line}\n`) : await io.out(`${line}\n`)),
    warn: (line) => io.err(`mts: ${line}\n`),
  };
  return { means, finish: progress.end };
}
