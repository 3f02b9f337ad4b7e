// One listener to /api/v1/events: what came, parsed as a browser does, and what is waited for.
import http from "node:http";
import { until } from "./wait.mjs";

function parse(block) {
  const event = { type: "message", data: "" };
  for (const line of block.split("\n")) {
    const [, field, value] = line.match(/^([^:]*):? ?(.*)$/);
    if (field === "id") event.id = value;
    if (field === "event") event.type = value;
    if (field === "data") event.data += value;
  }
  return event;
}

/** Opens a stream: { status, headers, body } of the answer when it is none, else the stream. */
export async function listen(e, query = "", { token = e.token, cookie, lastId } = {}) {
  const headers = { accept: "text/event-stream", ...(cookie ? { cookie } : { authorization: `Bearer ${token}` }) };
  if (lastId) headers["last-event-id"] = lastId;
  const self = { events: [], comments: 0, id: undefined, ended: false, text: "" };
  const request = http.get(`${e.url}/api/v1/events${query}`, { headers, agent: false });
  const answer = await new Promise((resolve, reject) => request.on("response", resolve).on("error", reject));
  self.status = answer.statusCode;
  self.headers = answer.headers;
  const end = () => (self.ended = true);
  request.on("error", end);
  answer.on("close", end).on("error", end).setEncoding("utf8").on("data", (part) => {
    const blocks = (self.text + part).split("\n\n");
    self.text = blocks.pop();
    for (const block of blocks) {
      const event = parse(block);
      self.id = event.id ?? self.id;
      if (event.data) self.events.push({ type: event.type, id: event.id, ...JSON.parse(event.data) });
    }
  });
  self.of = (type) => self.events.filter((x) => x.type === type);
  self.until = (what, test, options) => until(what, () => self.events.find(test), { state: () => self.events.slice(-20), ...options });
  self.end = (options) => until("the end of the stream", () => self.ended, options);
  self.pause = () => answer.pause();
  self.resume = () => answer.resume();
  self.close = () => request.destroy();
  if (self.status !== 200) {
    await self.end();
    self.body = JSON.parse(self.text);
  }
  return self;
}
