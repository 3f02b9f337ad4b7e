// The form of a job without a browser: JSON there and back, what a URL that was typed says, presets of schedules.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { bodyParts, bodyValue } from "../../web/base/body.js";
import { fromJob, secretsIn, toJob } from "../../web/screens/form_job.js";
import { FIRST, KINDS, readPreset } from "../../web/screens/form_presets.js";
import { NEW, joined, nameOf, ownNetworks, settleUrl } from "../../web/screens/form_url.js";
import form from "../../web/text/form.js";

const job = (more = {}) => ({
  name: "followup-7h", description: "Follow-ups", enabled: true, tags: ["followup", "mail"], schedule: "0 7 * * 1-5", timezone: "Europe/Madrid", jitter_s: 0,
  starts_at: null, ends_at: "2027-01-31T09:00:00.500Z", target: "prod",
  request: { method: "POST", url: "/followup-processor", headers: { "X-Internal-Key": "{{secret.CRON_INTERNAL_KEY}}" }, body: { time_slot: "07:00", deep: [1, { a: null }] } },
  timeout_ms: 120000, connect_timeout_ms: 10000, delivery: "at_least_once",
  retry: { max_attempts: 3, initial_ms: 5000, multiplier: 1.5, max_ms: 300000, max_age_s: 3600, past_next_occurrence: true }, overlap: "skip",
  catch_up: { policy: "latest", window_s: 21600 },
  success: { status: ["2xx", "304"], json: [{ pointer: "/ok", equals: true }, { pointer: "/n", exists: false }, { pointer: "/s", matches: "^sent" }, { pointer: "/t", equals: "text" }, { pointer: "", equals: null }] },
  metrics: { followups_sent: "/followups_sent" }, alerts: [{ any: "thing" }], ...more,
});
const request = (more) => job({ request: { ...job().request, ...more } });

describe("a job there and back", () => {
  test("is the same, whatever it has", () => assert.deepEqual(toJob(fromJob(job())), job()));
  test("what the server adds is left out, and its revision is the ETag", () => {
    const values = fromJob({ ...job(), status: { revision: 4 }, warnings: [] });
    assert.equal(values.etag, '"4"');
    assert.deepEqual(toJob(values), job());
  });
  for (const body of [null, "text as it is", "", "{\"looks\": \"like JSON\"}", [], 0, false, { a: "{{now}}" }])
    test(`with the body ${JSON.stringify(body)}`, () => assert.deepEqual(toJob(fromJob(request({ body }))), request({ body })));
  test("with what no field of the form shows", () => {
    const more = job({ later: { a: 1 } });
    Object.assign(more.request, { later: true });
    Object.assign(more.success, { later: [1] });
    assert.deepEqual(toJob(fromJob(more)), more);
  });
  test("without a target", () => assert.equal(toJob(fromJob(job({ target: null }))).target, null));
  test("tags and statuses by spaces or commas", () => {
    const made = toJob({ ...fromJob(job()), tags: " a, b  c,", statuses: "2xx,3xx" });
    assert.deepEqual([made.tags, made.success.status], [["a", "b", "c"], ["2xx", "3xx"]]);
  });
  test("an empty number is left to the server's default, one that is none to its judgement", () => {
    const made = toJob({ ...fromJob(job()), timeout_ms: "", jitter_s: "1O", connect_timeout_ms: "2500" });
    assert.deepEqual([made.timeout_ms, made.jitter_s, made.connect_timeout_ms], [undefined, "1O", 2500]);
  });
});

describe("what has no JSON is told with its field", () => {
  const unfit = (changes, pointer, key) => assert.throws(() => toJob({ ...fromJob(job()), ...changes }), (e) => {
    assert.equal(form[e.key].length, 3);
    return e.pointer === pointer && e.key === key;
  });
  test("a header that is there twice", () => unfit({ headers: [{ name: "a/b", value: "1" }, { name: "a/b", value: "2" }] }, "/request/headers/a~1b", "form.row_twice"));
  test("a value without a name", () => unfit({ metrics: [{ name: "", value: "/x" }] }, "/metrics/", "form.row_name"));
  test("a body that is not JSON", () => unfit({ body_kind: "json", body: "{" }, "/request/body", "form.body_bad"));
  test("an empty row is none", () => assert.deepEqual(toJob({ ...fromJob(job()), headers: [{ name: "", value: "" }] }).request.headers, {}));
  test("an empty JSON body is none", () => assert.equal(bodyValue("json", "  "), null));
  test("a body that is turned from none to JSON begins as an object", () => assert.deepEqual(bodyParts(null), ["none", "{}"]));
});

