import { DatabaseSync } from 'node:sqlite';
import { expect, jest, test } from '@jest/globals';
import { GroupCommit } from '../../../../cloud/connector/events/group-commit.ts';

function opened() {
  const db = new DatabaseSync(':memory:');
  db.exec('CREATE TABLE line (n INTEGER) STRICT');
  const hooks = { before: jest.fn(), undone: jest.fn() };
  const insert = db.prepare('INSERT INTO line VALUES (?)');
  const lines = () =>
    db
      .prepare('SELECT n FROM line ORDER BY rowid')
      .all()
      .map(({ n }) => n);
  return { db, hooks, lines, commit: new GroupCommit(db, hooks), add: (n: number) => () => insert.run(n).changes };
}

test('what is asked for in one turn is one transaction, in its order', async () => {
  const { commit, hooks, lines, add } = opened();
  expect(await Promise.all([1, 2, 3].map((n) => commit.run(add(n))))).toEqual([1, 1, 1]);
  expect(hooks.before).toHaveBeenCalledTimes(1);
  await commit.run(add(4));
  expect(hooks.before).toHaveBeenCalledTimes(2);
  expect(lines()).toEqual([1, 2, 3, 4]);
});

test('what is asked for by another change joins its transaction', async () => {
  const { commit, hooks, lines, add } = opened();
  let inner: Promise<unknown> | undefined;
  await commit.run(() => {
    inner = commit.run(add(2));
    add(1)();
  });
  expect(await inner).toBe(1);
  expect(lines()).toEqual([1, 2]);
  expect(hooks.before).toHaveBeenCalledTimes(1);
});

test.each(['in a change', 'before the end'])(
  'a failure %s undoes all of it, and the next group is well',
  async (where) => {
    const { commit, hooks, lines, add, db } = opened();
    const bug = new Error('bug');
    const fail = () => {
      throw bug;
    };
    if (where === 'before the end') hooks.before.mockImplementationOnce(fail);
    const group = [commit.run(add(1)), commit.run(where === 'in a change' ? fail : add(2))];
    expect(await Promise.allSettled(group)).toEqual(group.map(() => ({ status: 'rejected', reason: bug })));
    expect(hooks.undone).toHaveBeenCalledTimes(1);
    expect(db.isTransaction).toBe(false);
    await commit.run(add(3));
    expect(lines()).toEqual([3]);
  },
);

test('a full disk is a StoreError', async () => {
  const { commit, db } = opened();
  db.exec('PRAGMA max_page_count = 3');
  const long = db.prepare(
    'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 100000) INSERT INTO line SELECT i FROM n',
  );
  await expect(commit.run(() => long.run())).rejects.toMatchObject({ code: 'STORE_DOWN' });
});

test('after close nothing is taken, and what was waiting is done', async () => {
  const { commit, lines, add } = opened();
  const before = commit.run(add(1));
  commit.close();
  expect(lines()).toEqual([1]);
  await before;
  await expect(commit.run(add(2))).rejects.toMatchObject({ code: 'STORE_DOWN' });
});
