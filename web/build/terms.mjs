// The words of docs/terms.md, for the browser: one table for interface and reports.
// Run by itself it writes src/terms/keys.ts, so that the type checker knows every key.
import { readFileSync, writeFileSync, readdirSync, existsSync } from 'node:fs';
import { join, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const web = dirname(dirname(fileURLToPath(import.meta.url)));
export const tablePath = join(web, '..', 'docs', 'terms.md');
const keysPath = join(web, 'src', 'terms', 'keys.ts');

/** Rows `| key | 中文 | English |` of the table, in its order. */
export function parseTerms(/** @type {string} */ text) {
  const rows = /** @type {Map<string, {zh: string, en: string}>} */ (new Map());
  for (const line of text.split('\n')) {
    if (!line.startsWith('| `')) continue;
    const cells = line.trim().replace(/^\||\|$/g, '').split('|').map((cell) => cell.trim());
    const [key, zh, en] = cells;
    if (cells.length !== 3 || !key || !zh || !en) throw new Error(`docs/terms.md: not a row of key, 中文 and English: ${line}`);
    const name = key.replaceAll('`', '');
    if (rows.has(name)) throw new Error(`docs/terms.md: ${name} is there twice`);
    rows.set(name, { zh, en });
  }
  return rows;
}

/** Keys that the sources ask for: `t('a.b')` exactly, t(`a.b.${x}`) by their beginning. */
export function usedKeys(/** @type {string} */ source) {
  const exact = new Set(), beginnings = new Set();
  for (const [, key] of source.matchAll(/\bt\(\s*'([a-z][\w]*(?:\.\w+)+)'/g)) exact.add(key);
  for (const [, start] of source.matchAll(/\bt\(\s*`([a-z][\w.]*?)\$\{/g)) beginnings.add(start);
  for (const [, key] of source.matchAll(/'(ui\.[\w.]*\w)'/g)) exact.add(key);
  // a key handed on as a value, `label: 'dvh.title'`; other words with points in them are no keys, so these are not required
  const perhaps = new Set([...source.matchAll(/'([a-z]\w*(?:\.\w+)+)'/g)].map(([, key]) => key));
  return { exact, beginnings, perhaps };
}

function sources(/** @type {string} */ folder) {
  /** @type {string[]} */ const found = [];
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) found.push(...sources(path));
    else if (/\.(ts|svelte)$/.test(entry.name) && !/\.(test|d)\.ts$/.test(entry.name) && path !== keysPath) found.push(path);
  }
  return found;
}

/** The part of the table that the sources use; an asked-for key that the table lacks is an error. */
export function bundledTerms() {
  const table = parseTerms(readFileSync(tablePath, 'utf8'));
  const wanted = new Set(), wrong = [];
  for (const path of sources(join(web, 'src'))) {
    const { exact, beginnings, perhaps } = usedKeys(readFileSync(path, 'utf8'));
    for (const key of exact) table.has(key) ? wanted.add(key) : wrong.push(`${path}: '${key}'`);
    for (const key of perhaps) if (table.has(key)) wanted.add(key);
    for (const start of beginnings) {
      const matching = [...table.keys()].filter((key) => key.startsWith(start));
      if (matching.length === 0) wrong.push(`${path}: '${start}…'`);
      for (const key of matching) wanted.add(key);
    }
  }
  const terms = { zh: /** @type {Record<string, string>} */ ({}), en: /** @type {Record<string, string>} */ ({}) };
  for (const [key, row] of table) if (wanted.has(key)) (terms.zh[key] = row.zh), (terms.en[key] = row.en);
  return { terms, wrong };
}

/** Writes the type of all keys; leaves the file alone when nothing changed. */
export function writeKeys() {
  const keys = [...parseTerms(readFileSync(tablePath, 'utf8')).keys()];
  const text = `// written from docs/terms.md by build/terms.mjs\nexport type TermKey =\n${keys.map((key) => `  | '${key}'`).join('\n')};\n`;
  if (!existsSync(keysPath) || readFileSync(keysPath, 'utf8') !== text) writeFileSync(keysPath, text);
}

/** `import terms from 'virtual:terms'`. */
export function termsPlugin() {
  const id = '\0virtual:terms';
  let isBuild = false;
  return {
    name: 'dosewright-terms',
    configResolved(/** @type {import('vite').ResolvedConfig} */ config) {
      isBuild = config.command === 'build';
    },
    buildStart() {
      writeKeys();
    },
    resolveId(/** @type {string} */ name) {
      return name === 'virtual:terms' ? id : undefined;
    },
    load(/** @type {string} */ name) {
      if (name !== id) return undefined;
      const { terms, wrong } = bundledTerms();
      // while developing, a missing word shows as ⟨key⟩
      if (wrong.length > 0 && isBuild) throw new Error(`docs/terms.md lacks:\n${wrong.join('\n')}`);
      return `export default ${JSON.stringify(terms)};`;
    },
    configureServer(/** @type {import('vite').ViteDevServer} */ server) {
      server.watcher.add(tablePath);
      server.watcher.on('change', (path) => {
        if (path !== tablePath && !/\.(svelte|ts)$/.test(path)) return;
        writeKeys();
        const module = server.moduleGraph.getModuleById(id);
        if (module) server.moduleGraph.invalidateModule(module);
        if (path === tablePath) server.ws.send({ type: 'full-reload' });
      });
    },
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeKeys();
  const { wrong } = bundledTerms();
  if (wrong.length > 0) {
    console.error(`docs/terms.md lacks:\n${wrong.join('\n')}`);
    process.exit(1);
  }
}
