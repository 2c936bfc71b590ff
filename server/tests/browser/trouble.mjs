// What goes wrong: stopped, too many, broken off, without a network; and answers that a model words late.

import assert from "node:assert/strict";
import { DEPOSIT, DESKTOP, TURNS, answered, ask, check, open, picture, type } from "./page.mjs";

/** Failures are staged in the browser, so this page may write errors to the console. */
export async function trouble() {
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
