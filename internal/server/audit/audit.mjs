// Runs every audit of GraphQL over HTTP against a server: node audit.mjs URL
// Prints a line for each audit that is not ok, then the count. Its status is 1 unless all are.
import { auditServer } from 'graphql-http';

// So many audits there are; fewer would mean that some were not run.
const least = 61;

const url = process.argv[2];
if (!url) {
  console.error('usage: node audit.mjs URL');
  process.exit(2);
}

const results = await auditServer({ url }).catch((error) => {
  console.error(`cannot audit ${url}: ${error.cause?.message ?? error.message}`);
  process.exit(1);
});
const failed = results.filter((result) => result.status !== 'ok');
for (const { id, name, reason } of failed) {
  console.log(`${id} ${name}: ${reason}`);
}
console.log(`${results.length - failed.length} passed, ${failed.length} failed`);
if (results.length < least) {
  console.log(`expected at least ${least} audits`);
}
process.exitCode = failed.length === 0 && results.length >= least ? 0 : 1;
