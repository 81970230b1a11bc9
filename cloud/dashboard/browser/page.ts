/** Starts the page: what the viewer chooses goes to the server, what the server says goes to the parts on the page. */
import type { LiveCounts, SeriesAnswer } from '../answer.ts';
import { BoardPicker } from './board-picker.ts';
import { applyChanges } from './changes.ts';
import { Chart } from './chart.ts';
import { type Choice, formatHash, parseHash } from './choice.ts';
import { byId } from './elements.ts';
import { Headline } from './headline.ts';
import { Legend } from './legend.ts';
import { askEndpoints, askSeries, liveAddress } from './server.ts';
import { Stream } from './stream.ts';
import { NumbersTable } from './table.ts';
import { timesOf } from './times.ts';

/** Least milliseconds between two questions that live changes give rise to. */
const PATIENCE_MS = 500;
/** Milliseconds after which a question that failed is asked again. */
const AGAIN_MS = 3_000;

let choice: Choice = parseHash(location.hash);
let answer: SeriesAnswer | undefined;
let pointed: number | null = null;
let loading = new AbortController();
let nextLoad: number | undefined;
let drawing = false;

const form = byId('choice', HTMLFormElement);
const main = byId('main', HTMLElement);
const times = timesOf(Date.now());
const headline = new Headline(times);
const legend = new Legend(byId('legend', HTMLUListElement), byId('readout', HTMLElement), times);
const table = new NumbersTable(byId('numbers', HTMLDetailsElement), byId('table', HTMLTableElement), times);
const chart = new Chart(byId('chart', HTMLElement), times, (hour) => {
  pointed = hour;
  if (answer !== undefined) legend.show(answer, pointed);
});
const picker = new BoardPicker(
  {
    select: byId('endpoint', HTMLSelectElement),
    match: byId('match', HTMLInputElement),
    matchField: byId('match-field', HTMLElement),
  },
  () => void load(),
);
// Wider than what is in it: the keyboard must be able to scroll it.
byId('scroll', HTMLElement).tabIndex = 0;
const stream = new Stream(liveAddress(), {
  counts: takeChanges,
  stale: () => void load(),
  state: (state) => headline.state(state),
});

form.addEventListener('submit', (event) => event.preventDefault());
form.addEventListener('change', (event) => {
  if (event.target instanceof HTMLInputElement && event.target.type === 'search') return;
  choose({ range: parseHash(`range=${new FormData(form).get('range')}`).range, endpoint: picker.chosen });
});
addEventListener('hashchange', () => choose(parseHash(location.hash)));
choose(choice);

function choose(next: Choice): void {
  choice = next;
  main.ariaBusy = 'true';
  history.replaceState(null, '', `${location.pathname}${location.search}${formatHash(choice)}`);
  for (const radio of form.querySelectorAll<HTMLInputElement>('[name=range]'))
    radio.checked = radio.value === choice.range;
  void load();
}

/** Asks for what is chosen; a later question makes an earlier one void. */
async function load(): Promise<void> {
  loading.abort();
  clearTimeout(nextLoad);
  nextLoad = undefined;
  loading = new AbortController();
  const { signal } = loading;
  try {
    const [series, boards] = await Promise.all([
      askSeries(choice, signal),
      askEndpoints(choice.range, picker.match, signal),
    ]);
    if (signal.aborted) return;
    answer = series;
    main.ariaBusy = 'false';
    picker.offer(boards, choice.endpoint);
    headline.problem(undefined);
    stream.follow(series.cursor);
    draw();
  } catch (error) {
    if (signal.aborted) return;
    headline.problem(
      `The numbers could not be loaded: ${error instanceof Error ? error.message : error}. Trying again.`,
    );
    loadIn(AGAIN_MS);
  }
}

function loadIn(ms: number): void {
  nextLoad ??= setTimeout(() => void load(), ms);
}

function takeChanges(counts: LiveCounts, cursor: number): void {
  if (answer === undefined) return;
  const changed = applyChanges(answer, counts, cursor);
  answer = changed.answer;
  if (changed.askAgain) loadIn(Math.max(PATIENCE_MS, answer.freshInMs));
  draw();
}

/** Once a frame at most, however many changes come. */
function draw(): void {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => {
    drawing = false;
    if (answer === undefined) return;
    headline.show(answer);
    chart.show(answer);
    legend.show(answer, pointed);
    table.show(answer);
  });
}
