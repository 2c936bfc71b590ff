// Questions about rules: answers with their clauses, on a wide screen.

import assert from "node:assert/strict";
import { DEPOSIT, DESKTOP, TURNS, URL_OF_PAGE, answered, ask, check, focusIsIn, open, pick, picture, squeezed, type } from "./page.mjs";

const UNANSWERABLE = "宠物殡葬补贴怎么领？";
const EMERGENCY = "闻到很浓的煤气味";
const MARKUP = "<img src=x onerror=alert(1)>";

export async function desktop() {
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
