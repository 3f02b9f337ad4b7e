// fetch_page.mjs WEB FOLDER - gets the libraries of the page, and what bundles them, into FOLDER/node_modules, as
// WEB/package-lock.json says. Each is checked against the sha512 that is written there.
//
// Environment:
//   TARBALLS=DIR  packages given by the builder, by the names that `npm pack` gives them; when all are there, npm is not needed
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

const [web, folder] = process.argv.slice(2), { TARBALLS } = process.env;

const say = (text) => console.log(`third_party: ${text}`);
function die(text, ...hints) {
  console.error([`third_party: ${text}`, ...hints.map((h) => `  ${h}`)].join("\n"));
  process.exit(1);
}

// The packages of the lock that this machine needs: `place` is where it is unpacked, `file` what `npm pack` calls it.
function wanted() {
  const { packages } = JSON.parse(readFileSync(join(web, "package-lock.json"), "utf8"));
  const fits = (list, own) => !list || list.includes(own);
  return Object.entries(packages)
    .filter(([place, p]) => place && fits(p.os, process.platform) && fits(p.cpu, process.arch))
    .map(([place, { version, integrity }]) => {
      const name = place.slice(place.lastIndexOf("node_modules/") + "node_modules/".length);
      return { place, integrity, file: `${name.replace("@", "").replace("/", "-")}-${version}.tgz` };
    });
}

// False when npm has to fetch them.
function unpackGiven(packages) {
  const missing = packages.filter(({ file }) => !existsSync(join(TARBALLS, file)));
  if (missing.length) {
    say(`'${TARBALLS}' lacks ${missing.map((p) => `'${p.file}'`).join(", ")} of the page's packages`);
    return false;
  }
  for (const { place, integrity, file } of packages) {
    const given = join(TARBALLS, file), sum = createHash("sha512").update(readFileSync(given)).digest("base64");
    if (`sha512-${sum}` !== integrity) die(`'${given}' is not the file that ${web}/package-lock.json lists (sha512 differs)`);
    mkdirSync(join(folder, place), { recursive: true });
    execFileSync("tar", ["-xzf", given, "-C", join(folder, place), "--strip-components=1", "--no-same-owner"]);
  }
  say(`the page's ${packages.length} packages from '${TARBALLS}'`);
  return true;
}

function fetchByNpm() {
  say("the page's packages from npm, by the lock file");
  // Nothing of a package is run here; and what bundles is wanted even where NODE_ENV says production.
  const { error, status, stdout, stderr } = spawnSync("npm",
    ["ci", "--ignore-scripts", "--include=dev", "--include=optional", "--no-audit", "--no-fund", "--loglevel=error"],
    { cwd: folder, encoding: "utf8" });
  if (error)
    die("the page's packages are fetched with npm, which is not on this machine",
      "install npm, or put the packages into a TARBALLS folder (third_party/README.md, 'Without apt, or without a network')");
  if (status) die(`npm could not fetch what ${web}/package-lock.json lists:`, ...`${stdout}${stderr}`.trim().split("\n"));
}

mkdirSync(folder, { recursive: true });
rmSync(join(folder, "node_modules"), { recursive: true, force: true });
for (const f of ["package.json", "package-lock.json"]) copyFileSync(join(web, f), join(folder, f));
if (!TARBALLS || !unpackGiven(wanted())) fetchByNpm();
