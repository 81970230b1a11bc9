/** `npm run build`: the package's dist/, from nothing: compiled sources, the pages' modules, and its other files. */
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, readdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const path = (name: string): string => fileURLToPath(new URL(`../${name}`, import.meta.url));
const PAGES = ['cloud/dashboard', 'cloud/connector/web'];
const TEMPLATES = 'firmware-template/generate/templates';

rmSync(path('dist'), { recursive: true, force: true });
for (const project of ['tsconfig.build.json', ...PAGES.map((page) => `${page}/browser/tsconfig.build.json`)]) {
  execFileSync(process.execPath, [path('node_modules/typescript/bin/tsc'), '-p', path(project)], { stdio: 'inherit' });
}
for (const page of PAGES) {
  for (const file of readdirSync(path(page))) {
    if (/\.(css|html|svg)$/.test(file)) copyFileSync(path(`${page}/${file}`), path(`dist/${page}/${file}`));
  }
}
cpSync(path(TEMPLATES), path(`dist/${TEMPLATES}`), { recursive: true });
chmodSync(path('dist/scripts/mts.js'), 0o755);
