/** The three tables: boards, a board's resources, channels. */
import type { BoardDetail, BoardRow, ChannelRow, ResourceRow } from '../answer.ts';
import { ago, button, cell, when } from './dom.ts';

export function boardRow(board: BoardRow, nowMs: number, isChosen: boolean, choose: () => void): HTMLTableRowElement {
  const row = document.createElement('tr');
  row.dataset.chosen = String(isChosen);
  const name = document.createElement('td');
  name.append(button(board.endpoint, choose, 'name'));
  row.append(name, cell(board.type), cell(board.transport.toUpperCase()), cell(board.peer ?? '–'));
  row.append(cell(ago(nowMs - board.heardMs)), cell(board.boot === null ? 'not seen' : when(board.boot)));
  if (board.trouble !== null) row.append(cell(board.trouble, 'bad'));
  else if (board.peer === null) row.append(cell('not connected', 'warn'));
  else row.append(cell('registered', 'good'));
  return row;
}

export interface ResourceDeeds {
  read(path: string): void;
  subscribe(path: string, on: boolean): void;
  write(path: string): void;
}

export function resourceRow(resource: ResourceRow, nowMs: number, deeds: ResourceDeeds): HTMLTableRowElement {
  const { path, name, rt, value, atMs, observable, subscribed } = resource;
  const row = document.createElement('tr');
  const told = atMs === null ? '' : ago(nowMs - atMs);
  row.append(cell(path, 'value'), cell(rt === null ? name : `${name} (${rt})`), cell(value ?? '', 'value'), cell(told));
  const doing = document.createElement('td');
  doing.append(
    button('Read', () => deeds.read(path)),
    button('Write…', () => deeds.write(path)),
  );
  if (observable) {
    const mark = button(subscribed ? 'Unsubscribe' : 'Subscribe', () => deeds.subscribe(path, !subscribed));
    mark.setAttribute('aria-pressed', String(subscribed));
    doing.append(mark);
  }
  row.append(doing);
  return row;
}

export function aboutBoard({ board, nowMs }: BoardDetail): string {
  const { type, transport, peer, registeredMs, expiresMs, boot, trouble } = board;
  const parts = [
    type === '' ? 'no type' : `type ${type}`,
    `${transport.toUpperCase()} ${peer ?? '(not connected)'}`,
    `registered ${when(registeredMs)}`,
    `counts as gone ${expiresMs > nowMs ? `in ${Math.round((expiresMs - nowMs) / 1_000)} s` : 'now'} unless it speaks`,
    `running since ${boot === null ? 'before it was first seen' : when(boot)}`,
    ...(trouble === null ? [] : [trouble]),
  ];
  return parts.join(' · ');
}

export function channelRow(channel: ChannelRow, nowMs: number): HTMLTableRowElement {
  const row = document.createElement('tr');
  const lost = channel.dropped + channel.expired;
  const counts = [channel.waiting, channel.delivered, lost].map((many) => cell(many.toLocaleString(), 'number'));
  row.append(cell(channel.name), cell(channel.kind), cell(channel.url ?? '', 'value'), ...counts);
  const next =
    channel.nextAttemptMs === null
      ? ''
      : `, again in ${Math.max(0, Math.round((channel.nextAttemptMs - nowMs) / 1_000))} s`;
  const error =
    channel.lastError === null ? '' : ` – ${channel.lastError.text} (${ago(nowMs - channel.lastError.atMs)})`;
  row.append(cell(`${channel.doing}${next}${error}`, channel.nextAttemptMs === null ? '' : 'bad'));
  return row;
}
