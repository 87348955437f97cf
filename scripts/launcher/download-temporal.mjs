// Run as a process of its own, on Node 24: the SDK downloads on the way to starting a server, and only its file is wanted.
import { TestWorkflowEnvironment } from '@temporalio/testing';

const [downloadDir = '', version = ''] = process.argv.slice(2);
const server = await TestWorkflowEnvironment.createLocal({
  server: { executable: { type: 'cached-download', downloadDir, version, ttl: '3650 days' } },
});
await server.teardown();
