// The client of npm `open311` against a running server: discovery, services, definition, report, token, requests.
//
//   npm ci --prefix scripts/open311
//   CHENGZHI_URL=http://127.0.0.1:8787 CHENGZHI_API_KEY=cz_… node scripts/open311_clients.mjs
//
// `scripts/open311/package.json` pins it. Its own XML parser is on no registry, so that it is asked for JSON; XML is read by
// scripts/open311_clients.py.

import assert from "node:assert/strict";
import { createRequire } from "node:module";

const Open311 = createRequire(new URL("open311/package.json", import.meta.url))("open311");
const base = (process.env.CHENGZHI_URL ?? "http://127.0.0.1:8787").replace(/\/$/, "");
const key = process.env.CHENGZHI_API_KEY;
assert.ok(key, "CHENGZHI_API_KEY: a token, as `chengzhi token add NAME --role citizen` prints it");

/** A method of the client, as a promise. */
const ask = (client, method, ...given) =>
  new Promise((done, fail) =>
    client[method](...given, (error, data) =>
      error ? fail(new Error(`${method}: ${error} ${data}`)) : done(data),
    ),
  );

const client = new Open311({
  discovery: `${base}/open311/v2/discovery.json`,
  jurisdiction: "helan.example",
  apiKey: key,
});
const discovery = await ask(client, "serviceDiscovery", { cache: true });
assert.equal(client.endpoint, `${base}/open311/v2/`);
assert.equal(discovery.endpoints[0].type, "production");

const services = await ask(client, "serviceList");
assert.ok(services.length > 300, `${services.length} services`);
const names = new Set(["service_code", "service_name", "description", "metadata", "type", "keywords", "group"]);
for (const service of services) {
  assert.deepEqual(new Set(Object.keys(service)), names);
  assert.equal(service.type, "realtime");
}

// One that asks for something.
let definition;
for (const service of services) {
  definition = await ask(client, "serviceDefinition", service.service_code);
  if (definition.attributes.some((attribute) => attribute.required)) break;
}
const needed = definition.attributes.filter((attribute) => attribute.required);
assert.ok(needed.length > 0);
const attributes = Object.fromEntries(needed.map((attribute) => [attribute.code, "昨晚十点以后"]));

const report = {
  service_code: definition.service_code,
  lat: 27.6034,
  long: 118.6012,
  description: `文庙广场 <旁> & “夜里” 很吵 ${Date.now()}`,
  attributes,
};
await assert.rejects(ask(client, "submitRequest", { ...report, attributes: {} }), /400/);
await assert.rejects(ask(client, "submitRequest", { ...report, lat: 39.9, long: 116.4 }), /400/);
await assert.rejects(ask(client, "submitRequest", { ...report, service_code: "nothing" }), /404/);
const stranger = new Open311({ endpoint: client.endpoint, apiKey: "cz_nonsense" });
await assert.rejects(ask(stranger, "submitRequest", report), /403/);

const [receipt] = await ask(client, "submitRequest", report);
const id = receipt.service_request_id;
assert.match(id, /^HL\d+$/);
assert.ok(!("token" in receipt));
// Lists are sent with numbers, and the same report again is the same order.
const listed = Object.fromEntries(Object.entries(attributes).map(([code, value]) => [code, [value]]));
const [again] = await ask(client, "submitRequest", { ...report, attributes: listed });
assert.equal(again.service_request_id, id);

const [shown] = await ask(client, "serviceRequest", id);
assert.equal(shown.status, "open");
assert.equal(shown.description, report.description);
assert.equal(shown.lat, report.lat);
assert.ok(shown.requested_datetime instanceof Date && !Number.isNaN(shown.requested_datetime.getTime()));
const named = await ask(client, "serviceRequests", [id, "HL1"], {});
assert.deepEqual(named.map((one) => one.service_request_id), [id]);
const open = await ask(client, "serviceRequests", { status: "open", service_code: definition.service_code });
assert.ok(open.some((one) => one.service_request_id === id));
await assert.rejects(ask(client, "serviceRequests", "HL1", {}), /true/);
console.log(`open311 ${id}: discovery, ${services.length} services, definition, report, requests`);
