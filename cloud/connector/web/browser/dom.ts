/** The page's elements by id. Text from outside is only ever set as text. */

/** The element `id` of page.html, which must be of the class given: otherwise the two files do not fit together. */
export function byId<T extends HTMLElement>(id: string, type: new () => T): T {
  const element = document.getElementById(id);
  if (element instanceof type) return element;
  throw new TypeError(`page.html has no ${type.name} #${id}`);
}

/** A cell with text. */
export function cell(text: string, className = ''): HTMLTableCellElement {
  const element = document.createElement('td');
  element.textContent = text;
  if (className !== '') element.className = className;
  return element;
}

export function button(text: string, onClick: () => void, className = 'plain'): HTMLButtonElement {
  const element = document.createElement('button');
  element.type = 'button';
  element.textContent = text;
  element.className = className;
  element.addEventListener('click', onClick);
  return element;
}

/** Rows in place of those that are there, unless someone is at one of their buttons and nothing differs. */
export function setRows(body: HTMLElement, rows: readonly HTMLTableRowElement[]): void {
  const [before, after] = [body.innerText, rows.map((row) => row.innerText).join('')];
  const focus = body.contains(document.activeElement) ? indexOf(body, document.activeElement) : undefined;
  if (before === after && rows.length === 0) return;
  body.replaceChildren(...rows);
  if (focus !== undefined) body.querySelectorAll('button')[focus]?.focus();
}

function indexOf(body: HTMLElement, element: Element | null): number | undefined {
  const index = [...body.querySelectorAll('button')].indexOf(element as HTMLButtonElement);
  return index < 0 ? undefined : index;
}

/** `5 s ago`, `3 min ago`. */
export function ago(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 100) return `${seconds} s ago`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 100) return `${minutes} min ago`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} h ago` : `${Math.round(hours / 24)} d ago`;
}

export function when(ms: number | null): string {
  return ms === null ? 'not known' : new Date(ms).toLocaleString();
}
