// The body of a call, as a form holds it and as the API has it: any JSON, or text that is sent as it is.

// What was typed has no JSON: the field by its pointer, and why, as a key of the texts with its values.
export class Unfit extends Error {
  constructor(pointer, key, values) {
    super(key);
    Object.assign(this, { pointer, key, values });
  }
}
// [kind, text]
export const bodyParts = (body) => body == null ? ["none", "{}"] : typeof body === "string" ? ["text", body] : ["json", JSON.stringify(body, null, 2)];
export function bodyValue(kind, text) {
  if (kind === "none" || (kind === "json" && !text.trim())) return null;
  if (kind === "text") return text;
  try { return JSON.parse(text); } catch (e) { throw new Unfit("/request/body", "form.body_bad", { why: e.message }); }
}
