// Builds the browser side into static/js/, listed in manifest.json:
// - every widget of WIDGETS by itself, for a notebook: src/<name>/index.ts (which may import its
//   CSS) becomes <name>-<hash>.js and .css;
// - the portal's page with all of them: src/page/index.ts becomes page-<hash>.js and .css, and what
//   only some pages need becomes chunks that it loads, named after what they hold.
// With --check nothing is written and the exit code is 1 when what is committed differs from a
// fresh build.
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build, transform } from "esbuild";

const WIDGETS = [
  "drawing",
  "entry_grid",
  "figures_table",
  "file_button",
  "form",
  "headline",
  "notice",
  "prose",
  "step_heading",
  "toggle_row",
  "venn_diagram",
];
const PAGE = "src/page/index.ts";
// What the page's chunks are called by in the manifest, by the module they are made for.
const CHUNKS = {
  "src/entry_grid/index.ts": "page_entry_grid",
  "src/page/controls.ts": "page_controls",
  "src/page/others.ts": "page_others",
};

const HERE = dirname(fileURLToPath(import.meta.url));
const OUT = join(HERE, "..", "..", "static", "js");
const LICENCES = "licences.txt";
const COMMON = {
  absWorkingDir: HERE,
  outdir: "out",
  write: false,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  logLevel: "warning",
};

/** `import text from "a.css?text"`: a style sheet as a string, minified. */
const cssAsText = {
  name: "css-as-text",
  setup(building) {
    building.onResolve({ filter: /\.css\?text$/ }, async ({ path, resolveDir }) => {
      const found = await building.resolve(path.replace("?text", ""), { resolveDir, kind: "import-statement" });
      // Relative: the name is part of the chunk's hash, which must be the same on every machine.
      return { path: relative(HERE, found.path), namespace: "css-as-text" };
    });
    building.onLoad({ filter: /.*/, namespace: "css-as-text" }, async ({ path }) => {
      const css = (await readFile(join(HERE, path), "utf8")).replace(/^@import .*$/gm, "");
      return { contents: (await transform(css, { loader: "css", minify: true })).code, loader: "text" };
    });
  },
};

async function widget(name) {
  const result = await build({ ...COMMON, entryPoints: [`src/${name}/index.ts`] });
  const files = new Map();
  const listed = {};
  for (const file of result.outputFiles) {
    const kind = file.path.split(".").at(-1);
    const hash = createHash("sha256").update(file.contents).digest("hex").slice(0, 12);
    listed[kind] = `${name}-${hash}.${kind}`;
    files.set(listed[kind], file.text);
  }
  return { files, listed };
}

async function versionsOf(names) {
  const versions = {};
  for (const name of names) {
    const text = await readFile(join(HERE, "node_modules", name, "package.json"), "utf8");
    versions[name] = JSON.parse(text).version;
  }
  return versions;
}

async function page() {
  const own = JSON.parse(await readFile(join(HERE, "package.json"), "utf8"));
  const shared = Object.keys(own.devDependencies).filter((name) => /^@(lumino|jupyter-widgets)\//.test(name));
  const result = await build({
    ...COMMON,
    entryPoints: { page: PAGE },
    splitting: true,
    metafile: true,
    entryNames: "[name]-[hash]",
    chunkNames: "[name]-[hash]",
    plugins: [cssAsText],
    // A page shows labels as text: nothing needs an HTML sanitiser, which is half as large as ipywidgets.
    alias: { "sanitize-html": "./src/page/as_text.ts" },
    define: {
      LUMINO_VERSIONS: JSON.stringify({ "@jupyterlab/apputils": "4.4.3", ...(await versionsOf(shared)) }),
      "process.env.NODE_ENV": '"production"',
    },
  });
  const files = new Map();
  const listed = {};
  for (const [path, about] of Object.entries(result.metafile.outputs)) {
    const name = about.entryPoint === PAGE ? "page" : CHUNKS[about.entryPoint];
    if (!name) continue;
    // `with`: what the browser would only learn of from the file itself.
    const needed = about.imports.filter(({ kind }) => kind === "import-statement");
    listed[name] = { js: relative("out", path), with: needed.map((item) => relative("out", item.path)) };
    if (name === "page") listed.page.css = relative("out", about.cssBundle);
  }
  for (const file of result.outputFiles) {
    const fileName = relative(join(HERE, "out"), file.path);
    // The style of a chunk is part of the page's own style sheet.
    if (!fileName.endsWith(".css") || fileName === listed.page.css) files.set(fileName, file.text);
  }
  return { files, listed, packages: packagesOf(result.metafile) };
}

function packagesOf(metafile) {
  const names = new Set();
  for (const output of Object.values(metafile.outputs)) {
    for (const [path, { bytesInOutput }] of Object.entries(output.inputs)) {
      const found = bytesInOutput && /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path);
      if (found) names.add(found[1]);
    }
  }
  return [...names].sort();
}

/** The licence of a package that ships no copy of it, from its name and the package's author. */
async function standardText({ author, license }) {
  const holder = (author?.name ?? author ?? "the authors").replace(/ ?<.*>/, "");
  const text = await readFile(join(HERE, "licences", `${license}.txt`), "utf8");
  return `Copyright (c) ${holder}\n\n${text}`;
}

async function licences(packages) {
  const parts = ["The files page-*.js and their chunks hold these packages, under their licences.\n"];
  for (const name of packages) {
    const folder = join(HERE, "node_modules", name);
    const about = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
    const file = (await readdir(folder)).find((item) => /^(licen[cs]e|copying)/i.test(item));
    const text = await (file ? readFile(join(folder, file), "utf8") : standardText(about));
    parts.push(`${name} ${about.version} (${about.license})\n\n${text.replace(/\r/g, "").trim()}\n`);
  }
  return parts.join(`\n${"-".repeat(80)}\n\n`);
}

async function freshBuild() {
  const files = new Map();
  const manifest = {};
  for (const name of [...WIDGETS].sort()) {
    const made = await widget(name);
    manifest[name] = made.listed;
    for (const [fileName, text] of made.files) files.set(fileName, text);
  }
  const whole = await page();
  for (const [fileName, text] of whole.files) files.set(fileName, text);
  for (const name of Object.keys(whole.listed).sort()) manifest[name] = whole.listed[name];
  files.set(LICENCES, await licences(whole.packages));
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
    console.error("The built files are not up to date: run `npm run build` and commit static/js.");
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
