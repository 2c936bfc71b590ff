// Drives the web page in a real browser against a running server with the demo city.
//
//   npm ci && CHENGZHI_URL=http://127.0.0.1:8080/ SCREENSHOTS=/tmp/screenshots node test.mjs
//
// CHROMIUM names the browser (default /usr/bin/chromium). Without SCREENSHOTS no pictures are kept.
// It tests the page and its contract with the server, not the quality of answers: that is what the evals measure.

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { chromium } from "playwright-core";

const URL_OF_PAGE = process.env.CHENGZHI_URL ?? "http://127.0.0.1:8080/";
const SCREENSHOTS = process.env.SCREENSHOTS ?? "";
const ORIGIN = new URL(URL_OF_PAGE).origin;
const TURNS = "**/v1/agents/*/turns";
const DESKTOP = { viewport: { width: 1280, height: 800 } };
const PHONE = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true };

const DEPOSIT = "租房押金房东不退怎么办？";
const UNANSWERABLE = "宠物殡葬补贴怎么领？";
const EMERGENCY = "闻到很浓的煤气味";
const MARKUP = "<img src=x onerror=alert(1)>";

let passed = 0;
let failed = 0;
/** What must stay empty over the whole run. */
const consoleErrors = [];
const foreignRequests = [];
const dialogs = [];

if (SCREENSHOTS) await mkdir(SCREENSHOTS, { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});

