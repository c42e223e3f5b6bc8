/** browser: a real Chromium for advisor and customer. */
import { chromium } from "playwright-core";

const ARGS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];

export function launch() {
  return chromium.launch({ executablePath: "/usr/bin/chromium", args: ARGS });
}

/**
 * A page of its own, as another person on another computer. The development certificate's authority is not the
 * browser's: errors of certificates are ignored here, and checked by openssl and the agent.
 * @param {import("playwright-core").Browser} browser
 * @param {{ width?: number, height?: number, locale?: string }} [options]
 */
export async function person(browser, { width = 1440, height = 1000, locale = "fr-FR" } = {}) {
  const context = await browser.newContext({
    ignoreHTTPSErrors: true, viewport: { width, height }, locale, acceptDownloads: true,
  });
  context.setDefaultTimeout(15000);
  return context.newPage();
}
