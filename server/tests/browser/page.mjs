// What the tests of the page share: the browser, a check, and what a person does on the page.

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { chromium } from "playwright-core";

export const URL_OF_PAGE = process.env.CHENGZHI_URL ?? "http://127.0.0.1:8080/";
const SCREENSHOTS = process.env.SCREENSHOTS ?? "";
const ORIGIN = new URL(URL_OF_PAGE).origin;
export const TURNS = "**/v1/agents/*/turns";
export const DESKTOP = { viewport: { width: 1280, height: 800 } };
export const PHONE = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true };

export const DEPOSIT = "租房押金房东不退怎么办？";

export const count = { passed: 0, failed: 0 };
/** What must stay empty over the whole run. */
export const consoleErrors = [];
export const foreignRequests = [];
export const dialogs = [];

if (SCREENSHOTS) await mkdir(SCREENSHOTS, { recursive: true });
export const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});

export async function check(name, test) {
  try {
    await test();
    count.passed += 1;
    console.log(`ok: ${name}`);
  } catch (problem) {
    count.failed += 1;
    console.log(`not ok: ${name}\n${problem.stack}`);
  }
}

export async function open(options, strict = true) {
  const context = await browser.newContext({ locale: "zh-CN", ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  page.on("pageerror", (problem) => consoleErrors.push(String(problem)));
  page.on("console", (message) => {
    if (strict && message.type() === "error") consoleErrors.push(message.text());
  });
  page.on("request", (request) => {
    const { origin, protocol } = new URL(request.url());
    if (origin !== ORIGIN && protocol !== "blob:") foreignRequests.push(request.url());
  });
  page.on("dialog", (dialog) => {
    dialogs.push(dialog.message());
    dialog.dismiss();
  });
  await page.goto(URL_OF_PAGE);
  await page.locator("#place option").nth(1).waitFor({ state: "attached" });
  return page;
}

export async function type(page, question) {
  await page.locator("#question").fill(question);
  await page.locator("#question").press("Enter");
}

/** The newest answer, once it is complete. */
export async function answered(page) {
  const answer = page.locator(".turn:last-child .answer");
  await page.locator('.turn:last-child .answer[aria-busy="false"]').waitFor({ timeout: 60_000 });
  return answer;
}

export async function ask(page, question) {
  const turns = await page.locator(".turn").count();
  await type(page, question);
  await page.locator(".turn").nth(turns).waitFor();
  return answered(page);
}

/** Nothing can be scrolled sideways, once what slides in has arrived. */
export async function fits(page) {
  await page.evaluate(() => Promise.allSettled(document.getAnimations()
    .filter((animation) => Number.isFinite(animation.effect.getComputedTiming().endTime)).map((animation) => animation.finished)));
  const wide = await page.evaluate(() => ["html", "#scroll", "#composer", "#panel .panel-body", "#beside-body", "#past", "#desk", ".detail", "dialog[open] .dialog-body"].filter((selector) => {
    const node = document.querySelector(selector);
    return node !== null && node.scrollWidth > node.clientWidth + 1;
  }));
  assert.deepEqual(wide, []);
}

export async function focusIsIn(page, selector) {
  return page.evaluate((wanted) => document.activeElement?.closest(wanted) !== null, selector);
}

export async function picture(page, name) {
  if (!SCREENSHOTS) return;
  await page.waitForTimeout(350);
  await page.screenshot({ path: path.join(SCREENSHOTS, `${name}.png`) });
}

export function pick(record, keys) {
  return Object.fromEntries(keys.map((key) => [key, record[key] ?? null]));
}

export function squeezed(text) {
  return text.replace(/\s+/g, "");
}

/** Chooses what to do, before a conversation begins. */
export async function choose(page, title) {
  await page.locator(".agents label", { hasText: title }).click();
}

/** The open dialog of the page. */
export function dialogOf(page) {
  return page.locator("dialog[open]");
}

/** A token that the test was started with. Without it what needs it is skipped, but not in CI. */
export function tokenOf(name) {
  const token = process.env[name] ?? "";
  if (!token && process.env.CI) throw new Error(`${name} is not set`);
  if (!token) console.log(`skipped: ${name} is not set`);
  return token;
}

export async function login(page, token) {
  await page.locator("#login").click();
  await page.locator("#login-token").fill(token);
  await page.keyboard.press("Enter");
  // In the drawer of a phone it is out of sight again.
  await page.locator("#caller-row:not([hidden])").waitFor({ state: "attached" });
}