try {
  await desktop();
  await preferencesAndKeyboard();
  await phone();
  await trouble();
  await check("nothing was written to the console as an error", () => assert.deepEqual(consoleErrors, []));
  await check("no request left the origin", () => assert.deepEqual(foreignRequests, []));
  await check("no dialog was opened", () => assert.deepEqual(dialogs, []));
} catch (problem) {
  failed += 1;
  console.log(`not ok: the run broke off\n${problem.stack}`);
} finally {
  await browser.close();
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;

async function desktop() {
  const page = await open({ ...DESKTOP, permissions: ["clipboard-read", "clipboard-write"] });
  let conversation = "";

  await check("the page loads with the city, its places and example questions", async () => {
    assert.match(await page.title(), /城智.*和澜市/);
    assert.ok((await page.locator(".example").count()) >= 4);
    const places = await page.locator("#place option").allTextContents();
    for (const place of ["临江区", "云台区", "望海区", "松溪县"]) assert.ok(places.includes(place), place);
    await picture(page, "01-welcome");
  });

  await check("an example question is answered with citations and a label", async () => {
    const example = page.locator(".example", { hasText: "押金" });
    const request = page.waitForRequest(TURNS);
    if ((await example.count()) > 0) await example.first().click();
    else await type(page, DEPOSIT);
    assert.deepEqual(pick((await request).postDataJSON(), ["as_of", "place", "conversation"]), { as_of: null, place: null, conversation: null });
    const answer = await answered(page);
    assert.ok(["answered", "partial"].includes(await answer.getAttribute("data-status")));
    const sentences = await answer.locator(".sentence").count();
    assert.ok(sentences >= 1);
    assert.equal(await answer.locator(".sentence:has(.chip)").count(), sentences, "every sentence has a citation");
    assert.ok((await answer.locator(".source").count()) >= 1);
    assert.match(await answer.locator(".ai-label").innerText(), /人工智能/);
    assert.match(await answer.locator("summary").innerText(), /理解为：.*截至 \d{4}-\d\d-\d\d.*适用地：/);
    await answer.locator("summary").click();
    assert.ok(await answer.locator(".understood").isVisible());
    await answer.locator("summary").click();
    await picture(page, "02-answer");
    conversation = decodeURIComponent(new URL(page.url()).hash.slice(1));
    assert.notEqual(conversation, "");
  });

  await check("the finished answer is told to screen readers", async () => {
    const quoted = await page.locator(".sentence-text").first().innerText();
    assert.ok(squeezed(await page.locator("#announcer").textContent()).includes(squeezed(quoted)));
  });

  await check("a chip opens the clause with the quoted sentence, dates and validity", async () => {
    const chip = page.locator(".chip").first();
    const quoted = await page.locator(".sentence-text").first().innerText();
    await chip.click();
    await page.locator("#panel .about").waitFor();
    assert.ok(squeezed(await page.locator(".clause .clause-text").textContent()).includes(squeezed(quoted)));
    assert.ok((await page.locator(".clause mark").textContent()).length > 0);
    assert.match(await page.locator(".document-dates").innerText(), /\d{4}-\d\d-\d\d 起施行/);
    assert.match(await page.locator(".badges").innerText(), /现行有效|已废止|已被修订/);
    assert.match(await page.locator(".document-title").innerText(), /^《.+》$/);
    assert.notEqual(await page.locator(".document-body").innerText(), "");
    assert.ok(await focusIsIn(page, "#panel"));
    assert.equal(await chip.getAttribute("aria-expanded"), "true");
    await picture(page, "03-clause");
  });

  await check("neighbouring clauses can be read and left again", async () => {
    await page.locator(".neighbour-path").last().waitFor({ state: "attached" });
    if (!(await page.locator(".neighbour-path").last().isVisible())) await page.locator("details.neighbours summary").click();
    const cited = await page.locator(".clause .clause-text").textContent();
    await page.locator(".neighbour-path").last().click();
    await page.locator(".panel-back").waitFor();
    assert.notEqual(await page.locator(".clause .clause-text").textContent(), cited);
    await page.locator(".panel-back").click();
    await page.locator(".clause mark").waitFor();
    await page.locator("#panel .about").waitFor();
  });

  await check("another revision of the clause is shown with its differences", async () => {
    const others = page.locator('.revision[aria-pressed="false"]');
    if ((await others.count()) === 0) return console.log("  this clause has one revision only");
    await others.first().click();
    await page.locator(".panel-back").waitFor();
    assert.match(await page.locator(".clause-note").innerText(), /对照|文字相同/);
    await picture(page, "04-revision");
  });

  await check("Escape closes the clause and gives the focus back to the chip", async () => {
    await page.keyboard.press("Escape");
    assert.ok(await page.locator("#panel").isHidden());
    assert.ok(await page.locator(".chip").first().evaluate((chip) => chip === document.activeElement));
  });

  await check("copying takes citations and label along", async () => {
    await page.locator(".copy").first().click();
    await page.locator(".copy", { hasText: "已复制" }).waitFor();
    const text = await page.evaluate(() => navigator.clipboard.readText());
    assert.match(text, /\[1\]/);
    assert.match(text, /《.+》/);
    assert.match(text, /人工智能/);
  });

  await check("a follow-up stays in the conversation", async () => {
    const request = page.waitForRequest(TURNS);
    const answer = await ask(page, "那几天内要退？");
    assert.equal((await request).postDataJSON().conversation, conversation);
    assert.ok(["answered", "partial", "clarify"].includes(await answer.getAttribute("data-status")));
    assert.equal(await page.locator(".turn").count(), 2);
    await picture(page, "05-follow-up");
  });

  await check("a reload brings the conversation back", async () => {
    await page.reload();
    await page.locator(".turn").nth(1).waitFor();
    assert.equal(await page.locator(".turn").count(), 2);
    assert.ok((await page.locator(".chip").count()) >= 1);
    assert.equal(await page.locator('.past-open[aria-current="true"]').count(), 1);
  });

  await check("a question without basis is refused, with next steps to call", async () => {
    await page.locator("#new").click();
    const answer = await ask(page, UNANSWERABLE);
    assert.equal(await answer.getAttribute("data-status"), "refused");
    assert.equal(await answer.locator(".sentence").count(), 0);
    assert.ok((await answer.locator(".refusal").innerText()).trim().length > 0);
    assert.ok((await answer.locator(".next-card").count()) >= 1);
    assert.ok((await answer.locator('.next-card a[href^="tel:"]').count()) >= 1);
    await picture(page, "06-refusal");
  });

  await check("an emergency shows the number to call, large", async () => {
    const answer = await ask(page, EMERGENCY);
    assert.equal(await answer.getAttribute("data-status"), "handoff");
    const number = answer.locator(".big-number");
    assert.match(await number.getAttribute("href"), /^tel:\d+$/);
    assert.ok((await number.evaluate((node) => parseFloat(getComputedStyle(node).fontSize))) >= 32);
    await picture(page, "07-emergency");
  });

  await check("markup in a question stays text", async () => {
    const answer = await ask(page, MARKUP);
    assert.equal(await page.locator(".question-text").last().innerText(), MARKUP);
    assert.notEqual(await answer.getAttribute("data-status"), "failed");
    assert.equal(await page.locator("img").count(), 0);
    await page.reload();
    await page.locator(".turn").last().waitFor();
    assert.equal(await page.locator("img").count(), 0);
  });

  await check("district and date are sent and shown", async () => {
    await page.locator("#new").click();
    await page.locator("#place").selectOption("临江区");
    await page.locator("#as-of-open").click();
    await page.locator("#as-of").fill("2025-01-15");
    const request = page.waitForRequest(TURNS);
    const answer = await ask(page, DEPOSIT);
    assert.deepEqual(pick((await request).postDataJSON(), ["as_of", "place"]), { as_of: "2025-01-15", place: "临江区" });
    const summary = await answer.locator("summary").innerText();
    assert.match(summary, /2025-01-15/);
    assert.match(summary, /临江区/);
    await picture(page, "08-district-and-date");
  });

  await check("empty and over-long questions cannot be sent", async () => {
    await page.locator("#question").fill("  ");
    assert.ok(await page.locator("#send").isDisabled());
    await page.locator("#question").fill("问".repeat(2001));
    assert.ok(await page.locator("#send").isDisabled());
    assert.match(await page.locator("#count").innerText(), /超出 1 字/);
    await page.locator("#question").press("Enter");
    assert.equal(await page.locator(".turn").count(), 1);
    await page.locator("#question").fill("问".repeat(2000));
    assert.ok(await page.locator("#send").isEnabled());
    await page.locator("#question").fill("");
  });

  await check("on paper only the conversation remains", async () => {
    await page.emulateMedia({ media: "print" });
    assert.ok(await page.locator("#composer").isHidden());
    assert.ok(await page.locator("#side").isHidden());
    assert.ok(await page.locator(".ai-label").first().isVisible());
    await page.emulateMedia({ media: "screen" });
  });

  await check("a past conversation is opened, and deleted at the second press", async () => {
    const before = await page.locator(".past-row").count();
    await page.locator(".past-open").last().click();
    await page.locator(".turn").nth(1).waitFor();
    const id = decodeURIComponent(new URL(page.url()).hash.slice(1));
    assert.equal(id, conversation);
    const remove = page.locator(".past-delete").last();
    await remove.click();
    assert.equal(await page.locator(".past-row").count(), before);
    await remove.click();
    await page.locator("#welcome").waitFor();
    assert.equal(await page.locator(".past-row").count(), before - 1);
    const response = await page.context().request.get(new URL(`/v1/conversations/${encodeURIComponent(id)}`, URL_OF_PAGE).href);
    assert.equal(response.status(), 404);
  });
  await page.context().close();
}

async function preferencesAndKeyboard() {
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

async function phone() {
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

/** Failures are staged in the browser, so this page may write errors to the console. */
async function trouble() {
  const page = await open(DESKTOP, false);

  await check("an answer can be stopped and asked for again", async () => {
    await page.route(TURNS, () => {});
    await type(page, DEPOSIT);
    await page.locator("#stop").click();
    const answer = await answered(page);
    assert.equal(await answer.getAttribute("data-status"), "stopped");
    await page.unroute(TURNS);
    await page.locator(".retry").click();
    assert.ok(["answered", "partial"].includes(await (await answered(page)).getAttribute("data-status")));
    assert.equal(await page.locator(".turn").count(), 1);
  });

  await check("too many questions: a countdown, then a retry", async () => {
    await page.route(TURNS, (route) => route.fulfill({
      status: 429,
      headers: { "Retry-After": "2", "Content-Type": "application/json" },
      body: JSON.stringify({ error: { code: "rate_limited", message: "staged" } }),
    }));
    await type(page, DEPOSIT);
    const answer = await answered(page);
    assert.match(await answer.locator(".retry").innerText(), /\d 秒后可以重试/);
    assert.ok(await answer.locator(".retry").isDisabled());
    await picture(page, "17-busy");
    await page.unroute(TURNS);
    await answer.locator(".retry:enabled").click();
    assert.notEqual(await (await answered(page)).getAttribute("data-status"), "failed");
  });

  await check("a stream that breaks off says so and keeps what was shown", async () => {
    const events = [
      ["started", { conversation: "staged", turn: 1, agent: "policy-qa" }],
      ["citation", { id: "staged", title: "甲办法", path: "第一条", text: "第一条 甲。", effective_from: "2024-01-01" }],
      ["sentence", { index: 0, text: "甲。", citations: ["staged"] }],
    ];
    const body = events.map(([name, data]) => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`).join("");
    await page.route(TURNS, (route) => route.fulfill({ status: 200, headers: { "Content-Type": "text/event-stream" }, body }));
    await type(page, DEPOSIT);
    const answer = await answered(page);
    assert.equal(await answer.getAttribute("data-status"), "failed");
    assert.match(await answer.locator(".notice").innerText(), /中断/);
    assert.equal(await answer.locator(".sentence").count(), 1);
    assert.match(await answer.locator(".ai-label").innerText(), /人工智能/);
    await page.unroute(TURNS);
  });

  const citation = { id: "staged", title: "甲办法", path: "第一条", text: "第一条 甲应当登记。乙可以登记。", effective_from: "2024-01-01" };
  /** @param {object} differs */
  const staged = (differs) => ({
    status: "answered", question: DEPOSIT, interpreted: DEPOSIT, as_of: "2026-11-21", jurisdiction: "和澜市", lead: "以下为原文。",
    sentences: [quote("甲应当登记。"), quote("乙可以登记。")], citations: [citation], missing: [], searched: ["staged"], next: [], choices: [],
    message: null, mode: "off", degraded: null, agent: "policy-qa", label: "本回答由人工智能生成。", aigc: {}, conversation: "staged", ...differs,
  });
  const quote = (text, by = null) => ({ text, citations: ["staged"], worded_by: by });
  const play = async (events) => {
    const body = events.map(([name, data]) => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`).join("");
    await page.route(TURNS, (route) => route.fulfill({ status: 200, headers: { "Content-Type": "text/event-stream" }, body }));
    const answer = await ask(page, DEPOSIT);
    await page.unroute(TURNS);
    return answer;
  };
  const begun = [["started", { conversation: "staged", turn: 1, agent: "policy-qa" }], ["quoted", staged({})]];

  await check("quotations give way to what a model worded of them", async () => {
    const worded = staged({ mode: "qwen", lead: "由模型归纳。", sentences: [quote("甲须登记。", "qwen"), quote("乙可以登记。")] });
    const told = worded.sentences.map((sentence, index) => ["sentence", { index, ...sentence }]);
    const answer = await play([...begun, ["citation", citation], ...told, ["done", worded]]);
    assert.deepEqual(await answer.locator(".sentence-text").allInnerTexts(), ["甲须登记。", "乙可以登记。"]);
    assert.equal(await answer.locator(".verbatim").count(), 1, "the quoted sentence is marked");
    assert.equal(await answer.locator(".lead").count(), 1);
    assert.equal(await answer.locator(".ai-label").count(), 1);
    assert.equal(await answer.locator(".progress").count(), 0);
    assert.match(await page.locator("#announcer").textContent(), /整理成文字/);
    await picture(page, "19-worded");
  });

  await check("where the model failed the quotations stand and say so", async () => {
    const answer = await play([...begun, ["degraded", { task: "wording", cause: "late", reason: "" }], ["done", staged({ degraded: "模型没有完成。" })]]);
    assert.equal(await answer.locator(".sentence").count(), 2);
    assert.equal(await answer.locator(".degraded").innerText(), "模型没有完成。");
    assert.equal(await answer.locator(".verbatim").count(), 0);
    assert.match(await page.locator("#announcer").textContent(), /模型没有完成/);
  });

  await check("a connection lost while a model works leaves the quotations", async () => {
    const answer = await play(begun);
    assert.equal(await answer.getAttribute("data-status"), "failed");
    assert.match(await answer.locator(".notice").innerText(), /核对过的原文/);
    assert.equal(await answer.locator(".sentence").count(), 2);
    assert.equal(await answer.locator(".ai-label").count(), 1);
    assert.equal(await answer.locator(".sources").count(), 1);
  });

  await check("without a network the page says so", async () => {
    await page.context().setOffline(true);
    await page.locator("#offline").waitFor();
    await type(page, DEPOSIT);
    const answer = await answered(page);
    assert.match(await answer.locator(".notice").innerText(), /连不上服务器/);
    await picture(page, "18-offline");
    await page.context().setOffline(false);
    await page.locator("#offline").waitFor({ state: "hidden" });
  });
  await page.context().close();
}

async function check(name, test) {
  try {
    await test();
    passed += 1;
    console.log(`ok: ${name}`);
  } catch (problem) {
    failed += 1;
    console.log(`not ok: ${name}\n${problem.stack}`);
  }
}

async function open(options, strict = true) {
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

async function type(page, question) {
  await page.locator("#question").fill(question);
  await page.locator("#question").press("Enter");
}

/** The newest answer, once it is complete. */
async function answered(page) {
  const answer = page.locator(".turn:last-child .answer");
  await page.locator('.turn:last-child .answer[aria-busy="false"]').waitFor({ timeout: 60_000 });
  return answer;
}

async function ask(page, question) {
  const turns = await page.locator(".turn").count();
  await type(page, question);
  await page.locator(".turn").nth(turns).waitFor();
  return answered(page);
}

/** Nothing can be scrolled sideways. */
async function fits(page) {
  const wide = await page.evaluate(() => ["html", "#scroll", "#composer", "#panel .panel-body", "#past"].filter((selector) => {
    const node = document.querySelector(selector);
    return node.scrollWidth > node.clientWidth + 1;
  }));
  assert.deepEqual(wide, []);
}

async function focusIsIn(page, selector) {
  return page.evaluate((wanted) => document.activeElement?.closest(wanted) !== null, selector);
}

async function picture(page, name) {
  if (!SCREENSHOTS) return;
  await page.waitForTimeout(350);
  await page.screenshot({ path: path.join(SCREENSHOTS, `${name}.png`) });
}

function pick(record, keys) {
  return Object.fromEntries(keys.map((key) => [key, record[key] ?? null]));
}

function squeezed(text) {
  return text.replace(/\s+/g, "");
}
