/**
 * What carbon is to be configured with, as lines of its files. Pure.
 *
 * carbon looks for the first section whose pattern is found in a metric's name, and makes the metric's file by that: what the file
 * has then stays. https://graphite.readthedocs.io/en/latest/config-carbon.html
 */

/** A point an hour, for five years: some 526 KB a board, or what of it is used on file systems that have sparse files. */
export const RETENTION = '1h:5y';
export const AGGREGATION = 'max';

const HEAD = '# Presses of mbed boards, by the hour';

/** For storage-schemas.conf: before every section whose pattern these metrics match too, so best at its top. */
export function schemaLines(prefix: string): string {
  return `${HEAD}\n[${sectionOf(prefix)}]\npattern = ${patternOf(prefix)}\nretentions = ${RETENTION}\n`;
}

/** For storage-aggregation.conf, likewise. */
export function aggregationLines(prefix: string): string {
  const pattern = patternOf(prefix);
  return `${HEAD}\n[${sectionOf(prefix)}]\npattern = ${pattern}\nxFilesFactor = 0\naggregationMethod = ${AGGREGATION}\n`;
}

function sectionOf(prefix: string): string {
  return prefix.replaceAll(/[.-]/g, '_');
}

/** Of Python's `re`: of what a prefix has, only the dot means anything there. */
function patternOf(prefix: string): string {
  return `^${prefix.replaceAll('.', '\\.')}\\.`;
}
