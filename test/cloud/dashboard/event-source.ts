/** Reads server-sent events off a real connection. */

export interface SentEvent {
  readonly name: string;
  readonly id: string;
  readonly data: unknown;
}

export interface EventReader {
  readonly status: number;
  readonly headers: Headers;
  /** The next event; undefined when the server ended the stream. Comments are counted and left out. */
  next(): Promise<SentEvent | undefined>;
  comments(): number;
  /** Goes away as a closed window does. */
  leave(): void;
}

export async function openEvents(address: string, headers: Record<string, string> = {}): Promise<EventReader> {
  const away = new AbortController();
  const response = await fetch(address, { headers, signal: away.signal });
  const blocks = blocksOf(response.body!);
  let comments = 0;
  return {
    status: response.status,
    headers: response.headers,
    comments: () => comments,
    leave: () => away.abort(),
    async next() {
      for (;;) {
        const { value, done } = await blocks.next();
        if (done) return undefined;
        if (value.startsWith(':')) comments++;
        const fields = Object.fromEntries(value.split('\n').map((line) => line.split(/: (.*)/)));
        if (fields.data !== undefined)
          return { name: fields.event ?? 'message', id: fields.id, data: JSON.parse(fields.data) };
      }
    },
  };
}

async function* blocksOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string, undefined> {
  let text = '';
  for await (const piece of body.pipeThrough(new TextDecoderStream())) {
    text += piece;
    const blocks = text.split('\n\n');
    text = blocks.pop()!;
    yield* blocks;
  }
}
