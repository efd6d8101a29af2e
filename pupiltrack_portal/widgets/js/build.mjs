// Builds every widget of ENTRIES: src/<name>/index.ts (which may import its CSS) becomes
// static/js/<name>-<hash>.js and .css, named in manifest.json. With --check nothing is written and
// the exit code is 1 when what is committed differs from a fresh build.
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const ENTRIES = [
  "entry_grid",
  "figures_table",
  "file_button",
  "form",
  "headline",
  "notice",
  "prose",
  "venn_diagram",
];

const HERE = dirname(fileURLToPath(import.meta.url));
const OUT = join(HERE, "..", "..", "static", "js");

async function outputsOf(name) {
  const result = await build({
    absWorkingDir: HERE,
    entryPoints: [`src/${name}/index.ts`],
    outdir: "out",
    write: false,
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    charset: "utf8",
    legalComments: "none",
    logLevel: "warning",
  });
  return result.outputFiles.map((file) => {
    const kind = file.path.split(".").at(-1);
    const hash = createHash("sha256").update(file.contents).digest("hex").slice(0, 12);
    return { kind, fileName: `${name}-${hash}.${kind}`, text: file.text };
  });
}

async function freshBuild() {
  const files = new Map();
  const manifest = {};
  for (const name of [...ENTRIES].sort()) {
    manifest[name] = {};
    for (const { kind, fileName, text } of await outputsOf(name)) {
      manifest[name][kind] = fileName;
      files.set(fileName, text);
    }
  }
  files.set("manifest.json", `${JSON.stringify(manifest, null, 2)}\n`);
  return files;
}

async function committed() {
  const files = new Map();
  for (const fileName of await readdir(OUT).catch(() => [])) {
    files.set(fileName, await readFile(join(OUT, fileName), "utf8"));
  }
  return files;
}

const fresh = await freshBuild();
const old = await committed();
const stale = [...old.keys()].filter((fileName) => !fresh.has(fileName));
const changed = [...fresh.keys()].filter((fileName) => fresh.get(fileName) !== old.get(fileName));

if (process.argv.includes("--check")) {
  for (const fileName of stale) console.error(`stale: static/js/${fileName}`);
  for (const fileName of changed) console.error(`not built: static/js/${fileName}`);
  if (stale.length || changed.length) {
    console.error("The built widgets are not up to date: run `npm run build` and commit static/js.");
    process.exitCode = 1;
  }
} else {
  await mkdir(OUT, { recursive: true });
  for (const fileName of changed) await writeFile(join(OUT, fileName), fresh.get(fileName));
  for (const fileName of stale) await rm(join(OUT, fileName));
  for (const [fileName, text] of fresh) {
    console.log(`${fileName}  ${(Buffer.byteLength(text) / 1024).toFixed(1)} KB`);
  }
}
