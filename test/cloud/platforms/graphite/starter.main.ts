/** Starts Graphite in a folder, says its ports, and waits to be killed. */
import { startGraphite } from '../../../../cloud/platforms/graphite/local/start.ts';

const [folder = ''] = process.argv.slice(2);
const { ports, url } = await startGraphite({ folder, prefix: 'mbed' });
process.stdout.write(`${JSON.stringify({ plaintext: ports.plaintext, web: Number(new URL(url).port) })}\n`);
setInterval(() => undefined, 60_000);
