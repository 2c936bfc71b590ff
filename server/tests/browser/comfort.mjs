// Dark and light, scripts, large text, the keyboard alone, and a telephone.

import assert from "node:assert/strict";
import { DEPOSIT, DESKTOP, PHONE, answered, ask, check, fits, focusIsIn, open, picture } from "./page.mjs";

export async function preferencesAndKeyboard() {
  const page = await open({ ...DESKTOP, colorScheme: "dark" });

  await check("the dark scheme follows the system and can be overruled", async () => {
    assert.equal(await page.locator("html").getAttribute("data-theme"), "dark");
    await picture(page, "09-dark");
    await page.locator('input[name="theme"][value="light"]').check();
    assert.equal(await page.locator("html").getAttribute("data-theme"), "light");
    await page.locator('input[name="theme"][value="auto"]').check();
  });

  await check("a question can be asked and its clause read with the keyboard alone", async () => {
    await page.locator("body").press("/");
    assert.ok(await focusIsIn(page, "#question"));
    await page.keyboard.type(DEPOSIT);
    await page.keyboard.press("Shift+Enter");
    assert.equal(await page.locator(".turn").count(), 0);
    await page.keyboard.press("Enter");
    await answered(page);
    // Backwards from the question box to the last chip or source of the answer.
    for (let step = 0; step < 40 && !(await focusIsIn(page, ".chip")); step += 1) await page.keyboard.press("Shift+Tab");
    assert.ok(await focusIsIn(page, ".chip"));
    assert.notEqual(await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle), "none");
    await page.keyboard.press("Enter");
    await page.locator("#panel .about").waitFor();
    assert.ok(await focusIsIn(page, "#panel"));
    await picture(page, "10-dark-clause");
    await page.keyboard.press("Escape");
    assert.ok(await focusIsIn(page, ".chip"));
  });

  await check("the interface changes to Traditional Chinese and back, the answer stays", async () => {
    const sentence = await page.locator(".sentence-text").first().innerText();
    await page.locator("#script").click();
    assert.equal(await page.locator("html").getAttribute("lang"), "zh-Hant");
    assert.equal(await page.locator("#new").innerText(), "新對話");
    assert.match(await page.locator("summary").first().innerText(), /理解為/);
    assert.equal(await page.locator(".sentence-text").first().innerText(), sentence);
    await picture(page, "11-traditional");
    await page.reload();
    await page.locator(".turn").first().waitFor();
    assert.equal(await page.locator("#new").innerText(), "新對話", "the choice is kept");
    await page.locator("#script").click();
    assert.equal(await page.locator("#new").innerText(), "新对话");
  });

  await check("large text enlarges everything and still fits", async () => {
    const size = () => page.locator(".sentence").first().evaluate((node) => parseFloat(getComputedStyle(node).fontSize));
    const before = await size();
    await page.locator("#large").click();
    assert.equal(await page.locator("#large").getAttribute("aria-pressed"), "true");
    assert.ok((await size()) > before * 1.2);
    await fits(page);
    await picture(page, "12-large-text");
  });
  await page.context().close();
}

export async function phone() {
  const page = await open(PHONE);
  await check("the page fits a phone: welcome, answer, clause, list, large text", async () => {
    await fits(page);
    await picture(page, "13-phone-welcome");
    await ask(page, DEPOSIT);
    await fits(page);
    await picture(page, "14-phone-answer");
    await page.locator(".chip").first().click();
    await page.locator("#panel .about").waitFor();
    assert.equal(await page.locator("#panel").getAttribute("role"), "dialog");
    assert.ok(await page.locator("#main").evaluate((main) => main.inert));
    await fits(page);
    await picture(page, "15-phone-clause");
    await page.locator(".panel-close").click();
    assert.ok(await focusIsIn(page, ".chip"));
    await page.locator("#menu").click();
    assert.ok(await focusIsIn(page, "#side"));
    await fits(page);
    await page.keyboard.press("Escape");
    assert.ok(await focusIsIn(page, "#menu"));
    await page.locator("#large").click();
    await fits(page);
    await picture(page, "16-phone-large-text");
  });
  await page.context().close();
}
