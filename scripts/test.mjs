// `npm test`: everything that must hold, from a fresh clone. Its last line is `N passed, N failed`.
import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { findChromium } from './chromium.mjs';
import { ensureBuilt } from './launcher/build.mjs';
import { ensureInstalled } from './launcher/install.mjs';
import { findNode } from './launcher/node.mjs';
import { withoutKeys } from './launcher/services.mjs';
import { readSettings } from './launcher/settings.mjs';
import { runTasks } from './launcher/tasks.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const results = path.join(root, 'test-results');
const { dataDir } = readSettings({ env: process.env, root, dev: false });

await runTasks(dataDir, async ({ run, say }) => {
  const parts = { root, env: withoutKeys(process.env), run, say };
  await ensureInstalled(parts);
  const node = findNode(root);
  const tool = (/** @type {string[]} */ ...where) => path.join(root, 'node_modules', ...where);
  const count = { passed: 0, failed: 0 };

  /**
   * One check that passes or fails as a whole.
   * @param {string} name
   * @param {string[]} args
   */
  const check = async (name, args) => {
    const isOk = await runNode(node, args, {});
    count[isOk ? 'passed' : 'failed'] += 1;
    console.log(`${isOk ? 'passed' : 'FAILED'}: ${name}`);
  };
  rmSync(results, { recursive: true, force: true });
  await ensureBuilt({ ...parts, node });
  await check('format', [tool('oxfmt', 'bin', 'oxfmt'), '--check']);
  await check('lint', [tool('oxlint', 'bin', 'oxlint'), '--type-aware']);
  await check('types', [tool('typescript', 'bin', 'tsc'), '--noEmit']);

  const chromium = findChromium({ root, node, say: say.line });
  const vitest = path.join(results, 'vitest.json');
  const vitestArgs = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${vitest}`];
  const vitestOk = await runNode(node, [tool('vitest', 'vitest.mjs'), ...vitestArgs], {});
  add(count, vitestOk, () => {
    const { numPassedTests, numFailedTests } = read(vitest);
    return { passed: numPassedTests, failed: numFailedTests };
  });
  const playwright = path.join(results, 'playwright.json');
  const env = { CHROMIUM_PATH: chromium, PLAYWRIGHT_JSON_OUTPUT_NAME: playwright };
  const playwrightOk = await runNode(node, [tool('@playwright', 'test', 'cli.js'), 'test'], env);
  add(count, playwrightOk, () => {
    const { expected, flaky, unexpected } = read(playwright).stats;
    return { passed: expected, failed: unexpected + flaky };
  });

  console.log(`${count.passed} passed, ${count.failed} failed`);
  return count.failed === 0 ? 0 : 1;
});

/**
 * Adds a runner's tests; a runner that ended badly without a failed test, or left no report, is a failure itself.
 * @param {{ passed: number, failed: number }} count
 * @param {boolean} isOk
 * @param {() => { passed: number, failed: number }} report
 */
function add(count, isOk, report) {
  try {
    const { passed, failed } = report();
    count.passed += passed;
    count.failed += failed;
    if (!isOk && failed === 0) count.failed += 1;
  } catch (error) {
    console.error(`A test runner left no report: ${String(error)}`);
    count.failed += 1;
  }
}

/** @param {string} file */
function read(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}

/**
 * @param {string} node
 * @param {string[]} args
 * @param {Record<string, string>} more environment
 * @returns {Promise<boolean>} whether it ended with 0
 */
function runNode(node, args, more) {
  const env = { ...process.env, ...more };
  // A person's own key or model must not be asked by a test.
  for (const name of Object.keys(env)) if (/^(OPENAI|MODEL|EMBEDDED_MODEL|TEMPORAL)_/.test(name)) delete env[name];
  return new Promise((resolve) => {
    const child = spawn(node, args, { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'] });
    child.once('error', () => resolve(false));
    child.once('exit', (code) => resolve(code === 0));
  });
}
