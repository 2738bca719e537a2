import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Locator, Page } from 'playwright-core';
import { problems } from '../../src/contract/problems.ts';
import { contract, operations } from '../support/contract.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import {
  openPage,
  seriousFindings,
  startChromium,
  takeScreenshot,
  type Browser,
  type WatchedPage,
} from './chromium.ts';

/** The languages of the samples, and what each has in every sample. */
const LANGUAGES = {
  JavaScript: 'await fetch(',
  Python: 'urllib.request.urlopen(',
  curl: 'curl -sS --fail-with-body',
};

const PHONE = { width: 390, height: 844 };

/** The operations, with their names in links, which are all in lower case. */
const shown = operations.map(({ id, path, method }) => {
  const { summary, tags } = contract.paths[path][method] as { summary: string; tags: [string] };
  return { id: id.toLowerCase(), summary, tag: tags[0] };
});
const tags = contract.tags.map(({ name }: { name: string }) => name) as string[];

let server: TestServer;
let browser: Browser;
let watched: WatchedPage;
let page: Page;

beforeAll(async () => {
  server = await startTestServer();
  browser = await startChromium();
}, 60_000);
afterAll(async () => {
  await browser.close();
  await server.close();
});

beforeEach(async () => {
  watched = await openPage(browser.context, server.url);
  page = watched.page;
});
/** Whatever a test does, nothing may go wrong on the way. */
afterEach(async () => {
  const faults = await watched.faults();
  await page.close();
  expect(faults).toStrictEqual([]);
});

async function open(path: string): Promise<void> {
  await page.goto(server.url + path);
  await page.locator('h1, h2').first().waitFor();
}

/** A heading, before whose text Redoc puts a link to itself. */
function heading(text: string): Locator {
  const escaped = text.replaceAll(/[.()]/g, String.raw`\$&`);
  return page.getByRole('heading', { name: new RegExp(`(?:^| )${escaped}$`) }).first();
}

/** How far the page reaches beyond the screen to the right, in pixels. */
async function overflow(): Promise<number> {
  return page.evaluate('document.documentElement.scrollWidth - innerWidth');
}

describe('the documentation', () => {
  test('renders', async () => {
    await open('/docs');
    await heading(`${contract.info.title} (${contract.info.version})`).waitFor();
    for (const text of ['Authentication', 'Idempotency', 'Rate limits']) {
      await heading(text).waitFor();
    }
    await takeScreenshot(page, 'docs');
  });

  test('lists every operation under its tag', async () => {
    await open('/docs');
    for (const tag of tags) {
      await page.getByRole('link', { name: tag, exact: true }).first().click();
      for (const { summary } of shown.filter((operation) => operation.tag === tag)) {
        await page.getByRole('link', { name: summary }).first().waitFor();
      }
    }
  });

  test.each(shown)('has $summary under a link of its own, with samples', async (operation) => {
    const { tag, id, summary } = operation;
    await open(`/docs#/${tag}/${id}`);
    await heading(summary).waitFor();
    const samples = page.locator(`[id="${tag}/${id}"] .panel-request-samples`).first();
    // Redoc remembers what was chosen last.
    const choice = samples.getByRole('button', { name: /^(?:curl|JavaScript|Python)$/ });
    for (const [label, text] of Object.entries(LANGUAGES)) {
      await choice.click();
      await page.getByRole('menuitem', { name: label, exact: true }).click();
      await samples.getByText(text).waitFor();
    }
  });

  test('finds an operation by what is written about it', async () => {
    await open('/docs');
    await page.getByTestId('search-trigger').click();
    await page.keyboard.type('merge patch');
    const found = page.getByRole('link', { name: /Update a task Changes the properties/ });
    await found.waitFor();
    await takeScreenshot(page, 'search');
    await found.click();
    await heading('Update a task').waitFor();
    expect(page.url()).toContain('#/tasks/updatetask');
  });

  test('offers the contract itself', async () => {
    await open('/docs');
    for (const name of ['openapi.json', 'openapi.yaml']) {
      const link = page.getByRole('link', { name });
      expect(await link.first().getAttribute('href')).toContain(`/${name}`);
    }
  });

  test('is readable on a phone, without scrolling sideways', async () => {
    await page.setViewportSize(PHONE);
    for (const path of ['/docs', ...tags.map((tag) => `/docs#/${tag}`)]) {
      await open(path);
      expect([path, await overflow()]).toStrictEqual([path, 0]);
    }
    await open('/docs#/tasks/createtask');
    await heading('Create a task').waitFor();
    await takeScreenshot(page, 'docs-phone');
  });

  test.each(['light', 'dark'] as const)(
    'has no serious finding of axe when %s',
    async (colorScheme) => {
      await page.emulateMedia({ colorScheme });
      for (const path of ['/docs', ...shown.map(({ tag, id }) => `/docs#/${tag}/${id}`)]) {
        await open(path);
        expect({ path, findings: await seriousFindings(page) }).toStrictEqual({
          path,
          findings: [],
        });
      }
      await takeScreenshot(page, `docs-${colorScheme}`);
    },
  );
});

describe('the pages of problems', () => {
  const paths = ['/problems', ...Object.keys(problems).map((code) => `/problems/${code}`)];

  test('lead from one to another, and to the documentation', async () => {
    await open('/problems');
    await page.getByRole('link', { name: 'task_not_found' }).click();
    await heading('404 Task not found').waitFor();
    await page.getByRole('link', { name: 'All problems' }).click();
    await heading('Problems').waitFor();
    await page.getByRole('link', { name: contract.info.title }).click();
    await heading('Authentication').waitFor();
  });

  test.each(['light', 'dark'] as const)(
    'have no serious finding of axe when %s',
    async (colorScheme) => {
      await page.emulateMedia({ colorScheme });
      for (const path of paths) {
        await open(path);
        expect({ path, findings: await seriousFindings(page) }).toStrictEqual({
          path,
          findings: [],
        });
      }
      await takeScreenshot(page, `problem-${colorScheme}`);
    },
  );

  test('are readable on a phone, without scrolling sideways', async () => {
    await page.setViewportSize(PHONE);
    for (const path of paths) {
      await open(path);
      expect([path, await overflow()]).toStrictEqual([path, 0]);
    }
    await takeScreenshot(page, 'problem-phone');
  });
});
