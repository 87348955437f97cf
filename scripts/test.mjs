// `npm test`: everything that must hold, from a fresh clone. Its last line is `N passed, N failed`.
// `npm test -- tests/store`: the tests of these files alone. `npm run test:deep`, `test:chaos`, `test:mutation`: what
// takes longer.
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

const [first = '', ...rest] = process.argv.slice(2);
const suite = ['deep', 'chaos', 'mutation'].includes(first) ? first : '';
/** File filters and options of the test runner; with any of them only what they name is run. */
const wanted = suite === '' && first !== '' ? [first, ...rest] : rest;
const isBrowserTest = wanted.some((word) => /tests\/(browser|chaos)|\.spec\b/.test(word));

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

  const checkCode = async () => {
    await check('format', [tool('oxfmt', 'bin', 'oxfmt'), '--check']);
    await check('lint', [tool('oxlint', 'bin', 'oxlint'), '--type-aware']);
    await check('types', [tool('typescript', 'bin', 'tsc'), '--noEmit']);
  };

  const runVitest = async (/** @type {string[]} */ args, /** @type {Record<string, string>} */ more = {}) => {
    const report = path.join(results, 'vitest.json');
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
    const isOk = await runNode(node, [tool('vitest', 'vitest.mjs'), 'run', ...reporters, ...args], more);
    add(count, isOk, () => {
      const { numPassedTests, numFailedTests } = read(report);
      return { passed: numPassedTests, failed: numFailedTests };
    });
  };

  const runPlaywright = async (/** @type {string[]} */ args, /** @type {Record<string, string>} */ more = {}) => {
    const report = path.join(results, 'playwright.json');
    const chromium = findChromium({ root, node, say: say.line });
    const env = { CHROMIUM_PATH: chromium, PLAYWRIGHT_JSON_OUTPUT_NAME: report, ...more };
    const isOk = await runNode(node, [tool('@playwright', 'test', 'cli.js'), 'test', ...args], env);
    add(count, isOk, () => {
      const { expected, flaky, unexpected } = read(report).stats;
      return { passed: expected, failed: unexpected + flaky };
    });
  };

  rmSync(results, { recursive: true, force: true });
  // The built app is what these run; the other tests take the sources.
  const isOfSources = suite === 'deep' || suite === 'mutation' || (wanted.length > 0 && !isBrowserTest);
  if (!isOfSources || wanted.some((word) => word.includes('tests/api'))) await ensureBuilt({ ...parts, node });
  switch (suite) {
    case 'deep':
      await runVitest(['tests/simulation', ...wanted], { DEEP: '1' });
      break;
    case 'chaos':
      await runPlaywright(['--project=chaos', ...wanted], { CHAOS: 'whole' });
      break;
    case 'mutation':
      // It counts its rows itself, in the same words.
      return (await runNode(node, [path.join(root, 'tests/mutation/gate.ts'), ...wanted], {})) ? 0 : 1;
    default:
      if (wanted.length === 0) await checkCode();
      if (!isBrowserTest) await runVitest(wanted);
      if (isBrowserTest || wanted.length === 0) await runPlaywright(wanted);
  }

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
