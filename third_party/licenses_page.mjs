// licenses_page.mjs FOLDER - prints the notices of what ends up in the page, from the packages in FOLDER/node_modules themselves.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const folder = process.argv[2];
const { packages } = JSON.parse(readFileSync(join(folder, "package-lock.json"), "utf8"));
for (const [place, { version, dev }] of Object.entries(packages)) {
  if (!place || dev) continue; // what bundles is not in the bundle
  const own = join(folder, place), file = readdirSync(own).find((f) => /^licen[sc]e(\.\w+)?$/i.test(f));
  if (!file) {
    console.error(`third_party: there is no file LICENSE in '${own}': third_party/licenses_page.mjs has to be told where its notice is`);
    process.exit(1);
  }
  const title = `${place.replace("node_modules/", "")} ${version} (the admin page)`;
  console.log(`\n${title}\n${"=".repeat(title.length)}\n\n${readFileSync(join(own, file), "utf8").trim()}`);
}
