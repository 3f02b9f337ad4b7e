// A certificate authority made at run time with openssl, and leaf certificates for every way a name can be right or wrong.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "./cleanup.mjs";
import { run } from "./process.mjs";

async function openssl(...args) {
  const r = await run("openssl", args);
  if (r.code !== 0) throw new Error(`openssl ${args[0]}: ${r.stderr}`);
}

const CONFIG = (dir) => `
[ca]
default_ca = test
[test]
dir = ${dir}
database = ${dir}/index.txt
new_certs_dir = ${dir}
rand_serial = yes
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
[req]
distinguished_name = dn
[dn]
`;

const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];

/** leaf(name, { hosts, from, to, key }): `from`/`to` as YYYYMMDDHHMMSSZ. Returns { cert, key } as file names. */
export async function makeAuthority(label = "ca") {
  const dir = temporaryFolder(label);
  const at = (name) => join(dir, name);
  writeFileSync(at("index.txt"), "");
  writeFileSync(at("ca.cnf"), CONFIG(dir));
  await openssl("req", "-x509", ...newKey, "-subj", `/CN=edgecron test ${label}`, "-days", "30",
    "-addext", "keyUsage=critical,keyCertSign,cRLSign", "-config", at("ca.cnf"),
    "-addext", "basicConstraints=critical,CA:TRUE", "-keyout", at("ca.key"), "-out", at("ca.pem"));

  async function leaf(name, { hosts = ["DNS:localhost", "IP:127.0.0.1"], from, to, rsa = false } = {}) {
    writeFileSync(at(`${name}.ext`), `subjectAltName=${hosts.join(",")}\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n`);
    const keyArgs = rsa ? ["-newkey", "rsa:2048", "-nodes"] : newKey;
    await openssl("req", "-new", ...keyArgs, "-subj", `/CN=${name}`, "-config", at("ca.cnf"),
      "-keyout", at(`${name}.key`), "-out", at(`${name}.csr`));
    const validity = from ? ["-startdate", from, "-enddate", to] : ["-days", "20"];
    await openssl("ca", "-batch", "-notext", "-config", at("ca.cnf"), "-cert", at("ca.pem"), "-keyfile", at("ca.key"),
      "-in", at(`${name}.csr`), "-extfile", at(`${name}.ext`), ...validity, "-out", at(`${name}.pem`));
    return { cert: at(`${name}.pem`), key: at(`${name}.key`) };
  }

  async function selfSigned(name) {
    await openssl("req", "-x509", ...newKey, "-subj", `/CN=${name}`, "-days", "20", "-config", at("ca.cnf"),
      "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", at(`${name}.key`), "-out", at(`${name}.pem`));
    return { cert: at(`${name}.pem`), key: at(`${name}.key`) };
  }

  return { dir, file: at("ca.pem"), leaf, selfSigned };
}

export const pem = ({ cert, key }) => ({ cert: readFileSync(cert), key: readFileSync(key) });
