// The users' functions (tests/functions) in a real Deno.
import { existsSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { temporaryFolder } from "./cleanup.mjs";
import { ROOT } from "./edgecron.mjs";
import { freePort } from "./ports.mjs";
import { start } from "./process.mjs";
import { until } from "./wait.mjs";

const FOLDER = join(ROOT, "tests/functions");

export function denoBinary() {
  const modules = join(ROOT, "tests/node_modules");
  const arch = process.arch === "arm64" ? "arm64" : "x64";
  const file = process.env.DENO ?? join(modules, `@deno/linux-${arch}-glibc/deno`);
  if (!existsSync(file)) throw new Error(`no Deno at '${file}': run 'npm ci' in tests/, or 'make test'`);
  return file;
}

export const accepts = (port) =>
  new Promise((resolve) => {
    const s = connect(port, "127.0.0.1", () => resolve(true) || s.destroy()).on("error", () => resolve(false));
  });

/** Starts one function ("main" serves all of them by path). `tls` is { cert, key } file names. Returns { url, port, stop }. */
export async function startFunctions({ name = "main", keys, tls, port } = {}) {
  port ??= await freePort();
  const env = {
    PATH: process.env.PATH,
    HOME: temporaryFolder("deno"),
    DENO_NO_UPDATE_CHECK: "1",
    DENO_SERVE_ADDRESS: `tcp:127.0.0.1:${port}`,
    ...keys,
    ...(tls && { FUNCTIONS_TLS_CERT: tls.cert, FUNCTIONS_TLS_KEY: tls.key }),
  };
  const p = start(denoBinary(), ["run", "--no-remote", "--no-prompt", `--allow-net=127.0.0.1:${port}`, "--allow-env",
    "--allow-read", join(FOLDER, name, "index.ts")], { env });
  await until(`Deno to listen on ${port}`, () => {
    if (!p.running) throw new Error(`Deno ended: ${p.stderr}`);
    return accepts(port);
  });
  return { ...p, port, url: `${tls ? "https" : "http"}://localhost:${port}/functions/v1`, stop: () => p.stop("SIGKILL") };
}

/** A sample apply file of the users, its targets pointed at `base_url`. */
export function sample(file, base_url, target = {}) {
  const doc = JSON.parse(readFileSync(join(FOLDER, file), "utf8"));
  for (const t of doc.targets) Object.assign(t, { base_url, ...target });
  return doc;
}
