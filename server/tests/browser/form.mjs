// Both conversations to their end: a request becomes a work order, a form is filled and submitted.

import assert from "node:assert/strict";
import { DESKTOP, PHONE, TURNS, answered, ask, check, choose, dialogOf, fits, focusIsIn, login, open, picture, tokenOf, type } from "./page.mjs";

const REQUEST = "我们东门里小区2号楼楼道堆满杂物，轮椅出不去，反映三次了";
/** Numbers that are nobody's: the demo city's own, with a right check digit. */
const IDENTITY = "990121198202079574";
const PHONE_NUMBER = "13900001234";

export async function intake() {
  const page = await open(DESKTOP);
  let number = "";

  await check("what a person wants to do is chosen, and the examples change with it", async () => {
    assert.equal(await page.locator(".agents label").count(), 4);
    const before = await page.locator(".example").allInnerTexts();
    await choose(page, "诉求登记");
    assert.notDeepEqual(await page.locator(".example").allInnerTexts(), before);
    assert.ok(await page.locator("#place").isHidden(), "a form has no place of its own");
    await picture(page, "20-intake-welcome");
  });

  await check("a request is confirmed in a dialog that says what will happen", async () => {
    const request = page.waitForRequest(TURNS);
    await ask(page, REQUEST);
    assert.match((await request).url(), /\/intake\//);
    const dialog = dialogOf(page);
    await dialog.waitFor();
    assert.ok(await focusIsIn(page, "dialog"));
    const lines = await dialog.locator(".effect").allInnerTexts();
    assert.match(lines[0], /登记工单/);
    assert.ok(lines.some((line) => line.includes("东门里小区2号楼")), lines.join("|"));
    assert.match(await dialog.locator(".dialog-facts").innerText(), /有效期/);
    await picture(page, "21-intake-confirm");
  });

  await check("Escape closes it and confirms nothing; the card opens it again", async () => {
    await page.keyboard.press("Escape");
    await dialogOf(page).waitFor({ state: "hidden" });
    assert.equal(await page.locator(".turn").count(), 1);
    assert.ok(await page.locator("#beside").isVisible());
    assert.equal(await page.locator(".form-card .order-card").count(), 0);
    await page.locator(".review").click();
    await dialogOf(page).waitFor();
    await page.locator(".confirm-change").click();
    assert.ok(await focusIsIn(page, ".review"));
  });

  await check("a field is added in the card, and comes back in the proposal", async () => {
    await page.locator(".fold > summary").first().click();
    await page.locator('.form-field [name="phone"]').fill(PHONE_NUMBER);
    const request = page.waitForRequest(TURNS);
    await page.locator(".form-fields button[type=submit]").click();
    assert.deepEqual((await request).postDataJSON().fields, { phone: PHONE_NUMBER });
    await page.locator(".turn").nth(1).waitFor();
    await answered(page);
    await dialogOf(page).waitFor();
    assert.ok((await dialogOf(page).locator(".effects").innerText()).includes("139****1234"));
    await page.locator("#inbox-count", { hasText: /^1$/ }).waitFor();
  });

  await check("the confirmed request is a work order with its timeline", async () => {
    await page.locator(".confirm-yes").click();
    const card = page.locator(".form-card .order-card");
    await card.waitFor();
    const answer = await answered(page);
    assert.ok(await focusIsIn(page, ".question"), "the focus is at the turn that follows");
    assert.equal(await page.locator(".turn").last().locator(".question-text").innerText(), "确认", "the conversation has the word");
    number = (await card.locator(".order-number").innerText()).match(/HL\d+/)?.[0] ?? "";
    assert.ok((await answer.innerText()).includes(number));
    assert.ok((await card.locator(".timeline li").count()) >= 3);
    assert.match(await card.locator(".due").first().innerText(), /派单期限至/);
    assert.ok(!(await card.locator(".due").first().innerText()).includes("起算"), "computations are folded");
    assert.match(await card.locator(".badge-state").innerText(), /待派单/);
    await page.locator("#inbox-count").waitFor({ state: "hidden" });
    await card.locator(".order-refresh").click();
    await page.locator("#announcer", { hasText: "最新" }).waitFor({ state: "attached" });
    await picture(page, "22-intake-order");
  });

  await check("a reload brings the order and the agent back", async () => {
    await page.reload();
    await page.locator(".form-card .order-card").waitFor();
    assert.equal(await dialogOf(page).count(), 0, "a stored conversation asks for nothing");
    assert.equal(await page.locator("#agent-tag").innerText(), "诉求登记");
    await page.locator("#new").click();
    assert.ok(await page.locator("#beside").isHidden());
  });
  await page.context().close();
  await lookup(number);
}

/** Another person has the number and the telephone number, or only the first. */
async function lookup(number) {
  const page = await open(DESKTOP, false);
  await check("an order is found with its number and telephone number, and not without", async () => {
    await page.locator("#lookup").click();
    await page.locator("#lookup-order").fill("12345");
    await page.keyboard.press("Enter");
    assert.match(await page.locator("#lookup-trouble").innerText(), /HL/);
    await page.locator("#lookup-order").fill(number);
    await page.locator("#lookup-phone").fill("13900009999");
    await page.keyboard.press("Enter");
    await page.locator("#lookup-trouble", { hasText: "没有查到" }).waitFor();
    await page.locator("#lookup-phone").fill(PHONE_NUMBER);
    await page.keyboard.press("Enter");
    await page.locator(".found .timeline li").first().waitFor();
    assert.ok((await page.locator(".found .order-number").innerText()).includes(number));
    await picture(page, "23-lookup");
    await page.keyboard.press("Escape");
    assert.ok(await focusIsIn(page, "#lookup"));
  });
  await page.context().close();
}

/** Presses a choice of the form's card. */
async function pick(page, name, choice) {
  await page.locator(`.form-field:has(input[name="${name}"]) .pick`, { hasText: new RegExp(`^${choice}`) }).click();
}

/** Fills what the newborn's form asks of somebody who is not in the register. */
async function fillNewborn(page) {
  await pick(page, "family", "婚生");
  await pick(page, "follow", "随母");
  await pick(page, "local_household", "有本市");
  await pick(page, "child_sex", "女");
  await pick(page, "delivery", "自取");
  const typed = { child_name: "林小满", child_birth: "2026-11-01", child_ethnicity: "汉族", name: "林清", identity: "110", mobile: PHONE_NUMBER };
  for (const [name, value] of Object.entries(typed)) await page.locator(`.form-field [name="${name}"]`).fill(value);
}

async function send(page) {
  const turns = await page.locator(".turn").count();
  await page.locator(".form-fields button[type=submit]").click();
  await page.locator(".turn").nth(turns).waitFor();
  return answered(page);
}

export async function guide() {
  const page = await open(DESKTOP);

  await check("a service shows its conditions, its materials with clauses, and what is missing", async () => {
    await choose(page, "办事");
    await ask(page, "宝宝上户口");
    const card = page.locator("#beside .form-card");
    await card.waitFor();
    assert.equal(await card.locator(".form-title").innerText(), "新生儿户口登记");
    assert.ok((await card.locator(".material").count()) >= 3);
    assert.equal(await card.locator(".material").count(), await card.locator(".material-chip").count(), "every material has its clause");
    assert.ok((await card.locator(".form-fields .form-field").count()) >= 8);
    await card.locator(".conditions > summary").click();
    assert.ok((await card.locator(".conditions li").count()) >= 2);
    await picture(page, "24-guide");
    await card.locator(".material-chip").first().click();
    await page.locator("#panel .about").waitFor();
    assert.ok(await page.locator("#beside").isHidden(), "the clause takes the place of the form");
    await page.keyboard.press("Escape");
    assert.ok(await focusIsIn(page, ".material-chip"));
  });

  await check("fields are filled in the card in one go; what was not taken stays to be mended", async () => {
    await fillNewborn(page);
    await send(page);
    const identity = page.locator('.form-field [name="identity"]');
    assert.equal(await identity.inputValue(), "110");
    assert.equal(await identity.getAttribute("aria-invalid"), "true");
    assert.ok((await page.locator(".known-row").count()) >= 9);
    assert.match(await page.locator(".known-source").first().innerText(), /本人所说/);
    await picture(page, "25-guide-filled");
    await identity.fill(IDENTITY);
    await send(page);
    await dialogOf(page).waitFor();
    assert.ok((await dialogOf(page).locator(".effects").innerText()).includes("林小满"));
    await picture(page, "26-guide-confirm");
  });

  await check("a known value is changed in the card", async () => {
    await page.keyboard.press("Escape");
    await page.locator(".known-row", { hasText: "婴儿姓名" }).getByRole("button").click();
    assert.ok(await focusIsIn(page, '[name="child_name"]'));
    await page.locator('[name="child_name"]').fill("林小雨");
    await send(page);
    await dialogOf(page).waitFor();
    assert.ok((await dialogOf(page).locator(".effects").innerText()).includes("林小雨"));
  });

  await check("the confirmed form is submitted, and can be kept as a file", async () => {
    await page.locator(".confirm-yes").click();
    await page.locator(".receipt").waitFor();
    assert.match(await page.locator(".receipt-number").innerText(), /^SX\d+$/);
    const links = page.locator("a.save-link");
    assert.equal(await links.count(), 3);
    for (const link of await links.all()) {
      const response = await page.context().request.get(new URL(await link.getAttribute("href"), page.url()).href);
      assert.equal(response.status(), 200, await link.innerText());
    }
    await picture(page, "27-guide-submitted");
  });

  await check("what is asked can be left again", async () => {
    await page.locator("#new").click();
    await choose(page, "办事");
    await ask(page, "帮我办退休年审");
    await ask(page, "不办了");
    assert.equal(await dialogOf(page).count(), 0);
    assert.equal(await page.locator(".form-fields").count(), 0);
  });
  await page.context().close();
  await registered();
}

/** Whom the register knows is asked for less, and each value says where it is from. */
async function registered() {
  const token = tokenOf("CHENGZHI_RESIDENT_TOKEN");
  if (!token) return;
  const page = await open(DESKTOP);
  await check("what the register knows is filled in with its source, and spares documents", async () => {
    await login(page, token);
    await choose(page, "办事");
    await ask(page, "宝宝上户口");
    await page.locator(".source-registry").first().waitFor();
    assert.ok((await page.locator(".material-free").count()) >= 1);
    await picture(page, "28-guide-registered");
    await page.keyboard.press("Escape");
  });

  await check("whoever is logged in gets the submitted form as a file", async () => {
    const choices = { family: "婚生", follow: "随母", local_household: "有本市", child_sex: "女", delivery: "自取" };
    for (const [name, choice] of Object.entries(choices)) await pick(page, name, choice);
    const typed = { child_name: "林小满", child_birth: "2026-11-01", child_ethnicity: "汉族" };
    for (const [name, value] of Object.entries(typed)) await page.locator(`.form-field [name="${name}"]`).fill(value);
    await send(page);
    await dialogOf(page).waitFor();
    await page.locator(".confirm-yes").click();
    const number = await page.locator(".receipt-number").innerText();
    const download = page.waitForEvent("download");
    await page.locator(".save-link", { hasText: "DOCX" }).click();
    assert.equal((await download).suggestedFilename(), `${number}.docx`);
    await page.locator("#logout").click();
    assert.ok(await page.locator("#welcome").isVisible());
    assert.ok(await page.locator("#login").isVisible());
  });
  await page.context().close();
}

export async function onAPhone() {
  const page = await open(PHONE);
  await check("forms, confirmation and order fit a phone", async () => {
    await choose(page, "办事");
    await fits(page);
    await ask(page, "宝宝上户口");
    await page.locator(".form-home .form-card").waitFor();
    assert.ok(await page.locator("#beside").isHidden());
    await page.locator(".form-fields").scrollIntoViewIfNeeded();
    await fits(page);
    await picture(page, "29-phone-form");
    await page.locator(".material-chip").first().click();
    await page.locator("#panel .about").waitFor();
    await fits(page);
    await page.locator(".panel-close").click();
    await page.locator("#new-short").click();
    await choose(page, "诉求登记");
    await type(page, REQUEST);
    await dialogOf(page).waitFor();
    await fits(page);
    await picture(page, "30-phone-confirm");
    await page.locator(".confirm-yes").click();
    await page.locator(".order-card").waitFor();
    await fits(page);
    await page.locator("#large").click();
    await fits(page);
    await page.locator(".order-card").scrollIntoViewIfNeeded();
    await picture(page, "31-phone-order-large");
  });
  await page.context().close();
}
