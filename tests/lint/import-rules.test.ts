import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const tree = mkdtempSync(join(tmpdir(), 'parley-lint-'));
// The rules in question need no types, and types would need the packages.
const { options: _, ...config } = JSON.parse(readFileSync(join(root, '.oxlintrc.json'), 'utf8')) as { options: object };
writeFileSync(join(tree, '.oxlintrc.json'), JSON.stringify(config));
afterAll(() => rmSync(tree, { recursive: true }));

/** What the linter says of a file at this place that imports this. */
function complaintsAbout(file: string, statement: string): string {
  const path = join(tree, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${statement}\nexport const used = thing;\n`);
  try {
    return execFileSync(join(root, 'node_modules/.bin/oxlint'), ['--format=unix', path], {
      cwd: tree,
      encoding: 'utf8',
    });
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}

/** Each row of the table of import rules in AGENTS.md: where, what it must not import, and what it may. */
const rules = [
  ['lib/protocol/x.ts', '#lib/store/store.ts', 'zod'],
  ['lib/protocol/x.ts', 'node:fs', './turn.ts'],
  ['lib/protocol/x.ts', 'ai', './reply.ts'],
  ['lib/store/x.ts', '@temporalio/client', 'kysely'],
  ['lib/store/x.ts', '#worker/outbox.ts', '#lib/protocol/turn.ts'],
  ['lib/store/x.ts', '../temporal/names.ts', '#lib/env.ts'],
  ['lib/temporal/x.ts', '#lib/store/store.ts', '@temporalio/client'],
  ['lib/temporal/x.ts', '@temporalio/workflow', '@temporalio/envconfig'],
  ['app/_components/x.tsx', '#lib/store/store.ts', '#lib/protocol/turn.ts'],
  ['app/_client/x.ts', '#lib/env.ts', 'socket.io-client'],
  ['app/_client/x.ts', 'node:fs', 'react'],
  ['app/_components/x.tsx', '#app/_server/respond.ts', '#app/_client/api.ts'],
  ['app/settings/page.tsx', '#worker/outbox.ts', '#lib/protocol/turn.ts'],
  ['app/c/x/page.tsx', '#worker/outbox.ts', '#lib/protocol/ids.ts'],
  ['app/api/route.ts', '#worker/outbox.ts', '#lib/store/store.ts'],
  ['app/_server/x.ts', '@temporalio/worker', '#lib/temporal/client.ts'],
  ['worker/workflows/x.ts', 'node:fs', '@temporalio/workflow'],
  ['worker/workflows/x.ts', 'fs', '@temporalio/common'],
  ['worker/workflows/x.ts', '#lib/env.ts', '#lib/temporal/names.ts'],
  ['worker/workflows/x.ts', '#lib/temporal/client.ts', '#lib/protocol/turn.ts'],
  ['worker/workflows/x.ts', '../stream/feed.ts', './state.ts'],
  ['worker/activities/x.ts', '../workflows/conversation.ts', '#lib/store/store.ts'],
  ['worker/activities/x.ts', '../main.ts', './deps.ts'],
  ['worker/activities/x.ts', 'socket.io', '@temporalio/activity'],
  ['worker/gateway/x.ts', '@temporalio/client', 'socket.io'],
  ['worker/gateway/x.ts', '../model/model.ts', '../stream/feed.ts'],
  ['worker/x.ts', './main.ts', './outbox.ts'],
] as const;

for (const [file, forbidden, allowed] of rules) {
  test(`${dirname(file)} may not import ${forbidden}, and may import ${allowed}`, () => {
    expect(complaintsAbout(file, `import { thing } from '${forbidden}';`)).toContain('no-restricted-imports');
    expect(complaintsAbout(file, `import { thing } from '${allowed}';`)).not.toContain('no-restricted-imports');
  });
}

test('workflow code takes the types of activities, and only those', () => {
  const path = '../activities/index.ts';
  expect(complaintsAbout('worker/workflows/x.ts', `import type { thing } from '${path}';`)).not.toContain(
    'no-restricted-imports',
  );
  expect(complaintsAbout('worker/workflows/x.ts', `import { thing } from '${path}';`)).toContain(
    'no-restricted-imports',
  );
});
