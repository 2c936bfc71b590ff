// 监测预警: questions of sensors with their curve, and the alerts on the desk with what may be done about them.

import assert from "node:assert/strict";
import { DESKTOP, PHONE, URL_OF_PAGE, ask, check, choose, dialogOf, fits, focusIsIn, login, open, picture, tokenOf } from "./page.mjs";

const QUESTION = "昨晚科苑大道的积水最深多少";

export async function alerts() {
  await readings();
  const duty = tokenOf("CHENGZHI_DUTY_TOKEN");
  const centre = tokenOf("CHENGZHI_CENTRE_TOKEN");
  const unit = tokenOf("CHENGZHI_UNIT_TOKEN");
  if (!duty || !centre || !unit) return;
  await orderOf(centre, await desk(duty));
  await narrow(duty);
  await refused(unit);
}

async function readings() {
  const page = await open(DESKTOP);
  await check("a question of a sensor is answered with a curve and its numbers", async () => {
    await choose(page, "监测预警");
    const answer = await ask(page, QUESTION);
    assert.equal(await answer.getAttribute("data-status"), "answered");
    assert.match(await answer.locator(".watch-query").innerText(), /科苑大道.*积水深度/s);
    // A dry night is a level line, which has no height.
    await answer.locator(".curve-lines .curve-mean").first().waitFor({ state: "attached" });
    assert.match(await saidOf(page, answer.locator(".curve-drawing")), /最先 .+ cm.+最后 .+ cm.+最大 .+ cm.+最小 .+ cm/);
    await answer.locator(".curve-fold summary", { hasText: "数字表格" }).click();
    assert.ok((await answer.locator(".curve-table tbody tr").count()) > 1);
    await fits(page);
    await picture(page, "45-sensor-curve");
  });

  await check("the number at a sentence opens the readings behind it", async () => {
    const answer = page.locator(".turn:last-child .answer");
    await answer.locator(".chip").first().click();
    const fold = answer.locator(".curve-fold", { hasText: "条读数" });
    assert.equal(await fold.evaluate((node) => node.open), true);
    const told = Number((await fold.locator("summary").innerText()).match(/\d+/)[0]);
    assert.equal(await fold.locator(".reading-ids li").count(), Math.min(told, 200));
    assert.ok(await page.locator("#panel").isHidden());
  });

  await check("a place without sensors is refused, with no curve", async () => {
    const answer = await ask(page, "宽窄巷子现在人多吗");
    assert.equal(await answer.getAttribute("data-status"), "refused");
    assert.equal(await answer.locator(".curve").count(), 0);
  });

  await check("alerts are not for everybody", async () => {
    const answer = await ask(page, "现在有哪些预警");
    assert.equal(await answer.getAttribute("data-status"), "refused");
    assert.equal(await answer.locator(".alert-card").count(), 0);
  });
  await page.context().close();
}

/** What is read aloud in place of a drawing. */
async function saidOf(page, drawing) {
  assert.equal(await drawing.getAttribute("role"), "img");
  const ids = (await drawing.getAttribute("aria-labelledby")).split(" ");
  return (await Promise.all(ids.map((id) => page.locator(`#${id}`).textContent()))).join(" ");
}

/** Opens the desk and on it all alerts, also those that are over. */
async function openAlerts(page) {
  await page.locator("#desk-open").click();
  await page.locator('[aria-controls="desk-alerts"]').click();
  await filter(page, "#alerts-which", "");
  await page.locator("#desk-alerts .row").first().waitFor();
}

/** Chooses what is listed, and waits for the list. @returns how many are listed */
async function filter(page, select, value) {
  await page.locator("#desk-alerts .queue-count", { hasText: "条" }).waitFor();
  const came = page.waitForResponse((response) => response.url().endsWith("/v1/tools/sensor-alerts/calls"));
  await page.locator(select).selectOption(value);
  const { total } = (await (await came).json()).done.value;
  await page.waitForFunction((n) => document.querySelectorAll("#desk-alerts .row").length === n, Math.min(total, 200));
  return total;
}

/** The first alert for which something matches is opened. @returns its id */
async function openAlert(page, wanted) {
  for (const row of await page.locator("#desk-alerts .row").all()) {
    const id = await row.getAttribute("data-alert");
    await row.click();
    await page.locator(".alert-facts-number", { hasText: id }).waitFor();
    if (await wanted()) return id;
  }
  throw new Error("there is no such alert");
}

