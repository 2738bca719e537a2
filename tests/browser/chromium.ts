import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import axe from 'axe-core';
import { chromium, type BrowserContext, type Page } from 'playwright-core';

/** Where screenshots are kept for whoever wants to look; git ignores it. */
const SCREENSHOTS = fileURLToPath(new URL('../../.artifacts/screenshots/', import.meta.url));

const ARGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A real Chromium with a profile of its own. */
export interface Browser {
  readonly context: BrowserContext;
  close(): Promise<void>;
}

/**
 * Starts Debian's Chromium, or the one that the environment variable `CHROMIUM` names.
 *
 * @throws Error when it is not installed
 */
export async function startChromium(): Promise<Browser> {
  const profile = await mkdtemp(join(tmpdir(), 'todo-api-chromium-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ARGS,
    viewport: { width: 1280, height: 900 },
  });
  return {
    context,
    async close() {
      await context.close();
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** A page, and everything that went wrong in it so far. */
export interface WatchedPage {
  readonly page: Page;
  /** Errors and warnings of the console, uncaught errors, violations of the policy, requests to other origins or that failed. */
  faults(): Promise<string[]>;
}

/** Opens an empty page that is watched from its first moment on. */
export async function openPage(context: BrowserContext, origin: string): Promise<WatchedPage> {
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const found: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) found.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => found.push(`uncaught: ${error.message}`));
  page.on('request', (request) => {
    if (!request.url().startsWith(`${origin}/`) && !request.url().startsWith('data:')) {
      found.push(`request: ${request.url()}`);
    }
  });
  page.on('requestfailed', (request) => found.push(`failed: ${request.url()}`));
  page.on('response', (response) => {
    if (response.status() >= 400) found.push(`${response.status()}: ${response.url()}`);
  });
  // In the page, where the compiler's library of Node does not reach.
  await page.addInitScript(`
    globalThis.violations = [];
    addEventListener('securitypolicyviolation', (event) =>
      violations.push('policy: ' + event.violatedDirective + ' ' + event.blockedURI + ' ' + event.sourceFile));
  `);
  return {
    page,
    async faults() {
      const violations: string[] = await page.evaluate('globalThis.violations');
      return [...found, ...violations];
    },
  };
}

/** Keeps a picture of what is seen. */
export async function takeScreenshot(page: Page, name: string): Promise<void> {
  await mkdir(SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) });
}

/** Rules of axe that Redoc breaks and that nothing outside its script can mend, each with the reason. */
const NOT_OURS: Readonly<Record<string, string>> = {
  'label-content-name-mismatch':
    'The button that chooses an example shows the name of the example, and has the label "Example".',
};

/** What axe finds that is serious or critical, by rule and place. */
export async function seriousFindings(page: Page): Promise<string[]> {
  // Not by a script element, which the policy of the page forbids.
  await page.evaluate(axe.source);
  const violations: any[] = await page.evaluate(
    'axe.run(document).then((found) => found.violations)',
  );
  return violations
    .filter(({ id, impact }) => ['serious', 'critical'].includes(impact) && !(id in NOT_OURS))
    .flatMap(({ id, nodes }) =>
      nodes.map(
        ({ target, any, failureSummary }: any) =>
          `${id}: ${target.join(' ')}: ${any[0]?.message ?? failureSummary}`,
      ),
    );
}
