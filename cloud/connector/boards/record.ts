/** What is kept of a board on disk, as JSON in the connector's own file: it must be known after `kill -9`. */
import { Board, type Boot, type Registered, type Watched } from './board.ts';
import type { Likely } from './boot.ts';

/** The kinds under which ChannelRecords keeps them: a board's name is the key. */
export const BOARD_KIND = 'board';
export const MESSAGE_ID_KIND = 'board-message-id';

interface BoardText {
  readonly registered: Registered | null;
  readonly lastMessageId: number | null;
  readonly boots: readonly {
    readonly at: number | null;
    readonly likely: Likely | null;
    readonly tokens: Readonly<Record<string, readonly string[]>>;
  }[];
}

export function writeBoard({ registered, lastMessageId, boots }: Board): string {
  return JSON.stringify({
    registered: registered ?? null,
    lastMessageId: lastMessageId ?? null,
    boots: boots.map(({ at, likely, watched }) => ({
      at: at ?? null,
      likely: likely ?? null,
      tokens: Object.fromEntries([...watched].map(([path, { tokens }]) => [path, tokens])),
    })),
  } satisfies BoardText);
}

/** What `writeBoard` wrote. A boot that was not certain is what it likely was. */
export function readBoard(endpoint: string, text: string, lastMessageId: string | undefined): Board {
  const { registered, lastMessageId: atRegistration, boots }: BoardText = JSON.parse(text);
  const board = new Board(endpoint);
  board.registered = registered ?? undefined;
  board.lastMessageId = lastMessageId === undefined ? (atRegistration ?? undefined) : Number(lastMessageId);
  for (const { at, likely, tokens } of boots) {
    board.boots.push(bootOf(at, tokens));
    if (likely === 'same') board.merge();
  }
  return board;
}

function bootOf(at: number | null, tokens: Readonly<Record<string, readonly string[]>>): Boot {
  const watched = new Map<string, Watched>();
  for (const [path, known] of Object.entries(tokens)) {
    watched.set(path, { tokens: [...known], last: undefined, isConfirmed: true });
  }
  return { at: at ?? undefined, likely: undefined, watched };
}
