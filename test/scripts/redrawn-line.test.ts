/** Progress that is redrawn, and lines that come in between. */
import { expect, test } from '@jest/globals';
import { progressOn } from '../../scripts/progress.ts';
import { aroundRedrawnLine } from '../../scripts/redrawn-line.ts';

const AT = { pressed: 0, queued: 0, dropped: 0, batches: 0, requests: 0 };

test('what is written in between takes the place of the redrawn line, which is never a part of it', () => {
  let written = '';
  const err = aroundRedrawnLine((text) => {
    written += text;
  });
  const progress = progressOn({ err, errIsTerminal: true });
  err('first\n');
  progress.show({ ...AT, elapsedMs: 1_000 });
  err('a press\n');
  err('another\n');
  progress.show({ ...AT, elapsedMs: 2_000 });
  progress.show({ ...AT, elapsedMs: 3_000 });
  progress.end();
  err('last\n');
  expect(seen(written)).toEqual(['first', 'a press', 'another', 'last', '']);
});

test('a line that was not ended goes on', () => {
  const texts: string[] = [];
  const err = aroundRedrawnLine((text) => texts.push(text));
  err('Sure? ');
  err('yes\n');
  expect(texts).toEqual(['Sure? ', 'yes\n']);
});

/** The lines on the screen: what was cleared is gone. */
function seen(written: string): string[] {
  return written.split('\n').map((line) => line.slice(line.lastIndexOf('\r\u001b[K') + 1).replace('\u001b[K', ''));
}