describe("a URL that was typed", () => {
  const targets = [{ name: "all", base_url: "https://abc.supabase.co" }, { name: "prod", base_url: "https://abc.supabase.co/functions/v1/" }];
  const typed = (url, more = {}) => settleUrl({ url, target: NEW, name: "", ...more }, targets);
  test("on a target that is there: the one that says most of it", () => {
    const { target, url, name } = typed("https://abc.supabase.co/functions/v1/followup-processor?slot=7");
    assert.deepEqual([target, url, name], ["prod", "/followup-processor?slot=7", "followup-processor"]);
  });
  const fresh = [
    ["https://xyz.supabase.co/functions/v1/sync/mail", "https://xyz.supabase.co/functions/v1", "/sync/mail", "xyz", ""],
    ["https://example.org/hooks/Daily Report", "https://example.org/hooks", "/Daily Report", "example", ""],
    ["https://example.org", "https://example.org", "/", "example", ""],
    ["http://127.0.0.1:54321/functions/v1/x", "http://127.0.0.1:54321/functions/v1", "/x", "local", "127.0.0.0/8"],
    ["http://kong:8000/functions/v1/x", "http://kong:8000/functions/v1", "/x", "kong", "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16"],
    ["https://abc.supabase.community/x", "https://abc.supabase.community", "/x", "abc", ""],
  ];
  for (const [url, base, path, name, own] of fresh)
    test(`on a new one: ${url}`, () => {
      const to = typed(url);
      assert.deepEqual([to.target, to.new_base, to.url, to.new_name, to.new_private], [NEW, base, path, name, own]);
    });
  test("the new one's name is not taken", () => assert.equal(settleUrl({ url: "https://prod.example.org/x", target: NEW, name: "" }, [...targets, { name: "prod-2", base_url: "https://else.example" }]).new_name, "prod-3"));
  test("without a target it stays whole", () => assert.equal(typed("https://abc.supabase.co/functions/v1/x", { target: "" }).url, "https://abc.supabase.co/functions/v1/x"));
  test("a path has a slash in front", () => assert.equal(typed("followup", { target: "prod" }).url, "/followup"));
  test("a placeholder in front is left", () => assert.equal(typed("{{secret.URL}}", { target: "prod" }).url, "{{secret.URL}}"));
  test("a name that was typed stays; one that was suggested follows", () => {
    assert.equal("name" in typed("/b", { name: "mine", target: "prod" }), false);
    assert.equal(typed("/b", { name: "a", suggested: "a", target: "prod" }).name, "b");
  });
  test("names of jobs", () => assert.deepEqual(["/a/B c?x", "/x/{{job.name}}", "https://h.example", "/__x__/"].map(nameOf), ["b-c", "x", "", "x__"]));
  test("joined as the server does", () => assert.deepEqual([joined("https://h/v1/", "/x"), joined("https://h/v1", "x")], ["https://h/v1/x", "https://h/v1/x"]));
  const nets = [["http://localhost:1/x", "127.0.0.0/8 ::1/128"], ["http://10.1.2.3/x", "10.1.2.3/32"], ["http://172.31.0.1/", "172.31.0.1/32"], ["http://172.32.0.1/", ""], ["http://100.64.0.9/", "100.64.0.9/32"],
    ["http://[::1]:8/x", "::1/128"], ["http://[fd00::1]/x", "fd00::1/128"], ["https://8.8.8.8/", ""], ["https://abc.supabase.co/", ""], ["nothing", ""]];
  for (const [url, own] of nets) test(`${url} is ${own ? `within ${own}` : "public"}`, () => assert.equal(ownNetworks(url), own));
});

test("secrets are found wherever they are named, and once", () => {
  const values = { ...fromJob(request({ url: "/x?k={{secret.IN_URL}}", body: { a: "{{ secret.IN_BODY }} {{secret.IN_BODY}} {{secret.9no}}" } })) };
  assert.deepEqual(secretsIn(values).sort(), ["CRON_INTERNAL_KEY", "IN_BODY", "IN_URL"]);
  assert.deepEqual(secretsIn({ ...values, body_kind: "none", headers: [] }), ["IN_URL"]);
});

describe("presets of schedules", () => {
  const parts = { ...FIRST, at: "2027-01-31T09:00:00", days: ["3", "1"], time: "07:05" };
  const written = { minutes: "*/5 * * * *", hourly: "0 * * * *", daily: "5 7 * * *", weekdays: "5 7 * * 1-5", weekly: "5 7 * * 1,3", monthly: "5 7 1 * *", interval: "@every 90s", once: "@at 2027-01-31T09:00:00" };
  for (const [kind, [, , write]] of Object.entries(KINDS))
    test(`${kind}: written, read, and written the same`, () => {
      assert.equal(write(parts), written[kind]);
      const [read, found] = readPreset(written[kind]);
      assert.equal(read, kind);
      assert.equal(write({ ...parts, ...found }), written[kind]);
      assert.equal(form[`form.kind_${kind}`].length, 3);
    });
  for (const own of ["@hourly", "0 7 * * MON", "0 7 1 1 *", "0 0 7 * * *", "", "30 seconds", "@every 1h30m", "0 7 * * 1-6"]) test(`'${own}' is nobody's but its writer's`, () => assert.equal(readPreset(own)[0], "own"));
  test("every minute", () => assert.deepEqual(readPreset("* * * * *"), ["minutes", { n: "1" }]));
  test("spaces do not matter", () => assert.equal(readPreset("  0   7 * * 1-5 ")[0], "weekdays"));
});
