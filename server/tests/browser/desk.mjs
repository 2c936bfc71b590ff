// The officer's desk: log in, choose a suggested department with one key, work on the order, decide what waits.

import assert from "node:assert/strict";
import { DESKTOP, PHONE, URL_OF_PAGE, ask, check, choose, dialogOf, fits, focusIsIn, login, open, picture, tokenOf } from "./page.mjs";

const REQUEST = "锦湖一号小区5号楼消防通道被车堵住了";

export async function desk() {
  await wrongToken();
  const centre = tokenOf("CHENGZHI_CENTRE_TOKEN");
  const unit = tokenOf("CHENGZHI_UNIT_TOKEN");
  if (!centre || !unit) return;
  const number = await request();
  await dispatch(centre, number);
  await unitWorks(unit, number);
  await small(centre, number);
}

async function wrongToken() {
  const page = await open(DESKTOP, false);
  await check("a wrong token is told so, and nobody is logged in", async () => {
    await page.locator("#login").click();
    await page.locator("#login-token").fill("cz_wrong");
    await page.keyboard.press("Enter");
    await page.locator("#login-trouble", { hasText: "令牌不对" }).waitFor();
    assert.ok(await focusIsIn(page, "#login-token"));
    assert.equal(await page.evaluate(() => sessionStorage.length), 0);
    await picture(page, "32-wrong-token");
    await page.keyboard.press("Escape");
    assert.ok(await page.locator("#desk-open").isHidden());
  });
  await page.context().close();
}

/** An order to dispatch, as a citizen makes it. @returns its number */
async function request() {
  const page = await open(DESKTOP);
  await choose(page, "诉求登记");
  await ask(page, REQUEST);
  for (let tries = 0; tries < 4 && (await dialogOf(page).count()) === 0; tries += 1) {
    await ask(page, "跳过");
    await page.waitForTimeout(100);
  }
  await page.locator(".confirm-yes").click();
  const number = (await page.locator(".order-number").innerText()).match(/HL\d+/)[0];
  await page.context().close();
  return number;
}

/** Opens the desk and on it an order. */
async function openOrder(page, number) {
  await page.locator("#desk-open").click();
  await page.locator(`.row[data-order="${number}"]`).click();
  await page.locator(".detail .order-number", { hasText: number }).waitFor();
}

