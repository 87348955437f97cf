import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { Refusal } from './launcher/refusal.mjs';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const APPS = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/**
 * The browser for the tests: one on the machine, else the one that Playwright brings, else Debian's package.
 * @param {{ root: string, node: string, say: (line: string) => void }} parts
 * @returns {string} the executable's path
 */
export function findChromium({ root, node, say }) {
  const given = process.env.CHROMIUM_PATH;
  if (given) return given;
  const present = onThisMachine() ?? playwrights(root, node);
  if (present) return present;
  say('installing Chromium for the browser tests');
  spawnSync(node, [path.join(root, 'node_modules', '@playwright', 'test', 'cli.js'), 'install', 'chromium'], {
    stdio: 'ignore',
  });
  const downloaded = playwrights(root, node);
  if (downloaded) return downloaded;
  // Playwright's site is not reached from everywhere; Debian's packages may be.
  for (const args of [['update'], ['install', '-y', '--no-install-recommends', 'chromium']]) {
    spawnSync('apt-get', args, { stdio: 'ignore' });
  }
  const installed = onThisMachine();
  if (installed) return installed;
  throw new Refusal('The browser tests need Chromium: install it, or name one with CHROMIUM_PATH.');
}

function onThisMachine() {
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  const candidates = [...APPS, ...NAMES.flatMap((name) => folders.map((folder) => path.join(folder, name)))];
  return candidates.find((file) => existsSync(file));
}

/**
 * @param {string} root
 * @param {string} node
 */
function playwrights(root, node) {
  const script = "process.stdout.write(require('@playwright/test').chromium.executablePath())";
  const file = execFileSync(node, ['-e', script], { cwd: root, encoding: 'utf8' });
  return existsSync(file) ? file : undefined;
}
