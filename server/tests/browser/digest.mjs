// 工单汇总: counts of some days, and the orders behind every number.

import assert from "node:assert/strict";
import { DESKTOP, PHONE, URL_OF_PAGE, check, choose as chooseAgent, fits, focusIsIn, login, open, picture, tokenOf } from "./page.mjs";

/** Days in which many people of one place write, as the seeds have it. */
const FROM = "2026-11-09";
const TO = "2026-11-15";
const PLACE = "星河湾小区";

export async function digest() {
  const centre = tokenOf("CHENGZHI_CENTRE_TOKEN");
  const unit = tokenOf("CHENGZHI_UNIT_TOKEN");
  if (!centre || !unit) return;
  await wide(centre);
  await narrow(centre);
  await refused(unit);
}

/** Chooses the days of the digest, which is open. */
async function choose(page, from, to) {
  await page.locator("#digest-from").fill(from);
  await page.locator("#digest-to").fill(to);
  await page.locator('.digest-form [type="submit"]').click();
  await page.locator('.digest-result:not([aria-busy]) .digest-title', { hasText: from }).waitFor();
}

/** Neither the page nor the digest can be scrolled sideways. */
async function fitsAll(page) {
  await fits(page);
  assert.ok(await page.locator("#desk-digest").evaluate((node) => node.scrollWidth <= node.clientWidth + 1));
}

/** The orders that a number opens. @returns how many are listed */
async function openedBy(page, number) {
  await number.click();
  assert.equal(await number.getAttribute("aria-expanded"), "true");
  const list = page.locator(`#${await number.getAttribute("aria-controls")}`);
  for (const more = list.locator(".quiet"); await more.isVisible();) await more.click();
  return list.locator("[data-order]").count();
}

async function wide(token) {
  const page = await open(DESKTOP);
  await check("the digest of chosen days names the hottest issue first", async () => {
    await login(page, token);
    await page.locator("#desk-open").click();
    await page.locator('[aria-controls="desk-digest"]').click();
    await page.locator(".digest-title").waitFor();
    await choose(page, FROM, TO);
    assert.match(await page.locator(".issue").first().innerText(), new RegExp(PLACE));
    assert.equal(await page.locator(".days-bar").count(), 7);
    assert.match(await page.locator(".digest-foot").innerText(), /没有模型参与/);
    await fitsAll(page);
    await picture(page, "42-digest");
  });

  await check("numbers open to as many orders as they say", async () => {
    const total = page.locator(".digest-tile .figure").first();
    assert.equal(await openedBy(page, total), Number((await total.innerText()).match(/\d+/)[0]));
    await total.click();
    assert.equal(await total.getAttribute("aria-expanded"), "false");
    const issue = page.locator(".issue").first().locator("button.figure");
    assert.equal(await openedBy(page, issue), Number((await issue.innerText()).match(/(\d+) 件/)[1]));
    await picture(page, "43-digest-orders");
  });

  await check("the digest is saved as a document and as a page to print, with its label", async () => {
    for (const [format, ending, label] of [["docx", "docx", "PK"], ["page", "html", "本汇总由人工智能生成"]]) {
      const [saved] = await Promise.all([page.waitForEvent("download"), page.locator(`.digest-export[data-format="${format}"]`).click()]);
      assert.equal(saved.suggestedFilename(), `digest-${FROM}-${TO}.${ending}`);
      const parts = [];
      for await (const part of await saved.createReadStream()) parts.push(part);
      assert.ok(Buffer.concat(parts).toString("utf8").includes(label), format);
    }
  });

  await check("an order opens on the desk, and back is where it was", async () => {
    const link = page.locator(".issue").first().locator(".digest-ids [data-order]").first();
    const id = await link.innerText();
    await link.click();
    await page.locator(".detail .order-number", { hasText: id }).waitFor();
    assert.ok(await page.locator("#desk-digest").isHidden());
    await page.locator(".digest-back").click();
    assert.ok(await page.locator("#desk-digest").isVisible());
    assert.ok(await focusIsIn(page, `.digest-ids [data-order="${id}"]`));
  });

  await check("days in the wrong order are told before anything is asked", async () => {
    await page.locator("#digest-from").fill(TO);
    await page.locator("#digest-to").fill(FROM);
    await page.keyboard.press("Enter");
    await page.locator(".digest-trouble", { hasText: "结束日期早于开始日期" }).waitFor();
    assert.match(await page.locator(".digest-title").innerText(), new RegExp(FROM), "what was counted stays");
  });
  await check("an answer has claims that open to orders, and an order is asked about next", async () => {
    await page.goto(URL_OF_PAGE);
    await chooseAgent(page, "工单汇总");
    await page.locator("#question").fill("11月9日到15日的工单汇总");
    await page.locator("#question").press("Enter");
    const claim = page.locator(".summary-claim", { hasText: PLACE }).last();
    await claim.waitFor();
    assert.ok((await openedBy(page, claim.locator("button.figure"))) >= 10);
    await claim.locator("[data-order]").first().click();
    await page.locator(".summary-parts dd").first().waitFor();
    await picture(page, "45-digest-answer");
  });
  await page.context().close();
}

async function narrow(token) {
  const page = await open({ ...PHONE, viewport: { width: 390, height: 780 }, colorScheme: "dark" });
  await check("the digest fits a phone in the dark, with all that opens", async () => {
    await page.locator("#menu").click();
    await login(page, token);
    await page.goto(`${URL_OF_PAGE}#digest`);
    await page.locator("#digest-from").waitFor();
    await choose(page, FROM, TO);
    await page.locator(".days-table summary").click();
    await openedBy(page, page.locator(".issue").first().locator("button.figure"));
    await fitsAll(page);
    await picture(page, "44-phone-digest");
  });
  await page.context().close();
}

async function refused(token) {
  // The browser itself logs the refusal as an error.
  const page = await open(DESKTOP, false);
  await check("a unit is told that the digest is for the centre", async () => {
    await login(page, token);
    await page.locator("#desk-open").click();
    assert.ok(await page.locator('[aria-controls="desk-digest"]').isHidden());
    await page.goto(`${URL_OF_PAGE}#digest`);
    await page.locator(".digest-trouble", { hasText: "只向热线服务中心开放" }).waitFor();
    assert.equal(await page.locator(".digest-title").count(), 0);
  });
  await page.context().close();
}