async function desk(token) {
  const page = await open(DESKTOP);
  const detail = page.locator("#desk-alerts .detail");
  let entered = "";

  await check("the alerts are listed, and filtered by level and state", async () => {
    await login(page, token);
    await openAlerts(page);
    assert.equal(await page.evaluate(() => location.hash), "#alerts");
    const all = await page.locator("#desk-alerts .row").count();
    const now = await filter(page, "#alerts-which", "open");
    assert.ok(now < all, "some are over");
    assert.ok((await page.locator("#desk-alerts .row-foot").allInnerTexts()).every((text) => text.includes("未解除")));
    assert.equal(await filter(page, "#alerts-which", ""), all);
    const level = (await page.locator("#desk-alerts .row .level").allInnerTexts())[0];
    assert.ok((await filter(page, "#alerts-level", { label: level })) < all, "there is more than one level");
    assert.ok((await page.locator("#desk-alerts .row .badge").allInnerTexts()).every((text) => text === level));
    await filter(page, "#alerts-level", "");
  });

  await check("an alert shows its readings with the limit, and what led to it", async () => {
    await openAlert(page, async () => {
      if ((await detail.locator(".alert-approve").count()) === 0 || (await detail.locator(".alert-enter").count()) === 0) return false;
      await detail.locator(".curve-table, .alert-curve .field-trouble").first().waitFor({ state: "attached" });
      return (await detail.locator(".curve-limit").count()) > 0;
    });
    assert.match(await saidOf(page, detail.locator(".curve-drawing")), /限值 /);
    assert.ok((await detail.locator(".timeline li").count()) > 0);
    assert.match(await detail.locator(".alert-drill").innerText(), /系统不操作设备/);
    const fold = detail.locator(".order-card:not(.alert-curve) > .curve-fold");
    await fold.locator("summary").click();
    assert.equal(await fold.locator("li").count(), Number((await fold.locator("summary").innerText()).match(/\d+/)[0]));
    await fold.locator("summary").click();
    await fits(page);
    await detail.evaluate((node) => node.scrollTo(0, 0));
    await picture(page, "46-alert");
  });

  await check("approving shows what is approved, and declining leaves it as it was", async () => {
    const action = detail.locator(".alert-action").first();
    const title = await action.locator(".alert-action-name").innerText();
    const lines = await action.locator(".alert-lines li").allInnerTexts();
    await action.locator(".alert-approve").click();
    await dialogOf(page).waitFor();
    const shown = await dialogOf(page).locator(".effects").innerText();
    assert.ok(shown.includes(title));
    // A line of name and value is shown in two columns.
    for (const line of lines) assert.ok(line.split("：").every((part) => shown.includes(part)), line);
    await picture(page, "47-alert-approve");
    await page.locator(".confirm-cancel").click();
    await dialogOf(page).waitFor({ state: "detached" });
    assert.equal(await action.locator(".alert-approved").count(), 0);
  });

  await check("a confirmed approval is on the alert, with who gave it", async () => {
    const action = detail.locator(".alert-action").first();
    await action.locator(".alert-approve").click();
    await dialogOf(page).waitFor();
    await page.keyboard.press("Enter");
    await action.locator(".alert-approved").waitFor();
    assert.equal(await action.locator(".alert-approve").count(), 0);
    assert.match(await detail.locator(".timeline").innerText(), /已批准/);
    assert.ok(await focusIsIn(page, "#desk-alerts .detail"));
  });

  await check("the order of an alert is entered once, and its number stays", async () => {
    await detail.locator(".alert-enter").click();
    await dialogOf(page).waitFor();
    await page.keyboard.press("Enter");
    const link = detail.locator("[data-order]");
    await link.waitFor();
    const number = await link.innerText();
    assert.match(number, /^HL\d+$/);
    assert.equal(await detail.locator(".alert-enter").count(), 0);
    await link.scrollIntoViewIfNeeded();
    await picture(page, "48-alert-order");
    entered = await detail.getAttribute("data-alert");
  });

  await check("who has seen an alert is on it", async () => {
    await detail.locator(".alert-acknowledge").click();
    await dialogOf(page).waitFor();
    await page.keyboard.press("Enter");
    await detail.locator(".alert-acknowledge").waitFor({ state: "detached" });
    assert.ok(!(await detail.locator(".order-facts").first().innerText()).includes("还没有人知悉"));
  });

  await check("staff see the alerts as cards in the conversation", async () => {
    await page.locator("#new").click();
    await choose(page, "监测预警");
    const answer = await ask(page, "有哪些预警");
    const card = answer.locator(".alert-card").first();
    await card.waitFor();
    assert.match(await card.locator(".badge").first().innerText(), /色|故障/);
    await fits(page);
    await picture(page, "49-alert-cards");
  });
  await page.context().close();
  return entered;
}

/** The hotline's centre has the order of the alert before it. */
async function orderOf(token, alert) {
  const page = await open(DESKTOP);
  await check("the number of an order opens it on the desk, and back is where it was", async () => {
    await login(page, token);
    await openAlerts(page);
    await page.locator(`#desk-alerts .row[data-alert="${alert}"]`).click();
    const link = page.locator("#desk-alerts .detail [data-order]");
    const number = await link.innerText();
    await link.click();
    await page.locator("#desk > .desk-body .order-number", { hasText: number }).waitFor();
    await page.locator(".digest-back", { hasText: "回到监测预警" }).click();
    assert.ok(await focusIsIn(page, `[data-order="${number}"]`));
  });
  await page.context().close();
}

async function narrow(token) {
  const page = await open({ ...PHONE, viewport: { width: 390, height: 780 }, colorScheme: "dark" });
  await check("the alerts fit a phone in the dark", async () => {
    await page.locator("#menu").click();
    await login(page, token);
    await page.goto(`${URL_OF_PAGE}#alerts`);
    await page.locator("#alerts-which").waitFor();
    await filter(page, "#alerts-which", "");
    await fits(page);
    await page.locator("#desk-alerts .row").first().click();
    await page.locator("#desk-alerts .curve-table").waitFor({ state: "attached" });
    for (const fold of await page.locator("#desk-alerts .curve-fold summary").all()) await fold.click();
    await fits(page);
    assert.ok(await page.locator("#desk-alerts .detail").evaluate((node) => node.scrollWidth <= node.clientWidth + 1));
    await picture(page, "50-phone-alert");
    await page.locator("#desk-alerts .desk-back").click();
    assert.ok(await page.locator("#desk-alerts .row").first().isVisible());
  });
  await page.context().close();
}

async function refused(token) {
  // The browser itself logs the refusal as an error.
  const page = await open(DESKTOP, false);
  await check("a unit that may not act is told so", async () => {
    await login(page, token);
    await openAlerts(page);
    await openAlert(page, async () => (await page.locator(".alert-approve").count()) > 0);
    await page.locator(".alert-approve").first().click();
    await page.locator(".alert-detail .dialog-trouble", { hasText: "只能由和澜市应急管理局办理" }).waitFor();
    assert.equal(await dialogOf(page).count(), 0);
  });
  await page.context().close();
}
