// Services that alerts are sent to, as far as a sender can tell: each checks a request as the real one does, or more strictly (unknown members,
// markup that was not escaped), answers as it does, and keeps what it took. Shapes and limits: docs.slack.dev ("Sending messages using incoming
// webhooks", "Block Kit"), discord.com/developers/docs ("Execute Webhook", "Embed Limits"), learn.microsoft.com ("Create incoming webhooks with
// Workflows", adaptive cards 1.4, 28 KB a message), docs.ntfy.sh/publish.
import { createServer } from "node:http";
import Ajv from "ajv";
import addFormats from "ajv-formats";

const ajv = addFormats(new Ajv({ allErrors: true, strict: true, strictTypes: false }));
const object = (properties, required = Object.keys(properties)) => ({ type: "object", additionalProperties: false, required, properties });
const list = (items, most, least = 1) => ({ type: "array", items, minItems: least, maxItems: most });
const text = (maxLength) => ({ type: "string", minLength: 1, maxLength });
const link = { type: "string", format: "uri", pattern: "^https?://", maxLength: 3000 };

// --- Slack

const plain = (most) => object({ type: { const: "plain_text" }, text: text(most), emoji: { type: "boolean" } }, ["type", "text"]);
const mrkdwn = (most) => object({ type: { const: "mrkdwn" }, text: text(most), verbatim: { type: "boolean" } }, ["type", "text"]);
const slackShape = ajv.compile(object({
  text: text(40000), unfurl_links: { type: "boolean" }, unfurl_media: { type: "boolean" }, mrkdwn: { type: "boolean" },
  blocks: list({ oneOf: [
    object({ type: { const: "header" }, text: plain(150) }),
    object({ type: { const: "section" }, text: { oneOf: [plain(3000), mrkdwn(3000)] } }),
    object({ type: { const: "context" }, elements: list({ oneOf: [plain(3000), mrkdwn(3000)] }, 10) }),
    object({ type: { const: "divider" } }),
  ] }, 50),
}, ["text"]));

/** "&", "<" and ">" stand for themselves only as entities; "<" begins a link to http(s) in mrkdwn, nothing else. */
const escapedForSlack = (s, links) => {
  const rest = links ? s.replace(/<https?:\/\/[^<>|]+(\|[^<>|]+)?>/g, "") : s;
  return !/[<>]|&(?!(amp|lt|gt);)/.test(rest);
};
function slack({ method, type, path, body, key }) {
  if (method !== "POST") return { status: 405, answer: "method_not_allowed", why: `method ${method}` };
  if (path !== `/services/${key}`) return { status: 404, answer: "no_service", why: `path ${path}` };
  if (type !== "application/json") return { status: 400, answer: "invalid_payload", why: `type ${type}` };
  const doc = parsed(body);
  if (!doc || typeof doc !== "object") return { status: 400, answer: "invalid_payload", why: "no JSON" };
  if (doc.text === undefined) return { status: 400, answer: "no_text", why: "no text" };
  if (!slackShape(doc)) return { status: 400, answer: "invalid_blocks", why: ajv.errorsText(slackShape.errors) };
  const texts = [[doc.text, true], ...(doc.blocks ?? []).flatMap((b) => [b.text, ...(b.elements ?? [])]).filter(Boolean).map((t) => [t.text, t.type === "mrkdwn"])];
  const bad = texts.find(([s, links]) => !escapedForSlack(s, links));
  return bad ? { status: 400, answer: "invalid_payload", why: `not escaped: ${bad[0]}` } : { status: 200, answer: "ok", doc };
}

// --- Discord

