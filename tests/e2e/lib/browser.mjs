// A browser of its own for a test: Debian's Chromium without a head, a fresh profile, and a page that notes what no page may do:
// errors of scripts, refusals by the content security policy, dialogs, requests to anywhere but the server.
import { chromium, selectors } from 'playwright-core';

selectors.setTestIdAttribute('data-test');

const flags = [
  '--no-sandbox',
  '--headless',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export class Browser {
  static async start() {
    const browser = new Browser();
    browser.chromium = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: flags });
    return browser;
  }

  /** A page in a context of its own. `faults` gathers what must not happen. */
  async page(server, { dark = false, phone = false, key = server.key, path = '/' } = {}) {
    const context = await this.chromium.newContext({
      baseURL: server.url,
      colorScheme: dark ? 'dark' : 'light',
      viewport: phone ? { width: 390, height: 844 } : { width: 1360, height: 860 },
      reducedMotion: 'reduce',
      locale: 'en-GB',
      timezoneId: 'Europe/Berlin',
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    const page = await context.newPage();
    page.setDefaultTimeout(10_000);
    page.faults = [];
    page.on('pageerror', (error) => page.faults.push(`script: ${error.stack ?? error}`));
    page.on('dialog', (dialog) => {
      page.faults.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('console', (message) => {
      if (/Content Security Policy|Trusted ?Type/i.test(message.text())) page.faults.push(`policy: ${message.text()}`);
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(server.url)) page.faults.push(`request: ${request.url().slice(0, 200)}`);
    });
    if (key) await logIn(page, key);
    if (path) await page.goto(path);
    return page;
  }

  async close() {
    await this.chromium.close();
  }
}

/** Logs in as a person does. */
export async function logIn(page, key) {
  await page.goto('/');
  await page.getByLabel('API key').fill(key);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('search').waitFor();
}

/** Waits until what a page loads is there. */
export async function settled(page) {
  await page.locator('main h1').first().waitFor();
  await page.waitForFunction(() => !document.querySelector('.loading-rows'));
}
