import { defineConfig } from 'vitest/config';

// biome-ignore lint/style/noDefaultExport: vitest reads the default export
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // ONNX sessions and tsx workers start slowly on a busy machine: time limits are generous, conditions are polled.
    teardownTimeout: 10_000,
  },
});
