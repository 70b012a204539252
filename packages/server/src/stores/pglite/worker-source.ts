/**
 * Program of the worker thread that the embedded database runs in: it holds the instance and answers one message per query.
 *
 * It is text, and plain JavaScript, because a worker needs a file of its own: text works alike from sources, from a bundle
 * and under a test runner. `workerData` names the module of the database, so nothing is resolved from the working directory.
 */
export const PGLITE_WORKER_SOURCE = `
'use strict';
const { parentPort, workerData } = require('node:worker_threads');
const { readFileSync } = require('node:fs');
const describe = (error) => ({
  message: String(error && error.message), code: error && error.code,
  constraint: error && error.constraint, table: error && error.table,
});
// Type 17 is bytea. The database's own way takes a byte at a time: chunks of recordings would take a second for 4 MB.
const serializers = { 17: (bytes) => (typeof bytes === 'string' ? bytes : '\\\\x' + Buffer.from(bytes).toString('hex')) };
const opening = (async () => {
  const { PGlite } = require(workerData.modulePath);
  const template = workerData.templatePath && new Blob([readFileSync(workerData.templatePath)]);
  const database = new PGlite({ dataDir: workerData.dataDir, ...(template && { loadDataDir: template }) });
  await database.waitReady;
  return database;
})();
opening.then(
  () => parentPort.postMessage({ opened: true }),
  (error) => parentPort.postMessage({ opened: false, error: describe(error) }),
);
parentPort.on('message', async ({ id, sql, parameters, close }) => {
  try {
    const database = await opening;
    if (close) {
      await database.close();
      parentPort.postMessage({ id, rows: [] });
    } else {
      const { rows, affectedRows } = await database.query(sql, parameters, { serializers });
      parentPort.postMessage({ id, rows, affectedRows });
    }
  } catch (error) {
    parentPort.postMessage({ id, error: describe(error) });
  }
});
`;
