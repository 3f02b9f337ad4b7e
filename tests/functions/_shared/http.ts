// Answers, request bodies and the listening address, the same for every function.

export function json(status: number, body: unknown, headers: Record<string, string> = {}): Response {
  return Response.json(body, { status, headers: { "Cache-Control": "no-store", ...headers } });
}

export const methodNotAllowed = () => json(405, { ok: false, error: "use POST" }, { Allow: "POST" });
export const unauthorized = (what: string) => json(401, { ok: false, error: `unauthorized: ${what} is missing or wrong` });
export const badRequest = (why: string) => json(400, { ok: false, error: why });

/** The body as a JSON object, or null when it is something else. */
export async function readObject(req: Request): Promise<Record<string, unknown> | null> {
  try {
    const body = await req.json();
    return typeof body === "object" && body !== null && !Array.isArray(body) ? body : null;
  } catch {
    return null;
  }
}

/** Plain HTTP, or HTTPS when FUNCTIONS_TLS_CERT and FUNCTIONS_TLS_KEY name PEM files. The address is DENO_SERVE_ADDRESS. */
export function listenOptions(): Deno.ServeTcpOptions | (Deno.ServeTcpOptions & Deno.TlsCertifiedKeyPem) {
  const address = new URL((Deno.env.get("DENO_SERVE_ADDRESS") ?? "tcp:127.0.0.1:8000").replace("tcp:", "http://"));
  const options = { hostname: address.hostname, port: Number(address.port || 80) };
  const cert = Deno.env.get("FUNCTIONS_TLS_CERT"), key = Deno.env.get("FUNCTIONS_TLS_KEY");
  if (!cert || !key) return options;
  return { ...options, cert: Deno.readTextFileSync(cert), key: Deno.readTextFileSync(key) };
}
