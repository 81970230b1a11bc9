/** The connector's page: what is looked at is asked for once a second, for as long as somebody looks. */
import type { Asked } from '../answer.ts';
import { byId, setRows } from './dom.ts';
import { detail, keep, key, overview, request, ServerError, subscribe } from './server.ts';
import { aboutBoard, boardRow, channelRow, resourceRow } from './tables.ts';

const EACH_MS = 1_000;
const AT_ONCE = 50;

const [status, enter, main, refused] = [
  byId('status', HTMLElement),
  byId('enter', HTMLFormElement),
  byId('main', HTMLElement),
  byId('refused', HTMLElement),
];
const [keyField, match, answer] = [
  byId('key', HTMLInputElement),
  byId('match', HTMLInputElement),
  byId('answer', HTMLElement),
];
const [writePath, writeValue] = [byId('write-path', HTMLInputElement), byId('write-value', HTMLInputElement)];
let from = 0;
let chosen: string | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;

enter.addEventListener('submit', (event) => {
  event.preventDefault();
  keep(keyField.value.trim());
  keyField.value = '';
  void look();
});
byId('leave', HTMLButtonElement).addEventListener('click', () => leave());
match.addEventListener('input', () => {
  from = 0;
  void look();
});
byId('back', HTMLButtonElement).addEventListener('click', () => turn(-AT_ONCE));
byId('on', HTMLButtonElement).addEventListener('click', () => turn(AT_ONCE));
byId('shut', HTMLButtonElement).addEventListener('click', () => choose(undefined));
byId('write', HTMLFormElement).addEventListener('submit', (event) => {
  event.preventDefault();
  void ask('PUT', writePath.value, writeValue.value);
});
byId('execute', HTMLButtonElement).addEventListener('click', () => void ask('POST', writePath.value, writeValue.value));
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) void look();
});
void look();

async function look(): Promise<void> {
  clearTimeout(timer);
  if (key() === null) return show(false);
  try {
    await Promise.all([drawOverview(), drawBoard()]);
    show(true);
    setStatus('live', 'Live');
  } catch (error) {
    if (!(error instanceof ServerError)) throw error;
    if (error.status === 401) return leave(error.message);
    setStatus('lost', error.message);
  }
  if (!document.hidden) timer = setTimeout(() => void look(), EACH_MS);
}

async function drawOverview(): Promise<void> {
  const seen = await overview(match.value, from);
  from = seen.from;
  const { boards, channels, nowMs, matching, registered } = seen;
  setRows(
    byId('boards', HTMLElement),
    boards.map((board) => boardRow(board, nowMs, board.endpoint === chosen, () => choose(board.endpoint))),
  );
  setRows(
    byId('channels', HTMLElement),
    channels.map((channel) => channelRow(channel, nowMs)),
  );
  byId('count', HTMLElement).textContent = registered.toLocaleString();
  byId('no-boards', HTMLElement).hidden = registered > 0;
  byId('no-channels', HTMLElement).hidden = channels.length > 0;
  byId('place', HTMLElement).textContent =
    matching === 0 ? '' : `${from + 1} to ${from + boards.length} of ${matching.toLocaleString()}`;
  byId('back', HTMLButtonElement).disabled = from === 0;
  byId('on', HTMLButtonElement).disabled = from + boards.length >= matching;
}

async function drawBoard(): Promise<void> {
  if (chosen === undefined) return;
  try {
    const seen = await detail(chosen);
    byId('board-about', HTMLElement).textContent = aboutBoard(seen);
    const rows = seen.resources.map((resource) =>
      resourceRow(resource, seen.nowMs, {
        read: (path) => void ask('GET', path),
        subscribe: (path, on) => void mark(path, on),
        write: (path) => {
          writePath.value = path;
          writeValue.focus();
        },
      }),
    );
    setRows(byId('resources', HTMLElement), rows);
  } catch (error) {
    if (!(error instanceof ServerError) || error.status !== 404) throw error;
    byId('board-about', HTMLElement).textContent = 'It is not registered any more.';
  }
}

function choose(endpoint: string | undefined): void {
  chosen = endpoint;
  byId('board', HTMLElement).hidden = endpoint === undefined;
  byId('board-title', HTMLElement).textContent = endpoint ?? '';
  byId('resources', HTMLElement).replaceChildren();
  answer.textContent = '';
  void look();
}

function turn(by: number): void {
  from = Math.max(0, from + by);
  void look();
}

async function ask(method: string, path: string, text?: string): Promise<void> {
  if (chosen === undefined) return;
  say(`${method} ${path} …`);
  await told(async (endpoint) => answerText(method, path, await request(endpoint, method, path, text)));
}

async function mark(path: string, on: boolean): Promise<void> {
  await told(async (endpoint) => {
    const { subscribed } = await subscribe(endpoint, path, on);
    return subscribed ? `This key is told of ${path}.` : `This key is not told of ${path}.`;
  });
}

async function told(work: (endpoint: string) => Promise<string>): Promise<void> {
  if (chosen === undefined) return;
  try {
    say(await work(chosen));
  } catch (error) {
    if (!(error instanceof ServerError)) throw error;
    say(error.message, true);
  }
  void look();
}

function answerText(method: string, path: string, { status: code, error, value, tookMs }: Asked): string {
  const what = value === null ? '' : `: ${value}`;
  return `${method} ${path} – ${code}${error === null ? '' : ` ${error}`}${what} (${tookMs} ms)`;
}

function say(text: string, isBad = false): void {
  answer.textContent = text;
  answer.classList.toggle('bad', isBad);
}

function show(isIn: boolean): void {
  [enter.hidden, main.hidden] = [isIn, !isIn];
  byId('leave', HTMLButtonElement).hidden = !isIn;
  if (!isIn) setStatus('out', 'Not signed in');
}

function leave(why?: string): void {
  keep(null);
  clearTimeout(timer);
  refused.hidden = why === undefined;
  refused.textContent = why ?? '';
  show(false);
  keyField.focus();
}

function setStatus(state: 'live' | 'lost' | 'out', text: string): void {
  status.dataset.state = state;
  if (status.textContent !== text) status.textContent = text;
}
