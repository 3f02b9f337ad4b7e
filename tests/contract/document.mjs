// The OpenAPI document as the tests read it: its operations, and validators made from its schemas (ajv, JSON Schema 2020-12).
import Ajv from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

const METHODS = ["get", "put", "post", "delete", "patch"];
const ID = "openapi.json";

/** The part that a pointer leads to. */
export function resolve(doc, ref) {
  return ref.slice(2).split("/").reduce((at, key) => at[key.replaceAll("~1", "/").replaceAll("~0", "~")], doc);
}

export const follow = (doc, v) => (v?.$ref ? resolve(doc, v.$ref) : v);

/** A copy in which forms hold what they list and nothing else: a member that is not in the document is a failure. Members of an
 * allOf see only their own part, so that stays open. */
function closed(v, inside = false) {
  if (Array.isArray(v)) return v.map((x) => closed(x, inside));
  if (!v || typeof v !== "object") return v;
  const copy = {};
  for (const [k, x] of Object.entries(v)) copy[k] = k === "example" || k === "examples" || k === "default" ? x : closed(x, k === "allOf" || k === "oneOf");
  if (!inside && copy.type === "object" && copy.properties && copy.additionalProperties === undefined) copy.additionalProperties = false;
  return copy;
}

export class Contract {
  constructor(doc) {
    this.doc = doc;
    this.ajv = new Ajv({ strict: false, allErrors: true });
    addFormats(this.ajv);
    this.ajv.addSchema({ ...closed(doc), $id: ID });
    this.validators = new Map();
    this.operations = [];
    for (const [path, item] of Object.entries(doc.paths)) {
      for (const method of METHODS) if (item[method]) this.operations.push(this.operation(path, method, item[method]));
    }
  }

  operation(path, method, op) {
    const responses = {};
    for (const [status, r] of Object.entries(op.responses)) {
      const pointer = r.$ref ?? `#/paths/${path.replaceAll("~", "~0").replaceAll("/", "~1")}/${method}/responses/${status}`;
      responses[status] = { ...follow(this.doc, r), pointer };
    }
    const bodies = Object.entries(op.requestBody?.content ?? {}).map(([type, media]) => ({ type, ...media }));
    return { ...op, id: op.operationId, path, method: method.toUpperCase(), responses, bodies,
      scope: op["x-scope"] ?? null };
  }

  validator(pointer) {
    if (!this.validators.has(pointer)) this.validators.set(pointer, this.ajv.compile({ $ref: ID + pointer }));
    return this.validators.get(pointer);
  }

  /** What is wrong with a value, or null. */
  faults(pointer, value) {
    const validate = this.validator(pointer);
    return validate(value) ? null : this.ajv.errorsText(validate.errors, { separator: "\n    " });
  }

  /** Does the request's form allow it? */
  allows(op, body) {
    return !this.faults(op.bodies[0].schema.$ref, body);
  }

  problem(body) {
    return this.faults("#/components/schemas/Problem", body);
  }

  /** What is wrong with an answer to that operation, or null. */
  judge(op, r) {
    const documented = op.responses[r.status];
    if (!documented) return `status ${r.status} is not documented (${Object.keys(op.responses).join(", ")})`;
    if (r.status >= 500) return `${r.status}: a fault of the server`;
    if (!documented.content) return r.text ? `${r.status} has a body, and none is documented` : null;
    const type = Object.keys(documented.content).find((t) => t.split(";")[0] === r.type.split(";")[0]);
    if (!type) return `content type '${r.type}' is not documented for ${r.status}`;
    if (op.method === "HEAD" || !/json/.test(type)) return null;
    if (r.body === undefined) return "what is said to be JSON is none";
    const faults = this.faults(`${documented.pointer}/content/${type.replaceAll("/", "~1")}/schema`, r.body);
    if (faults) return `${r.status} does not fit its schema:\n    ${faults}`;
    return r.status >= 400 && r.body.status !== undefined && /problem/.test(type) && r.body.status !== r.status ? "the problem's status is another one" : null;
  }
}
