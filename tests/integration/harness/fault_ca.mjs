// Certificates that are wrong in one way each, and chains of them, made at run time with openssl.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "./cleanup.mjs";
import { run } from "./process.mjs";

async function openssl(...args) {
  const r = await run("openssl", args);
  if (r.code !== 0) throw new Error(`openssl ${args.join(" ")}: ${r.stderr}`);
}

const KEYS = {
  ec: ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
  p521: ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-521"],
  ed25519: ["-newkey", "ed25519"],
  rsa4096: ["-newkey", "rsa:4096"],
  rsa1024: ["-newkey", "rsa:1024"],
  rsa512: ["-newkey", "rsa:512"],
};

export const AUTHORITY = ["basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,cRLSign"];
export const SERVER = ["basicConstraints=CA:FALSE", "extendedKeyUsage=serverAuth"];
export const names = (...hosts) => (hosts.length ? [`subjectAltName=${hosts.join(",")}`] : []);

/** A folder to make certificates in: make(name, { issuer, cn, key, extensions, from, to, md }) gives { name, cert, key } as file names,
 * signed by itself when no issuer is named; from and to are YYYYMMDDHHMMSSZ. */
export function workshop() {
  const dir = temporaryFolder("certificates");
  const at = (name) => join(dir, name);

  async function make(name, { issuer, cn = name, key = "ec", extensions = [], from = "20240101000000Z", to = "20480101000000Z", md = "default" } = {}) {
    const signer = issuer?.name ?? name;
    const sections = `[ca]\ndefault_ca=d\n[d]\ndir=${dir}\ndatabase=${at(`${name}.db`)}\nnew_certs_dir=${dir}\nrand_serial=yes\ndefault_md=${md}\n` +
      `policy=any\nunique_subject=no\n[any]\ncommonName=supplied\n[req]\ndistinguished_name=dn\n[dn]\n`;
    writeFileSync(at(`${name}.cnf`), sections);
    writeFileSync(at(`${name}.db`), "");
    writeFileSync(at(`${name}.ext`), `${extensions.join("\n")}\n`);
    await openssl("req", "-new", ...KEYS[key], "-nodes", "-subj", `/CN=${cn}`, "-config", at(`${name}.cnf`), "-keyout", at(`${name}.key`), "-out", at(`${name}.csr`));
    const by = issuer ? ["-cert", issuer.cert] : ["-selfsign"];
    await openssl("ca", "-batch", "-notext", "-config", at(`${name}.cnf`), ...by, "-keyfile", at(`${signer}.key`), "-in", at(`${name}.csr`),
      "-extfile", at(`${name}.ext`), "-startdate", from, "-enddate", to, "-out", at(`${name}.pem`));
    return { name, cert: at(`${name}.pem`), key: at(`${name}.key`) };
  }

  return { make };
}

/** Options of a TLS server that shows the first certificate, and the others after it. */
export const shows = (leaf, ...others) => ({
  cert: [leaf, ...others].map((c) => readFileSync(c.cert, "utf8")).join(""),
  key: readFileSync(leaf.key),
  ciphers: "DEFAULT:@SECLEVEL=0",
});
