/** A queue's file in a folder of its own, for as long as a test takes; and events to put into it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConnectorEvent, NewEvent } from '../../../../cloud/connector/events/event.ts';
import { type Events, type EventsOptions, openEvents } from '../../../../cloud/connector/events/open.ts';
import { VirtualTime } from './virtual-time.ts';

export interface QueueFile extends AsyncDisposable {
  readonly path: string;
  readonly world: VirtualTime;
  events: Events;
  /** Closed, and opened again. */
  reopen(): Events;
}

export async function queueFile(options: Partial<EventsOptions> = {}): Promise<QueueFile> {
  const folder = await mkdtemp(join(tmpdir(), 'queue-'));
  const path = join(folder, 'connector.sqlite');
  const world = new VirtualTime();
  const open = (): Events => openEvents({ path, world, ...options });
  const file: QueueFile = {
    path,
    world,
    events: open(),
    reopen() {
      file.events.close();
      file.events = open();
      return file.events;
    },
    async [Symbol.asyncDispose]() {
      file.events.close();
      await rm(folder, { recursive: true });
    },
  };
  return file;
}

export const ALL = { mostItems: 10_000, mostBytes: 4 * 1024 ** 2 };

/** A press counter's value. */
export function press(ep: string, value: number, boot?: number): NewEvent {
  const content = { ep, path: '/3200/0/5501', ct: 'text/plain', payload: btoa(String(value)), maxAge: 0 };
  return { kind: 'notification', data: boot === undefined ? content : { ...content, boot } };
}

export function registration(ep: string): NewEvent {
  return { kind: 'registration', data: { ep, resources: [{ path: '/3200/0/5501', obs: true }] } };
}

/** `a 7` for a value, the kind and name for anything else. */
export function said(events: readonly ConnectorEvent[] | undefined): string[] {
  return (events ?? []).map((event) => {
    if (event.kind === 'notification') return `${event.data.ep} ${atob(event.data.payload ?? '')}`;
    return `${event.kind} ${'ep' in event.data ? event.data.ep : event.data.id}`;
  });
}

export function uidsOf(events: readonly ConnectorEvent[]): string[] {
  return events.map(({ data }) => ('uid' in data ? (data.uid ?? '') : ''));
}

/** A signal that is never aborted. */
export const FOR_EVER = new AbortController().signal;
