// 拟稿: a request, its draft and the clauses side by side; edits are checked by the server, and the files carry the marks.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { PHONE, URL_OF_PAGE, check, fits, focusIsIn, login, open, picture, tokenOf } from "./page.mjs";

const REQUEST = "您好，我在临江区租房：\n一、房东多久之内应当退还押金？\n二、按照和公积金规〔2019〕2号文件，租房提取公积金的限额是多少？\n三、火星移民<img src=x onerror=alert(1)>怎么报名？";
const WIDE = { viewport: { width: 1440, height: 900 } };

export async function draft() {
  const unit = tokenOf("CHENGZHI_UNIT_TOKEN");
  if (!unit) return;
  await wide(unit);
  await narrow(unit);
}

/** Drafts a reply. */
async function make(page, request) {
  await page.locator("#draft-request").fill(request);
  await page.locator('.draft-form [type="submit"]').click();
  await page.locator(".draft-result:not([aria-busy]) .draft-sheet").waitFor();
}

async function fitsAll(page) {
  await fits(page);
  assert.ok(await page.locator("#desk-draft").evaluate((node) => node.scrollWidth <= node.clientWidth + 1));
}

async function wide(token) {
  const page = await open(WIDE);
  await check("a draft stands between its request and its clauses", async () => {
    await login(page, token);
    await page.locator("#desk-open").click();
    await page.locator('[aria-controls="desk-draft"]').click();
    assert.ok(await focusIsIn(page, "#draft-request"));
    await make(page, REQUEST);
    const states = await page.locator(".draft-point-head .badge").allInnerTexts();
    assert.deepEqual(states, ["有依据", "所引失效", "待核"]);
    assert.match(await page.locator(".draft-sheet").innerText(), /5个工作日/);
    assert.equal(await page.locator(".draft-mark").count(), 2);
    assert.equal(await page.locator(".draft-result img").count(), 0, "nothing of the request becomes markup");
    assert.match(await page.locator(".draft-paper .ai-label").innerText(), /人工智能/);
    await fitsAll(page);
    await picture(page, "45-draft");
  });

  await check("a sentence leads to its clause, and the clause back", async () => {
    const chip = page.locator(".draft-sheet .chip").first();
    await chip.focus();
    await page.keyboard.press("Enter");
    assert.equal(await page.locator(".draft-card.draft-lit").count(), 1);
    assert.ok(await focusIsIn(page, ".draft-card.draft-lit"));
    await page.keyboard.press("Enter");
    assert.ok(await focusIsIn(page, ".draft-sentence.draft-lit"));
    await page.locator(".draft-card .quiet").first().click();
    await page.locator("#panel .clause").waitFor();
    await page.keyboard.press("Escape");
  });

  await check("the clause in force takes the place of one that is not", async () => {
    await page.locator(".draft-adopt").first().click();
    await page.locator('.draft-result:not([aria-busy]) .draft-sentence[data-source="quoted"]', { hasText: "住房公积金提取管理办法" }).first().waitFor();
    assert.equal(await page.locator(".draft-mark").count(), 1);
  });

  await check("an edit without a source is marked once it is checked", async () => {
    const block = page.locator(".draft-block.draft-point").first();
    await block.locator(".draft-edit").click();
    const field = page.locator(".draft-field");
    await field.fill(`${await field.inputValue()}出租人应当自腾退之日起15日内退还押金。`);
    await page.keyboard.press("Escape");
    assert.ok(await focusIsIn(page, ".draft-edit"));
    assert.ok(await page.locator(".draft-changed").isVisible());
    await page.locator(".draft-check").click();
    await page.locator('.draft-result:not([aria-busy]) .draft-marked[data-source="written"]', { hasText: "15日内" }).waitFor();
    assert.ok(await page.locator(".draft-changed").isHidden());
    await picture(page, "46-draft-checked");
  });

  await check("the page to print is checked again and carries label and marks", async () => {
    const waiting = page.waitForEvent("download");
    await page.locator(".draft-print").click();
    const text = await readFile(await (await waiting).path(), "utf8");
    assert.match(text, /<meta name="AIGC"/);
    assert.match(text, /【待核：/);
    assert.ok(!text.includes("<img"));
    const document = page.waitForEvent("download");
    await page.locator(".draft-docx").click();
    const bytes = await readFile(await (await document).path());
    assert.equal(bytes.subarray(0, 2).toString(), "PK");
  });

  await check("an empty request is told before anything is asked", async () => {
    await page.locator("#draft-request").fill(" ");
    await page.locator('.draft-form [type="submit"]').click();
    assert.match(await page.locator(".draft-trouble").innerText(), /请先贴上/);
  });
  await page.context().close();
}

async function narrow(token) {
  const page = await open({ ...PHONE, viewport: { width: 390, height: 780 }, colorScheme: "dark" });
  await check("a draft fits a phone in the dark", async () => {
    await page.locator("#menu").click();
    await login(page, token);
    await page.goto(`${URL_OF_PAGE}#draft`);
    await page.locator("#draft-request").waitFor();
    await make(page, REQUEST);
    await fitsAll(page);
    await picture(page, "47-phone-draft");
  });
  await page.context().close();
}
