/** `npm run build`: the package's dist/, from nothing: compiled sources, the page's modules, and its other files. */
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, readdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const path = (name: string): string => fileURLToPath(new URL(`../${name}`, import.meta.url));
const PAGE = 'cloud/dashboard';
const TEMPLATES = 'firmware-template/generate/templates';

rmSync(path('dist'), { recursive: true, force: true });
for (const project of ['tsconfig.build.json', `${PAGE}/browser/tsconfig.build.json`]) {
  execFileSync(process.execPath, [path('node_modules/typescript/bin/tsc'), '-p', path(project)], { stdio: 'inherit' });
}
for (const file of readdirSync(path(PAGE))) {
  if (/\.(css|html|svg)$/.test(file)) copyFileSync(path(`${PAGE}/${file}`), path(`dist/${PAGE}/${file}`));
}
cpSync(path(TEMPLATES), path(`dist/${TEMPLATES}`), { recursive: true });
chmodSync(path('dist/scripts/mts.js'), 0o755);
