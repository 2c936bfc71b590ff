// Drives the web page in a real browser against a running server with the demo city.
//
//   npm ci && CHENGZHI_URL=http://127.0.0.1:8080/ SCREENSHOTS=/tmp/screenshots node test.mjs
//
// CHROMIUM names the browser (default /usr/bin/chromium). Without SCREENSHOTS no pictures are kept.
// CHENGZHI_CENTRE_TOKEN is the token of an officer of the hotline centre, CHENGZHI_UNIT_TOKEN that of one of
// 和澜市消防救援支队, CHENGZHI_DUTY_TOKEN that of one of 和澜市应急管理局, CHENGZHI_RESIDENT_TOKEN that of a citizen in the
// register. What needs them is skipped without them, and says so; with CI set it fails.
// It tests the page and its contract with the server, not the quality of answers: that is what the evals measure.

import assert from "node:assert/strict";
import { alerts } from "./alerts.mjs";
import { preferencesAndKeyboard, phone } from "./comfort.mjs";
import { desk } from "./desk.mjs";
import { digest } from "./digest.mjs";
import { draft } from "./draft.mjs";
import { guide, intake, onAPhone } from "./form.mjs";
import { browser, check, consoleErrors, count, dialogs, foreignRequests } from "./page.mjs";
import { desktop } from "./policy.mjs";
import { trouble } from "./trouble.mjs";

try {
  await desktop();
  await preferencesAndKeyboard();
  await phone();
  await trouble();
  await intake();
  await guide();
  await onAPhone();
  await desk();
  await digest();
  await alerts();
  await draft();
  await check("nothing was written to the console as an error", () => assert.deepEqual(consoleErrors, []));
  await check("no request left the origin", () => assert.deepEqual(foreignRequests, []));
  await check("no dialog of the browser was opened", () => assert.deepEqual(dialogs, []));
} catch (problem) {
  count.failed += 1;
  console.log(`not ok: the run broke off\n${problem.stack}`);
} finally {
  await browser.close();
}
console.log(`${count.passed} passed, ${count.failed} failed`);
process.exitCode = count.failed > 0 ? 1 : 0;