const discordShape = ajv.compile({ ...object({
  content: text(2000), username: text(80), tts: { type: "boolean" },
  embeds: list(object({
    title: text(256), description: text(4096), url: link, color: { type: "integer", minimum: 0, maximum: 0xffffff },
    timestamp: { type: "string", format: "date-time" }, footer: object({ text: text(2048) }),
    fields: list(object({ name: text(256), value: text(1024), inline: { type: "boolean" } }, ["name", "value"]), 25),
  }, []), 10),
  allowed_mentions: object({ parse: { type: "array", maxItems: 0 } }),
}, ["allowed_mentions"]) });
const embedLength = (e) => [e.title, e.description, e.footer?.text, ...(e.fields ?? []).flatMap((f) => [f.name, f.value])].reduce((n, s) => n + (s?.length ?? 0), 0);
// Markdown that would be read as such: a mark without a backslash. Links are in `url` alone.
const discordMarkup = (s) => /(^|[^\\])(\\\\)*([*_~`|<>#[\]])/.test(s) || /@(everyone|here)\b/.test(s);

function discord({ method, type, path, body, key }) {
  if (method !== "POST") return { status: 405, answer: { message: "405: Method Not Allowed", code: 0 }, why: `method ${method}` };
  if (path !== `/api/webhooks/${key}`) return { status: 404, answer: { message: "Unknown Webhook", code: 10015 }, why: `path ${path}` };
  const invalid = (why) => ({ status: 400, answer: { message: "Invalid Form Body", code: 50035, errors: { _errors: [{ code: "BASE_TYPE", message: why }] } }, why });
  if (type !== "application/json") return invalid(`type ${type}`);
  const doc = parsed(body);
  if (!doc || !discordShape(doc)) return invalid(doc ? ajv.errorsText(discordShape.errors) : "no JSON");
  if (!doc.content && !doc.embeds) return { status: 400, answer: { message: "Cannot send an empty message", code: 50006 }, why: "empty" };
  if ((doc.embeds ?? []).reduce((n, e) => n + embedLength(e), 0) > 6000) return invalid("embeds of over 6000 characters");
  const marked = [doc.content, ...(doc.embeds ?? []).flatMap((e) => [e.title, e.description])].find((s) => s && discordMarkup(s));
  return marked ? invalid(`markup: ${marked}`) : { status: 204, answer: "", doc };
}

// --- Microsoft Teams, a workflow's "When a Teams webhook request is received"

const run = object({
  type: { const: "TextRun" }, text: text(20000), weight: { enum: ["Lighter", "Default", "Bolder"] }, size: { enum: ["Small", "Default", "Medium", "Large", "ExtraLarge"] },
  color: { enum: ["Default", "Dark", "Light", "Accent", "Good", "Warning", "Attention"] }, isSubtle: { type: "boolean" },
}, ["type", "text"]);
const teamsShape = ajv.compile(object({
  type: { const: "message" },
  attachments: list(object({
    contentType: { const: "application/vnd.microsoft.card.adaptive" }, contentUrl: { type: "null" },
    content: object({
      $schema: { const: "http://adaptivecards.io/schemas/adaptive-card.json" }, type: { const: "AdaptiveCard" }, version: { enum: ["1.2", "1.3", "1.4"] },
      msteams: object({ width: { const: "Full" } }),
      body: list(object({ type: { const: "RichTextBlock" }, spacing: { enum: ["None", "Small", "Default", "Medium", "Large"] }, inlines: list(run, 20) }, ["type", "inlines"]), 200),
      actions: list(object({ type: { const: "Action.OpenUrl" }, title: text(200), url: link }), 6),
    }, ["type", "version", "body"]),
  }, ["contentType", "content"]), 1),
}));

function teams({ method, type, path, query, body, key }) {
  if (method !== "POST") return { status: 404, answer: { error: { code: "ResourceNotFound" } }, why: `method ${method}` };
  if (path !== "/workflows/0a1b2c/triggers/manual/paths/invoke") return { status: 404, answer: { error: { code: "WorkflowNotFound" } }, why: `path ${path}` };
  const wanted = { "api-version": "2016-06-01", sp: "/triggers/manual/run", sv: "1.0", sig: key };
  if (JSON.stringify(Object.fromEntries(query)) !== JSON.stringify(wanted)) {
    return { status: 401, answer: { error: { code: "DirectApiAuthorizationRequired", message: "The request signature is wrong." } }, why: `query ${query}` };
  }
  const invalid = (why) => ({ status: 400, answer: { error: { code: "TriggerInputSchemaMismatch", message: why } }, why });
  if (type !== "application/json") return invalid(`type ${type}`);
  if (Buffer.byteLength(body) > 28 * 1024) return { status: 413, answer: { error: { code: "RequestEntityTooLarge" } }, why: "over 28 KB" };
  const doc = parsed(body);
  return !doc || !teamsShape(doc) ? invalid(doc ? ajv.errorsText(teamsShape.errors) : "no JSON") : { status: 202, answer: "", doc };
}

// --- ntfy

const PRIORITIES = ["1", "2", "3", "4", "5", "min", "low", "default", "high", "max", "urgent"];
/** RFC 2047; white space between two words is not shown. */
export const decodeWords = (s) => s.replace(/(\?=)\s+(=\?)/g, "$1$2").replace(/=\?utf-8\?b\?([A-Za-z0-9+/=]*)\?=/gi, (_, b) => Buffer.from(b, "base64").toString());

function ntfy({ method, type, path, body, headers, key, token }) {
  const refuse = (http, code, error) => ({ status: http, answer: { code, http, error, link: "https://ntfy.sh/docs/publish/" }, why: error });
  if (method !== "POST" && method !== "PUT") return refuse(404, 40401, "page not found");
  if (path !== `/${key}`) return refuse(404, 40401, `page not found: ${path}`);
  if (token && headers.authorization !== `Bearer ${token}`) return refuse(401, 40101, "unauthorized");
  if (type && !/^text\/plain/.test(type)) return refuse(400, 40024, `invalid request: type ${type}`);
  const { title = "", priority = "3", tags = "", click = "" } = headers;
  if (![title, priority, tags, click].every((s) => /^[\x20-\x7e]*$/.test(s))) return refuse(400, 40099, "a header that is no ASCII");
  if (title.split(" ").some((w) => w.startsWith("=?") && w.length > 75)) return refuse(400, 40099, "an encoded word of over 75 octets");
  if (!PRIORITIES.includes(priority)) return refuse(400, 40007, "invalid request: priority invalid");
  if (click && !/^https?:\/\//.test(click)) return refuse(400, 40013, "invalid request: click URL is invalid");
  if (Buffer.byteLength(body) > 4096) return refuse(400, 40014, "invalid request: attachments not allowed");
  if (!body) return refuse(400, 40099, "an empty message would be shown as 'triggered'");
  const doc = { id: "sPs71M8A2T", time: 1795338900, expires: 1795382100, event: "message", topic: path.slice(1), title: decodeWords(title), message: body, priority,
    tags: tags.split(","), ...(click ? { click } : {}) };
  return { status: 200, answer: doc, doc };
}

// --- any webhook

const time = { type: ["string", "null"], format: "date-time" };
const maybe = (maxLength) => ({ type: ["string", "null"], maxLength });
const webhookShape = ajv.compile(object({
  kind: { enum: ["fired", "again", "recovered", "test"] }, on: maybe(20), rule: maybe(63), target: maybe(63), at: time, host: maybe(300), page: maybe(1000), channel: maybe(40),
  total: { type: "integer", minimum: 0 },
  items: list(object({
    subject: { type: "string" }, since: time, until: time, count: { type: "integer", minimum: 0 }, run: maybe(36), error: maybe(400), outcome: maybe(20), http_status: { type: "integer" },
    secret: maybe(63), value: { type: ["number", "null"] }, limit: { type: ["number", "null"] }, metric: maybe(200), expires_at: time,
  }), 20, 0),
  title: text(200), text: text(16384), link: { type: ["string", "null"] },
}));

/** `shape` false: whatever comes, as a webhook's own template decides. */
function webhook({ path, type, body, key, shape = true }) {
  if (path !== `/${key}`) return { status: 404, answer: { error: "no such hook" }, why: `path ${path}` };
  if (!shape) return { status: 200, answer: { ok: true }, doc: /json/.test(type) ? parsed(body) ?? body : body };
  const doc = parsed(body);
  if (type !== "application/json" || !doc || !webhookShape(doc)) return { status: 400, answer: { error: "not as agreed" }, why: doc ? ajv.errorsText(webhookShape.errors) : `no JSON: ${type}` };
  return { status: 200, answer: { ok: true }, doc };
}

// --- what they have in common

function parsed(body) {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

// `key` is what makes the URL a secret; `url` the whole of it.
const SERVICES = {
  slack: { judge: slack, key: "T0AB1CD2E/B0FG3HI4J/kLmNoPqRsTuVwXyZ01234567", at: (key) => `/services/${key}` },
  discord: { judge: discord, key: "112233445566778899/AbCd-EfGh_IjKlMnOpQrStUvWxYz0123456789AbCdEfGhIjKlMnOpQrStUvWxYz01234567", at: (key) => `/api/webhooks/${key}` },
  teams: { judge: teams, key: "Zm9v-YmFyQmF6cXV4X1NpZ25hdHVyZS1vZi1hbGw", at: (key) => `/workflows/0a1b2c/triggers/manual/paths/invoke?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=${key}` },
  ntfy: { judge: ntfy, key: "edgecron-alerts-q7w8e9", at: (key) => `/${key}` },
  webhook: { judge: webhook, key: "hooks-4f5g6h7j8k9l", at: (key) => `/${key}` },
};

const readBody = async (req) => {
  const parts = [];
  for await (const part of req) parts.push(part);
  return Buffer.concat(parts).toString();
};

/** Starts one: { kind, origin, path, url, key, taken: [{ doc, headers, at }], refused: [{ why, body }], seen, failNext(how), close() }. `options` go to its judge:
 * token (ntfy), shape (webhook). failNext({ status, retryAfter, times, hang }): the next `times` requests are answered so, whatever they hold. */
export async function startAlertServer(kind, options = {}) {
  const { judge, key, at } = SERVICES[kind];
  const failures = [], s = { kind, key, path: at(key), taken: [], refused: [], failed: 0, seen: 0 };
  const server = createServer(async (req, res) => {
    const body = await readBody(req).catch(() => null);
    if (body === null) return;
    s.seen++;
    const url = new URL(req.url, "http://x"), failure = failures.shift();
    if (failure?.hang) {
      s.failed++;
      return; // until the caller gives up
    }
    const type = req.headers["content-type"] ?? "", headers = Object.fromEntries(Object.entries(req.headersDistinct).map(([k, v]) => [k, v.join(", ")]));
    const r = failure ? { status: failure.status, answer: failure.answer ?? "as asked" } :
      judge({ method: req.method, path: url.pathname, query: url.searchParams, type, headers, body, key, ...options });
    if (failure) s.failed++;
    else if (r.doc !== undefined) s.taken.push({ doc: r.doc, headers, at: Date.now() });
    else s.refused.push({ why: r.why, body });
    const answer = typeof r.answer === "string" ? r.answer : JSON.stringify(r.answer);
    res.writeHead(r.status, {
      ...(r.status === 204 ? {} : { "content-type": typeof r.answer === "string" ? "text/html" : "application/json" }),
      ...(failure?.retryAfter === undefined ? {} : { "retry-after": String(failure.retryAfter) }),
    }).end(answer);
  });
  await new Promise((resolve, reject) => server.on("error", reject).listen(0, "127.0.0.1", resolve));
  s.origin = `http://127.0.0.1:${server.address().port}`;
  s.url = s.origin + s.path;
  s.failNext = ({ times = 1, ...how }) => failures.push(...Array.from({ length: times }, () => how));
  s.close = () => new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });
  return s;
}

/** One of each kind, by name, and close() for all. */
export async function startAlertServers(options = {}) {
  const all = {};
  for (const kind of Object.keys(SERVICES)) all[kind] = await startAlertServer(kind, options[kind]);
  return { ...all, close: () => Promise.all(Object.values(all).map((s) => s.close())) };
}