async function dispatch(token, number) {
  const page = await open(DESKTOP);

  await check("an officer logs in and sees the queue, the most urgent first", async () => {
    await login(page, token);
    assert.match(await page.locator("#caller").innerText(), /12345/);
    await page.locator("#desk-open").click();
    await page.locator(".row").first().waitFor();
    const grades = await page.locator(".row .row-top .badge").allInnerTexts();
    const rank = grades.map((grade) => ["特急", "紧急", "一般"].indexOf(grade));
    assert.deepEqual(rank, [...rank].sort((left, right) => left - right));
    const own = await page.evaluate(() => [sessionStorage.getItem("chengzhi.token") !== null, JSON.stringify(localStorage).includes("cz_")]);
    assert.deepEqual(own, [true, false], "the token is in this window only");
  });

  await check("j and k move through the queue, Enter opens an order", async () => {
    await page.locator("#desk-title").focus();
    await page.keyboard.press("j");
    assert.ok(await focusIsIn(page, ".row"));
    const first = await page.evaluate(() => document.activeElement.dataset.order);
    await page.keyboard.press("j");
    await page.keyboard.press("k");
    assert.equal(await page.evaluate(() => document.activeElement.dataset.order), first);
    await page.keyboard.press("Enter");
    await page.locator(".detail .order-number", { hasText: first }).waitFor();
  });

  await check("an order shows departments with probability, duty and clause", async () => {
    await openOrder(page, number);
    await page.locator(".lean").first().waitFor();
    assert.ok((await page.locator(".lean").count()) <= 3);
    assert.match(await page.locator(".lean-likely").first().innerText(), /\d+%/);
    assert.match(await page.locator(".lean-duty").first().innerText(), /第.+条/);
    await picture(page, "33-desk");
    await page.locator(".lean .chip").first().click();
    await page.locator("#panel .about").waitFor();
    assert.match(await page.locator("#panel .document-title").innerText(), /权责清单/);
    await fits(page);
    await picture(page, "34-desk-clause");
    await page.keyboard.press("Escape");
  });

  let department = "";
  await check("one key takes the first department, and proposes only", async () => {
    department = await page.locator(".lean-name").first().innerText();
    await page.locator(".detail .order-number").focus();
    await page.keyboard.press("1");
    const dialog = dialogOf(page);
    await dialog.waitFor();
    assert.ok((await dialog.locator(".effects").innerText()).includes(`主办${department}`));
    assert.ok(await focusIsIn(page, ".confirm-yes"));
    await picture(page, "35-desk-confirm");
    await page.keyboard.press("Escape");
    assert.match(await page.locator(".detail .badge-state").innerText(), /待派单/);
  });

  await check("the inbox has what waits, with its lines, and a declined one leaves it", async () => {
    const before = Number(await page.locator("#inbox-count").innerText());
    assert.ok(before >= 1);
    await page.locator("#inbox").click();
    const row = page.locator(".waiting-row", { hasText: number });
    await row.waitFor();
    assert.ok((await row.locator(".effects").innerText()).includes(department));
    assert.match(await row.locator(".waiting-until").innerText(), /\d\d:\d\d/);
    await picture(page, "36-inbox");
    await row.locator(".waiting-acts .button").first().click();
    await row.waitFor({ state: "detached" });
    assert.equal(await page.locator(".waiting-row").count(), before - 1);
    await page.keyboard.press("Escape");
    assert.ok(await focusIsIn(page, "#inbox"));
  });

  await check("the key and Enter dispatch the order", async () => {
    await page.locator(".detail .order-number").focus();
    await page.keyboard.press("1");
    await dialogOf(page).waitFor();
    await page.keyboard.press("Enter");
    await page.locator(".detail .badge-state", { hasText: "已派单" }).waitFor();
    assert.ok((await page.locator(".detail .order-facts").first().innerText()).includes(department));
  });

  await check("the rates are shown by unit", async () => {
    await page.locator('[aria-controls="desk-rates"]').click();
    await page.locator(".rates-result > *").first().waitFor();
    assert.equal(await page.locator(".rates-result .field-trouble").count(), 0);
    await picture(page, "37-rates");
  });

  await check("a reload stays on the desk, logging out leaves it", async () => {
    await page.reload();
    await page.locator("#desk .row").first().waitFor();
    await page.locator("#logout").click();
    assert.ok(await page.locator("#desk").isHidden());
    assert.ok(await page.locator("#desk-open").isHidden());
    const response = await page.context().request.get(new URL("/v1/tools", URL_OF_PAGE).href);
    assert.ok(!(await response.text()).includes("hotline-centre"));
  });
  await page.context().close();
}

async function unitWorks(token, number) {
  const page = await open(DESKTOP);
  await check("the unit sees its order, signs it and replies", async () => {
    await login(page, token);
    await openOrder(page, number);
    assert.equal(await page.locator(".suggestion").count(), 0);
    assert.equal(await page.locator("#act-kind").inputValue(), "sign");
    await page.locator(".act-propose").click();
    await dialogOf(page).waitFor();
    await page.keyboard.press("Enter");
    await page.locator(".detail .badge-state", { hasText: "办理中" }).waitFor();
    await page.locator("#act-kind").selectOption("reply");
    await page.locator("#act-facts").fill("现场核实楼道有人停车充电。");
    await page.locator("#act-basis").fill("和澜市消防条例第九条");
    await page.locator("#act-result").fill("已经劝离，当场清理完毕。");
    await page.locator(".act-propose").click();
    await dialogOf(page).waitFor();
    assert.ok((await dialogOf(page).locator(".effects").innerText()).includes("当场清理完毕"));
    await picture(page, "38-unit-reply");
    await page.keyboard.press("Enter");
    await page.locator(".detail .badge-state", { hasText: "已反馈" }).waitFor();
    await picture(page, "39-unit-order");
  });
  await page.context().close();
}

async function small(token, number) {
  const page = await open({ ...PHONE, colorScheme: "dark" });
  await check("the desk fits a phone in the dark", async () => {
    await page.locator("#menu").click();
    await login(page, token);
    await page.locator("#menu").click();
    await page.locator("#desk-open").click();
    await page.locator(".row").first().waitFor();
    await fits(page);
    await picture(page, "40-phone-desk");
    await page.locator(`.row[data-order="${number}"]`).click();
    await page.locator(".detail .order-number", { hasText: number }).waitFor();
    await fits(page);
    await picture(page, "41-phone-order");
    await page.locator(".desk-back").click();
    assert.ok(await page.locator(".row").first().isVisible());
  });
  await page.context().close();
}
